/** Protected paths where nothing else holds them: looked at after each command, and put back. */

import { isBelow } from "../../policy/writable_roots.ts";
import { errorMessage } from "../../protocol/error.ts";
import {
  type Entry,
  isEqual,
  isSame,
  isSettled,
  type Look,
  lookAround,
  lookAt,
  madeAnew,
  type Snapshot,
} from "./protected_look.ts";
import type { PutBack } from "./put_back.ts";

const MOST_ENTRIES = 5000;
const MOST_BYTES = 32 * 1024 * 1024;

/** A path that was changed. */
export interface Restored {
  readonly path: string;
  /** Whether it is as it was. */
  readonly isRight: boolean;
}

/**
 * Landlock grants and never takes away: inside a writable root nothing can be closed. What a command
 * does there to a protected path is therefore undone when the command has ended. Not seen are
 * changes below git's objects, past the first 5,000 entries, and those of a process in the
 * background until the next command or the session has ended; files past the first 32 MiB are
 * named, but cannot be put back.
 */
export class ProtectedGuard {
  readonly #putBack: (snapshot: Snapshot) => Promise<readonly PutBack[]>;
  readonly #paths: readonly string[];
  #entries = new Map<string, Entry>();
  #unseen: readonly string[] = [];
  #isArmed = false;
  #lastLook = 0;

  /**
   * Only looks and reads. What changes anything does so in the commands' own sandbox: whatever a
   * process that still runs there puts in its way, it reaches no further than that one.
   */
  constructor(
    paths: readonly string[],
    putBack: (snapshot: Snapshot) => Promise<readonly PutBack[]>,
  ) {
    this.#paths = paths;
    this.#putBack = putBack;
  }

  get isArmed(): boolean {
    return this.#isArmed;
  }

  /** Reads what is there, so that `arm` has less to do. */
  async prepare(): Promise<void> {
    const look = ++this.#lastLook;
    const all = await Array.fromAsync(unhurried(lookAround({ paths: this.#paths, unseen: [] })));
    const entries = await withContent(all.slice(0, MOST_ENTRIES), this.#entries);
    // One that was not waited for any longer comes too late.
    if (look !== this.#lastLook) return;
    this.#entries = entries;
    this.#unseen = all.slice(MOST_ENTRIES).map(([path]) => path);
  }

  /**
   * How it is now is how it has to stay, until `restore` lets go of it. What one of the `others` holds
   * by now may have been changed already: there it is as that one knows it.
   */
  async arm(others: Iterable<ProtectedGuard> = []): Promise<void> {
    if (this.#isArmed) return;
    await this.prepare();
    for (const other of others) if (other.#isArmed) this.#takeOver(other);
    this.#isArmed = true;
  }

  #takeOver(other: ProtectedGuard): void {
    const isShared = (path: string): boolean =>
      this.#paths.some((top) => other.#paths.includes(top) && isBelow(path, top));
    this.#entries = new Map([
      ...[...this.#entries].filter(([path]) => !isShared(path)),
      ...[...other.#entries].filter(([path]) => isShared(path)),
    ]);
    this.#unseen = [
      ...this.#unseen.filter((path) => !isShared(path)),
      ...other.#unseen.filter(isShared),
    ];
  }

  /**
   * The paths that have changed, each put back as it was as far as it could be. Once nothing runs that
   * could change them further, whatever does is the user's own: with `rest` it is let be.
   */
  async restore({ rest }: { rest: boolean }): Promise<Restored[]> {
    const found = this.#isArmed ? await this.#firstChange() : undefined;
    const changed = found ? await this.#putBackFrom(found.path) : [];
    const isCertain = found && !found.look;
    if (isCertain && changed.length === 0) await this.#assertUnchanged();
    for (const { path, now } of changed) {
      const entry = this.#entries.get(path);
      if (entry) this.#entries.set(path, madeAnew(entry, now));
    }
    if (found?.look && changed.length === 0) this.#noteTimes(found.path, found.look);
    if (rest) this.#isArmed = false;
    return await inBatches(changed, async ({ path }) => ({
      path,
      isRight: await this.#isRight(path),
    }));
  }

  /** Whoever hears that it failed has to know what is left. */
  async #putBackFrom(path: string): Promise<readonly PutBack[]> {
    try {
      return await this.#putBack(this.#snapshot());
    } catch (error) {
      throw new Error(`"${path}" was changed and is not put back: ${errorMessage(error)}`);
    }
  }

  /** Who puts back is in the sandbox, and not asked whether it could. */
  async #isRight(path: string): Promise<boolean> {
    const entry = this.#entries.get(path);
    const now = lookAt(path);
    if (!entry) return now === undefined;
    if (!isSame(entry, now)) return false;
    if (entry.kind !== "file") return true;
    return entry.content !== undefined && isEqual(entry.content, await read(path, entry));
  }

  /** Who puts back has seen nothing: it has been undone, or the two look at different things. */
  async #assertUnchanged(): Promise<void> {
    const found = await this.#firstChange();
    if (found && !found.look) throw new Error(`"${found.path}" was changed and is not put back`);
  }

  /** Of a folder in which nothing was found: as it was before the closer look. */
  #noteTimes(path: string, { mtime, ctime }: Look): void {
    const entry = this.#entries.get(path);
    if (entry) this.#entries.set(path, { ...entry, mtime, ctime });
  }

  #snapshot(): Snapshot {
    return { paths: this.#paths, entries: [...this.#entries], unseen: this.#unseen };
  }

  /**
   * `look` where it is a folder in which something may have changed: it may hold more than anybody
   * wants to see, and the closer look at it is not taken here.
   */
  async #firstChange(): Promise<{ path: string; look?: Look } | undefined> {
    const unsure: [string, Entry][] = [];
    const missing = new Set(this.#entries.keys());
    for await (const [path, look] of unhurried(lookAround(this.#snapshot()))) {
      const entry = this.#entries.get(path);
      if (!entry || !isSame(entry, look)) return { path };
      if (look.kind === "dir" && hasOtherTimes(entry, look)) return { path, look };
      if (entry.content && !isSettled(entry)) unsure.push([path, entry]);
      missing.delete(path);
    }
    const [gone] = missing;
    if (gone !== undefined) return { path: gone };
    const seenAt = Date.now();
    const changed = await inBatches(unsure, async ([path, entry]) => {
      const isSure = entry.content && isEqual(entry.content, await read(path, entry));
      if (isSure) this.#entries.set(path, { ...entry, seenAt });
      return isSure ? [] : [{ path }];
    });
    return changed.flat()[0];
  }
}

function hasOtherTimes(entry: Look, now: Look): boolean {
  return now.mtime !== entry.mtime || now.ctime !== entry.ctime;
}

/** So many looks at a time: an interrupt is heard in between. */
const LOOKS = 256;

async function* unhurried<T>(all: Iterable<T>): AsyncGenerator<T> {
  let taken = 0;
  for (const each of all) {
    yield each;
    taken += 1;
    if (taken % LOOKS === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Of files, as far as there is room for it; what is as it was before is not read again. */
async function withContent(
  all: readonly (readonly [string, Look])[],
  before: ReadonlyMap<string, Entry>,
): Promise<Map<string, Entry>> {
  const seenAt = Date.now();
  let room = MOST_BYTES;
  const entries = await inBatches(all, async ([path, look]): Promise<[string, Entry]> => {
    if (look.kind !== "file" || look.size > room) return [path, { ...look, seenAt }];
    room -= look.size;
    const old = before.get(path);
    const isKnown = old?.content && isSame(old, look) && isSettled(old);
    const content = isKnown ? old.content : await read(path, look);
    return [path, { ...look, seenAt, ...content && { content } }];
  });
  return new Map(entries);
}

/** So many files are open at once. */
const BATCH = 64;

async function inBatches<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += BATCH) {
    results.push(...await Promise.all(all.slice(at, at + BATCH).map(work)));
  }
  return results;
}

/**
 * Absent where something else stands there by now: no link is followed, no pipe waited for, and no
 * more than was seen is read.
 */
async function read(path: string, { ino, size }: Look): Promise<Uint8Array | undefined> {
  try {
    const { constants, open } = await import("node:fs/promises");
    const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
    await using file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    const info = await file.stat();
    if (!info.isFile() || info.ino !== ino || info.size !== size) return undefined;
    const content = new Uint8Array(size);
    for (let length = 0; length < size;) {
      const { bytesRead } = await file.read(content, length, size - length);
      if (bytesRead === 0) return undefined;
      length += bytesRead;
    }
    return content;
  } catch {
    return undefined;
  }
}
