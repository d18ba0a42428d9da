/** Changes of several files that all happen or none: written aside, then renamed. */

import type { FileChange } from "../protocol/host.ts";
import {
  asideName,
  changedPath,
  type FileAccess,
  type Folder,
  notRegular,
  type OverwriteOptions,
  readWhole,
  type RegularFile,
  type StagedFile,
  systemError,
} from "./file_access.ts";
import { refuse, toFileError } from "./file_error.ts";
import { parentOf, realEntry, realTarget, refuseClosed, statEntry } from "./real_path.ts";

/** As much as the tools read of one file. */
const MOST_BYTES = 64 * 1024 * 1024;

/** How one real path ends up. */
export interface PlannedChange {
  readonly path: string;
  /** Absent: the entry goes. */
  readonly content?: Uint8Array;
  /** Whose mode and owner a file gets; absent for a new one. */
  readonly like?: Deno.FileInfo;
  /** What stands there now. */
  readonly now?: Deno.FileInfo;
}

/** Later changes see the earlier ones; what comes out is the end of it, path by path. */
export async function planChanges(changes: readonly FileChange[]): Promise<PlannedChange[]> {
  const plan = new Map<string, PlannedChange>();
  for (const change of changes) {
    switch (change.type) {
      case "add":
        await planWrite(plan, change.path, { content: change.content });
        break;
      case "delete":
        await planDelete(plan, change.path);
        break;
      case "update":
        await planUpdate(plan, change);
        break;
    }
  }
  // What a path needed to exist for a later change to be undone again is no change.
  return [...plan.values()].filter(({ content, now }) => content !== undefined || now);
}

async function planUpdate(
  plan: Map<string, PlannedChange>,
  change: Extract<FileChange, { type: "update" }>,
): Promise<void> {
  const { content, movePath } = change;
  const from = await writePlace(plan, change.path);
  const old = plan.get(from);
  const like = old ? old.like : await statEntry(from);
  if (old ? old.content === undefined : !like) throw refuse("NotFound", change.path);
  const to = await planWrite(plan, movePath ?? change.path, { content, ...like && { like } });
  if (movePath !== undefined && to !== from) await planDelete(plan, change.path);
}

async function planWrite(
  plan: Map<string, PlannedChange>,
  path: string,
  file: { content: Uint8Array; like?: Deno.FileInfo },
): Promise<string> {
  const place = await writePlace(plan, path);
  refuseClosed(place);
  const planned = plan.get(place);
  const now = planned ? planned.now : await statEntry(place);
  if (now?.isDirectory) throw refuse("IsADirectory", path);
  if (now && !now.isFile && !now.isSymlink) throw notRegular(false, path);
  const like = file.like ?? (planned?.content === undefined && planned ? undefined : now);
  plan.set(place, { path: place, content: file.content, ...like && { like }, ...now && { now } });
  return place;
}

async function planDelete(plan: Map<string, PlannedChange>, path: string): Promise<void> {
  const entry = await realEntry(path);
  refuseClosed(entry);
  const planned = plan.get(entry);
  const now = planned ? planned.now : await statEntry(entry);
  if (planned ? planned.content === undefined : !now) throw refuse("NotFound", path);
  if (now?.isDirectory) throw refuse("IsADirectory", path);
  plan.set(entry, { path: entry, ...now && { now } });
}

/** A file is written where its link leads, unless the link itself has gone before. */
async function writePlace(plan: Map<string, PlannedChange>, path: string): Promise<string> {
  const entry = await realEntry(path);
  return plan.has(entry) ? entry : await realTarget(entry);
}

export interface CommitOptions extends OverwriteOptions {
  readonly access: FileAccess;
  readonly signal: AbortSignal;
}

/**
 * Fails with a `FileError`, everything being as it was. Nothing else of this process comes in
 * between. A process that is killed leaves each file with its old or its new content.
 */
export function commitChanges(plan: readonly PlannedChange[], options: CommitOptions): void {
  using transaction = new Transaction(plan.length > 1, options);
  let path = "";
  try {
    const steps: (() => void)[] = [];
    for (const change of plan) {
      path = change.path;
      steps.push(transaction.stage(change));
    }
    options.signal.throwIfAborted();
    for (const [index, step] of steps.entries()) {
      path = plan[index]?.path ?? path;
      step();
    }
  } catch (error) {
    transaction.undo();
    throw toFileError(error, path);
  }
}

/** Where a change happens: the folder that is there, and what is missing below it. */
interface Place {
  readonly folder: Folder;
  readonly missing: readonly string[];
  readonly name: string;
}

class Transaction implements Disposable {
  /** One change alone needs no way back: it is one rename. */
  readonly #reversible: boolean;
  readonly #options: CommitOptions;
  readonly #undo: (() => void)[] = [];
  /** Closes folders, last of all, and takes away what nobody shall find. */
  readonly #stack = new DisposableStack();

  constructor(reversible: boolean, options: CommitOptions) {
    this.#reversible = reversible;
    this.#options = options;
  }

  /** Does all that may fail and can be seen by nobody; the rest is the step that it returns. */
  stage(change: PlannedChange): () => void {
    const { path, content, now, like } = change;
    const place = this.#find(path);
    const { folder, name } = place;
    if (now && place.missing.length > 0) throw changedPath();
    if (content === undefined) return () => this.#remove(place);
    // A rename asks only the folder; the file's own protection counts as well.
    if (now?.isFile) folder.assertWritable(name);
    try {
      const staged = this.#stack.use(folder.stage(content, like));
      return () => this.#replace(change, { place, staged, content });
    } catch (error) {
      // A folder that takes no new file may still hold one that may be written.
      if (!now?.isFile || !isFolderClosed(error)) throw error;
      return () => this.#overwrite(place, content);
    }
  }

  /** Back to front; what cannot be put back must not keep the rest from it. */
  undo(): void {
    for (const step of this.#undo.splice(0).reverse()) attempt(step);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #find(path: string): Place {
    const missing: string[] = [];
    for (let parent = parentOf(path);; parent = parentOf(parent)) {
      try {
        const folder = this.#stack.use(this.#options.access.openFolder(parent));
        return { folder, missing, name: nameOf(path) };
      } catch (error) {
        if (parent === "/" || !isMissing(error)) throw error;
        missing.unshift(nameOf(parent));
      }
    }
  }

  #replace(
    { now }: PlannedChange,
    { place, staged, content }: { place: Place; staged: StagedFile; content: Uint8Array },
  ): void {
    const { name } = place;
    const folder = this.#makeFolders(place);
    if (this.#reversible && now) this.#keep({ folder, name }, now);
    try {
      staged.place(folder, name, { replace: now !== undefined });
    } catch (error) {
      // A file that is mounted by itself cannot be replaced, but it can be written.
      if (!now?.isFile || !hasNumber(error, 16)) throw error;
      return this.#overwrite({ folder, name }, content);
    }
    if (this.#reversible && !now) this.#undo.push(() => folder.remove(name));
  }

  #overwrite({ folder, name }: Omit<Place, "missing">, content: Uint8Array): void {
    const old = readAll(folder, name);
    this.#undo.push(() => folder.overwrite(name, old, this.#options));
    folder.overwrite(name, content, this.#options);
  }

  #remove({ folder, name }: Place): void {
    if (!this.#reversible) return folder.remove(name);
    const kept = this.#keptName(folder);
    folder.rename(name, kept);
    this.#undo.push(() => folder.rename(kept, name));
  }

  /** A second name for the old content; the first stays where it is all the time. */
  #keep({ folder, name }: Omit<Place, "missing">, now: Deno.FileInfo): void {
    const kept = this.#keptName(folder);
    try {
      folder.link(name, kept);
    } catch {
      // Not every file system has hard links.
      using copy = folder.stage(readAll(folder, name), now);
      copy.place(folder, kept, { replace: false });
    }
    this.#undo.push(() => folder.rename(kept, name));
  }

  /** What has been made by an earlier change is there by now. */
  #makeFolders({ folder, missing }: Place): Folder {
    let parent = folder;
    for (const name of missing) {
      const above = parent;
      try {
        above.makeFolder(name);
        this.#undo.push(() => above.removeFolder(name));
      } catch (error) {
        if (!hasNumber(error, 17)) throw error;
      }
      parent = this.#stack.use(above.openFolder(name));
    }
    return parent;
  }

  #keptName(folder: Folder): string {
    const name = asideName();
    this.#stack.defer(() => attempt(() => folder.remove(name)));
    return name;
  }
}

function readAll(folder: Folder, name: string): Uint8Array {
  using file = folder.openFile(name);
  return readLimited(file);
}

/** To the end of what can be held at once, which is the same for the tools and for what they change. */
export function readLimited(file: RegularFile): Uint8Array<ArrayBuffer> {
  const bytes = readWhole(file, MOST_BYTES);
  if (!bytes) throw systemError("File too large", 27);
  return bytes;
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The others matter no less.
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || hasNumber(error, 2);
}

/** Closed by its mode, or on a file system that is read only. */
function isFolderClosed(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    [1, 13, 30].some((number) => hasNumber(error, number));
}

function hasNumber(error: unknown, number: number): boolean {
  return error instanceof Error && error.message.includes(`(os error ${number})`);
}
