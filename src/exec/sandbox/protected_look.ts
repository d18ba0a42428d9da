/** Protected paths as they are found, and whether that is as they were. */

/** Git's store of objects only grows, and what is in it has its name from what it is. */
const GIT_SKIPPED: readonly string[] = ["objects", "lfs"];
/** What decodex itself writes in its home. */
const HOME_SKIPPED: readonly string[] = ["sessions", "archived_sessions", "log"];
/** Deno tells the time of a change in whole seconds, and the kernel's own clock lags a little. */
const TICK_MS = 1050;

/** By its sticky bit an empty folder of ours is told from one that somebody else has made. */
export const PLACEHOLDER_MODE = 0o1755;

/** Of a file or folder itself, never of what a link leads to. Times in milliseconds. */
export interface Look {
  readonly kind: "file" | "dir" | "link" | "other";
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly ino: number | null;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  /** Of a link. */
  readonly target?: string;
}

export interface Entry extends Look {
  /** When it was known to be as it should. */
  readonly seenAt: number;
  /** Of a file; absent where there was no room to keep it. */
  readonly content?: Uint8Array;
}

/** How protected paths have to be; plain data, so that another process can put it back. */
export interface Snapshot {
  readonly paths: readonly string[];
  /** By path. Folders stand before what is in them, and what is near before what is far. */
  readonly entries: readonly (readonly [string, Entry])[];
  /** What was there, and what may be below it: there was no room for it, and it is left alone. */
  readonly unseen: readonly string[];
}

/** All that is there, in the order of a snapshot. Fails where this process may not look. */
export function* lookAround(
  { paths, unseen }: Omit<Snapshot, "entries">,
): Generator<readonly [string, Look]> {
  const skipped = new Set(unseen);
  // One of them may lie in another.
  const waiting = new Set(paths);
  for (const path of waiting) {
    const look = lookAt(path);
    if (!look || skipped.has(path)) continue;
    const isTop = paths.includes(path);
    // Another session's, which comes and goes with it.
    if (isTop && isPlaceholder(path, look)) continue;
    yield [path, look];
    if (look.kind === "dir") { for (const child of children(path, isTop)) waiting.add(child); }
  }
}

/** Absent where nothing is, or nothing that this user may see. */
export function lookAt(path: string): Look | undefined {
  return unlessRefused(() => {
    const info = Deno.lstatSync(path);
    const { mode, uid, gid, ino, size } = info;
    return {
      kind: info.isFile ? "file" : info.isDirectory ? "dir" : info.isSymlink ? "link" : "other",
      ...{ mode, uid, gid, ino, size },
      mtime: info.mtime?.getTime() ?? 0,
      ctime: info.ctime?.getTime() ?? 0,
      ...info.isSymlink && { target: Deno.readLinkSync(path) },
    };
  });
}

/** What holds the place of a protected path that is not there. */
export function isPlaceholder(path: string, { mode }: Pick<Deno.FileInfo, "mode">): boolean {
  if ((mode ?? 0) % 0o10000 !== PLACEHOLDER_MODE) return false;
  try {
    return Deno.readDirSync(path)[Symbol.iterator]().next().done === true;
  } catch {
    return false;
  }
}

function children(path: string, isTop: boolean): string[] {
  const skipped = !isTop ? [] : path.endsWith("/.git") ? GIT_SKIPPED : HOME_SKIPPED;
  // A folder that may not be read may not be changed either.
  const names = unlessRefused(() => [...Deno.readDirSync(path)].map(({ name }) => name)) ?? [];
  return names.filter((name) => !skipped.includes(name)).sort().map((name) => `${path}/${name}`);
}

/**
 * What the system refuses is not there for us. What Deno refuses could be anything, and so could what
 * was not seen for want of descriptors or by a fault of the disk: it would pass for new later.
 */
function unlessRefused<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (REFUSALS.some((each) => error instanceof each)) return undefined;
    throw error;
  }
}

const REFUSALS = [
  Deno.errors.NotFound,
  Deno.errors.PermissionDenied,
  Deno.errors.NotADirectory,
  Deno.errors.FilesystemLoop,
];

/** By all that a look tells: a file's content may be another within the same tick of the clock. */
export function isSame(entry: Look, now: Look | undefined): boolean {
  if (!now || now.kind !== entry.kind) return false;
  if (now.mode !== entry.mode || now.uid !== entry.uid) return false;
  // A folder is what is in it, and that has entries of its own.
  if (entry.kind === "dir") return true;
  return now.target === entry.target && now.ino === entry.ino && now.size === entry.size &&
    now.mtime === entry.mtime && now.ctime === entry.ctime;
}

/**
 * The entry with the times of what was made anew; as it was where something else stands there by now.
 * What is no longer known cannot be made anew, and is named once.
 */
export function madeAnew(entry: Entry, now: Look | undefined): Entry {
  if (!now || now.kind !== entry.kind) return entry;
  const isKnown = entry.kind !== "file" || entry.content !== undefined;
  const isIt = now.mode === entry.mode && now.uid === entry.uid && now.target === entry.target &&
    (entry.kind === "dir" || now.size === entry.size);
  return isIt || !isKnown ? { ...entry, ...now, seenAt: 0 } : entry;
}

/** Whether a later change would have another time. */
export function isSettled({ ctime, seenAt }: Entry): boolean {
  return seenAt - ctime > TICK_MS;
}

export function isEqual(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, index) => byte === b[index]);
}
