/** Puts protected paths back as they were: the work of a process in the commands' own sandbox. */

import { parentOf } from "../real_path.ts";
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

/** What was behind a closed folder is seen once that is open again. */
const MOST_ROUNDS = 3;

export interface PutBack {
  readonly path: string;
  /** How it is now; absent where it had to go. */
  readonly now?: Look | undefined;
}

/** All that has changed, each put back as far as it could be. */
export function putBackAll(snapshot: Snapshot): PutBack[] {
  const entries = new Map(snapshot.entries);
  const changed = new Map<string, PutBack>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = putBackOnce(snapshot, entries);
    if (found.length === 0) break;
    for (const each of found) changed.set(each.path, each);
  }
  return [...changed.values()];
}

/** `entries` are those of the snapshot, with the new times of what was made anew. */
function putBackOnce(snapshot: Snapshot, entries: Map<string, Entry>): PutBack[] {
  const changed: PutBack[] = [];
  // What is known comes first: what is new may be more than there is time for.
  for (const [path, entry] of entries) {
    if (isSame(entry, lookAt(path)) && hasContent(path, entry)) continue;
    attempt(() => putBack(path, entry));
    const now = lookAt(path);
    changed.push({ path, now });
    entries.set(path, madeAnew(entry, now));
  }
  for (const [path] of lookAround(snapshot)) {
    if (entries.has(path)) continue;
    changed.push({ path });
    attempt(() => removeAll(path));
  }
  return changed;
}

/** Asked of what may have changed after it was seen without its time telling. */
function hasContent(path: string, entry: Entry): boolean {
  const { content } = entry;
  return !content || isSettled(entry) || isEqual(content, readFile(path));
}

function readFile(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Made anew and never written through what stands there, which may be a link to anything or a second
 * name of another file. What stands in the place of the folders above is taken away as well.
 */
function putBack(path: string, { kind, mode, uid, gid, content, target }: Entry): void {
  openWay(parentOf(path));
  const now = lookAt(path);
  if (now && (now.kind === "link" || (now.kind === "dir") !== (kind === "dir"))) removeAll(path);
  if (kind === "dir") {
    if (!lookAt(path)) Deno.mkdirSync(path);
  } else {
    if (target === undefined && content === undefined) return;
    attempt(() => Deno.removeSync(path));
    if (target !== undefined) return Deno.symlinkSync(target, path);
    Deno.writeFileSync(path, content ?? new Uint8Array(), { createNew: true });
  }
  const made = lookAt(path);
  if (!made || made.kind === "link") return;
  if (uid !== null && gid !== null && (made.uid !== uid || made.gid !== gid)) {
    attempt(() => Deno.chownSync(path, uid, gid));
  }
  if (mode !== null) Deno.chmodSync(path, mode & 0o7777);
}

/** A folder may have been moved away with all that was in it, and a link left in its place. */
function openWay(folder: string): void {
  if (folder === "/" || lookAt(folder)?.kind === "dir") return;
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
  if (lookAt(path)?.kind !== "dir") return;
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
