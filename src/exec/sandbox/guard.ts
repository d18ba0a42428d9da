/** Protected paths where nothing else holds them: looked at after each command, and put back. */

import { parentOf } from "../real_path.ts";
import { isPlaceholder } from "./placeholders.ts";

/** Git's store of objects only grows, and what is in it has its name from what it is. */
const GIT_SKIPPED: readonly string[] = ["objects", "lfs"];
/** What decodex itself writes in its home. */
const HOME_SKIPPED: readonly string[] = ["sessions", "archived_sessions", "log"];
const MOST_ENTRIES = 5000;
const MOST_BYTES = 32 * 1024 * 1024;
/** What was behind a closed folder is seen once that is open again. */
const MOST_ROUNDS = 3;
/** Deno tells the time of a change in whole seconds, and the kernel's own clock lags a little. */
const TICK_MS = 1050;

interface Entry {
  readonly info: Deno.FileInfo;
  /** When it was known to be as it should. */
  readonly seenAt: number;
  /** Of a file; absent where there was no room to keep it. */
  readonly content?: Uint8Array;
  /** Of a link. */
  readonly target?: string;
}

interface Snapshot {
  readonly entries: Map<string, Entry>;
  /** What was there, and what may be below it: there was no room for it, and it is left alone. */
  readonly unseen: ReadonlySet<string>;
}

/**
 * Landlock grants and never takes away: inside a writable root nothing can be closed. What a command
 * does there to a protected path is therefore undone when the command has ended. Not seen are
 * changes below git's objects, past the first 5,000 entries, and those of a process in the
 * background until the next command or the session has ended; files past the first 32 MiB are
 * named, but cannot be put back.
 */
export class ProtectedGuard {
  readonly #paths: readonly string[];
  #before: Snapshot = { entries: new Map(), unseen: new Set() };
  #isArmed = false;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** How it is now is how it has to stay, until `restore` lets go of it. */
  arm(): void {
    if (!this.#isArmed) this.#before = this.#takeSnapshot();
    this.#isArmed = true;
  }

  /**
   * The paths that have changed, each put back as it was as far as it could be. Once nothing runs that
   * could change them further, whatever does is the user's own: with `rest` it is let be.
   */
  restore({ rest }: { rest: boolean }): string[] {
    const changed = new Set<string>();
    for (let round = 0; round < MOST_ROUNDS && this.#isArmed; round++) {
      const found = this.#restoreOnce();
      if (found.length === 0) break;
      for (const path of found) changed.add(path);
    }
    if (rest) this.#isArmed = false;
    return [...changed];
  }

  /** With the content of files, as far as there is room for it; what is as it was is not read again. */
  #takeSnapshot(): Snapshot {
    const all = entriesOf(this.#paths, new Set());
    const entries = new Map([...all].slice(0, MOST_ENTRIES));
    let room = MOST_BYTES;
    for (const [path, entry] of entries) {
      const { info } = entry;
      const old = this.#before.entries.get(path);
      const isKnown = old?.content && isSame(old, entry) && isSettled(old);
      const content = isKnown
        ? old.content
        : info.isFile && info.size <= room
        ? readFile(path)
        : undefined;
      if (!content) continue;
      room -= content.length;
      entries.set(path, { ...entry, content });
    }
    return { entries, unseen: new Set([...all.keys()].slice(MOST_ENTRIES)) };
  }

  #restoreOnce(): string[] {
    const { entries, unseen } = this.#before;
    const now = entriesOf(this.#paths, unseen);
    const changed: string[] = [];
    // Deepest first, so that a folder is empty when its turn comes.
    for (const path of [...now.keys()].reverse()) {
      if (entries.has(path)) continue;
      changed.push(path);
      attempt(() => removeAll(path));
    }
    for (const [path, entry] of entries) {
      if (isSame(entry, now.get(path)) && this.#hasContent(path, entry)) continue;
      changed.push(path);
      attempt(() => putBack(path, entry));
      attempt(() => entries.set(path, { ...entry, info: Deno.lstatSync(path), seenAt: 0 }));
    }
    return changed;
  }

  /** Asked of what may have changed after it was seen without its time telling. */
  #hasContent(path: string, entry: Entry): boolean {
    const { content } = entry;
    if (!content || isSettled(entry)) return true;
    const now = Date.now();
    const current = readFile(path);
    const isEqual = current?.length === content.length &&
      content.every((byte, index) => byte === current[index]);
    if (isEqual) this.#before.entries.set(path, { ...entry, seenAt: now });
    return isEqual;
  }
}

/** Folders stand before what is in them, and what is near before what is far. */
function entriesOf(paths: readonly string[], skipped: ReadonlySet<string>): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const seenAt = Date.now();
  const waiting = [...paths];
  for (const path of waiting) {
    const info = look(path);
    if (!info || skipped.has(path)) continue;
    // Another session's, which comes and goes with it.
    if (paths.includes(path) && isPlaceholder(path, info)) continue;
    entries.set(path, { info, seenAt, ...info.isSymlink && { target: Deno.readLinkSync(path) } });
    if (info.isDirectory) waiting.push(...children(path, paths.includes(path)));
  }
  return entries;
}

function look(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

function children(path: string, isTop: boolean): string[] {
  const skipped = !isTop ? [] : path.endsWith("/.git") ? GIT_SKIPPED : HOME_SKIPPED;
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name)
      .filter((name) => !skipped.includes(name)).sort().map((name) => `${path}/${name}`);
  } catch {
    // A folder that may not be read may not be changed either.
    return [];
  }
}

function readFile(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch {
    return undefined;
  }
}

function isSame({ info, target }: Entry, now: Entry | undefined): boolean {
  if (!now || now.info.mode !== info.mode || now.info.uid !== info.uid) return false;
  // A folder is what is in it, and that has entries of its own.
  if (info.isDirectory) return true;
  return now.target === target && now.info.ino === info.ino && now.info.size === info.size &&
    now.info.mtime?.getTime() === info.mtime?.getTime() &&
    now.info.ctime?.getTime() === info.ctime?.getTime();
}

/** Whether a later change would have another time. */
function isSettled({ info, seenAt }: Entry): boolean {
  return seenAt - (info.ctime?.getTime() ?? 0) > TICK_MS;
}

/**
 * Made anew and never written through what stands there, which may be a link to anything or a second
 * name of another file. What stands in the place of the folders above is taken away as well.
 */
function putBack(path: string, { info, content, target }: Entry): void {
  openWay(parentOf(path));
  const now = look(path);
  if (now && (now.isSymlink || now.isDirectory !== info.isDirectory)) removeAll(path);
  if (info.isDirectory) {
    if (!look(path)) Deno.mkdirSync(path);
  } else {
    if (target === undefined && content === undefined) return;
    attempt(() => Deno.removeSync(path));
    if (target !== undefined) return Deno.symlinkSync(target, path);
    Deno.writeFileSync(path, content ?? new Uint8Array(), { createNew: true });
  }
  const made = look(path);
  if (!made || made.isSymlink) return;
  if (info.uid !== null && info.gid !== null && (made.uid !== info.uid || made.gid !== info.gid)) {
    attempt(() => Deno.chownSync(path, info.uid, info.gid));
  }
  if (info.mode !== null) Deno.chmodSync(path, info.mode & 0o7777);
}

/** A folder may have been moved away with all that was in it, and a link left in its place. */
function openWay(folder: string): void {
  if (folder === "/" || look(folder)?.isDirectory) return;
  openWay(parentOf(folder));
  attempt(() => Deno.removeSync(folder));
  Deno.mkdirSync(folder);
}

/** Also what nobody may enter. */
function removeAll(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    openAll(path);
    Deno.removeSync(path, { recursive: true });
  }
}

function openAll(path: string): void {
  if (!look(path)?.isDirectory) return;
  Deno.chmodSync(path, 0o700);
  for (const { name } of Deno.readDirSync(path)) openAll(`${path}/${name}`);
}

/** One that cannot be put back must not keep the others from it. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // It is named all the same.
  }
}
