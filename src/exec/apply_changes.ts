/** Changes of several files that all happen or none: written aside, then renamed. */

import { type FileChange, FileError } from "../protocol/host.ts";
import { refuse, toFileError } from "./file_error.ts";
import { parentOf, realEntry, realTarget, refuseProcesses, statEntry } from "./real_path.ts";

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
  refuseProcesses(place);
  const planned = plan.get(place);
  const now = planned ? planned.now : await statEntry(place);
  if (now?.isDirectory) throw refuse("IsADirectory", path);
  if (now && !now.isFile && !now.isSymlink) {
    throw new FileError("other", path, "not a regular file");
  }
  const like = file.like ?? (planned?.content === undefined && planned ? undefined : now);
  plan.set(place, { path: place, content: file.content, ...like && { like }, ...now && { now } });
  return place;
}

async function planDelete(plan: Map<string, PlannedChange>, path: string): Promise<void> {
  const entry = await realEntry(path);
  refuseProcesses(entry);
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

/** Fails with a `FileError`, everything being as it was. */
export async function commitChanges(
  plan: readonly PlannedChange[],
  signal: AbortSignal,
): Promise<void> {
  const transaction = new Transaction(plan.length > 1);
  let path = "";
  try {
    const steps: (() => Promise<void>)[] = [];
    for (const change of plan) {
      signal.throwIfAborted();
      path = change.path;
      steps.push(await transaction.stage(change));
    }
    for (const [index, step] of steps.entries()) {
      signal.throwIfAborted();
      path = plan[index]?.path ?? path;
      await step();
    }
  } catch (error) {
    await transaction.undo();
    throw toFileError(error, path);
  } finally {
    await transaction.sweep();
  }
}

class Transaction {
  /** One change alone needs no way back: it is one rename. */
  readonly #reversible: boolean;
  readonly #undo: (() => Promise<void>)[] = [];
  /** Files of ours that nobody shall find. */
  readonly #litter: string[] = [];

  constructor(reversible: boolean) {
    this.#reversible = reversible;
  }

  /** Does all that may fail and can be seen by nobody; the rest is the step that it returns. */
  async stage(change: PlannedChange): Promise<() => Promise<void>> {
    const { path, content, now } = change;
    if (content === undefined) return () => this.#remove(path);
    if (now?.isFile) {
      // A rename asks only the folder; the file's own protection counts as well.
      using _ = await Deno.open(path, { write: true });
    }
    try {
      const aside = await this.#writeAside(change, content);
      return () => this.#replace(change, { aside, content });
    } catch (error) {
      // A folder that takes no new file may still hold one that may be written.
      if (!now?.isFile || !isFolderClosed(error)) throw error;
      return () => this.#overwrite(path, content);
    }
  }

  /** Back to front; what cannot be put back must not keep the rest from it. */
  async undo(): Promise<void> {
    for (const step of this.#undo.splice(0).reverse()) await step().catch(() => {});
  }

  async sweep(): Promise<void> {
    for (const path of this.#litter) await Deno.remove(path).catch(() => {});
  }

  async #writeAside(change: PlannedChange, content: Uint8Array): Promise<string> {
    const aside = this.#asidePath(await existingFolder(parentOf(change.path)));
    const { like } = change;
    const mode = like ? 0o600 : 0o666;
    using file = await Deno.open(aside, { write: true, createNew: true, mode });
    let rest = content;
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
    if (like) await makeLike(aside, like);
    return aside;
  }

  async #replace(
    change: PlannedChange,
    file: { aside: string; content: Uint8Array },
  ): Promise<void> {
    const { path, now } = change;
    await this.#makeFolders(parentOf(path));
    if (this.#reversible && now) await this.#keep(path);
    else if (this.#reversible) this.#undo.push(() => Deno.remove(path));
    try {
      await Deno.rename(file.aside, path);
    } catch (error) {
      // A file that is mounted by itself cannot be replaced, but it can be written.
      if (!now?.isFile || !hasNumber(error, 16)) throw error;
      await this.#overwrite(path, file.content);
    }
  }

  async #overwrite(path: string, content: Uint8Array): Promise<void> {
    const old = await Deno.readFile(path);
    this.#undo.push(() => Deno.writeFile(path, old, { create: false }));
    await Deno.writeFile(path, content, { create: false });
  }

  async #remove(path: string): Promise<void> {
    if (!this.#reversible) return await Deno.remove(path);
    const kept = this.#asidePath(parentOf(path));
    await Deno.rename(path, kept);
    this.#undo.push(() => Deno.rename(kept, path));
  }

  /** A second name for the old content; the first stays where it is all the time. */
  async #keep(path: string): Promise<void> {
    const kept = this.#asidePath(parentOf(path));
    try {
      await Deno.link(path, kept);
    } catch {
      // Not every file system has hard links.
      await Deno.copyFile(path, kept);
      await makeLike(kept, await Deno.stat(path));
    }
    this.#undo.push(() => Deno.rename(kept, path));
  }

  async #makeFolders(path: string): Promise<void> {
    if (await statEntry(path)) return;
    await this.#makeFolders(parentOf(path));
    await Deno.mkdir(path);
    this.#undo.push(() => Deno.remove(path));
  }

  #asidePath(folder: string): string {
    const name = crypto.getRandomValues(new Uint8Array(8)).toHex();
    const path = `${folder === "/" ? "" : folder}/.decodex-${name}.tmp`;
    this.#litter.push(path);
    return path;
  }
}

async function existingFolder(path: string): Promise<string> {
  let folder = path;
  while (folder !== "/" && !await statEntry(folder)) folder = parentOf(folder);
  return folder;
}

async function makeLike(path: string, like: Deno.FileInfo): Promise<void> {
  const own = await Deno.stat(path);
  if (like.uid !== own.uid || like.gid !== own.gid) {
    // Only root may give a file away; without it the content is still right.
    await Deno.chown(path, like.uid, like.gid).catch(() => {});
  }
  if (like.mode !== null) await Deno.chmod(path, like.mode & 0o7777);
}

/** Closed by its mode, or on a file system that is read only. */
function isFolderClosed(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied || hasNumber(error, 30);
}

function hasNumber(error: unknown, number: number): boolean {
  return error instanceof Error && error.message.includes(`(os error ${number})`);
}
