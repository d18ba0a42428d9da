/** Where a path really leads, also one whose end does not exist yet. */

import { changedPath } from "./file_access.ts";
import { refuse, toFileError } from "./file_error.ts";

/** Every link on the way is resolved; the last part stays, be it a link, missing or anything. */
export async function realEntry(path: string): Promise<string> {
  const parts = normalParts(path);
  const missing = parts.splice(-1);
  while (true) {
    const parent = `/${parts.join("/")}`;
    try {
      const real = await Deno.realPath(parent);
      return joined(real, missing.join("/"));
    } catch (error) {
      const last = parts.pop();
      if (last === undefined || !(error instanceof Deno.errors.NotFound)) {
        throw toFileError(error, path);
      }
      missing.unshift(last);
    }
  }
}

/** As `realEntry`, and a link at the end is followed to what it names, existing or not. */
export async function realTarget(path: string): Promise<string> {
  let entry = await realEntry(path);
  for (let links = 0; links < 40; links++) {
    const info = await statEntry(entry);
    if (!info?.isSymlink) return entry;
    const target = await Deno.readLink(entry);
    entry = await realEntry(target.startsWith("/") ? target : `${parentOf(entry)}/${target}`);
  }
  throw toFileError(new Error("Too many levels of symbolic links (os error 40)"), path);
}

/** What stands there for processes, devices and the kernel's own state is no file of a project. */
const CLOSED: readonly string[] = ["/proc", "/dev", "/sys"];

export function isClosed(real: string): boolean {
  return CLOSED.some((folder) => real === folder || real.startsWith(`${folder}/`));
}

export function refuseClosed(real: string, path: string = real): void {
  if (isClosed(real)) throw refuse("PermissionDenied", path);
}

/** Links on the way are resolved; fails for what is closed, whatever led there. */
export async function realOpenPath(path: string): Promise<string> {
  try {
    const real = await Deno.realPath(path);
    refuseClosed(real, path);
    return real;
  } catch (error) {
    throw toFileError(error, path);
  }
}

/** `real` has no link on it: one that has come in between makes this fail. At most `most` entries. */
export async function readRealFolder(real: string, most = Infinity): Promise<Deno.DirEntry[]> {
  refuseClosed(real);
  await assertReal(real);
  const entries: Deno.DirEntry[] = [];
  for await (const entry of Deno.readDir(real)) {
    entries.push(entry);
    if (entries.length >= most) break;
  }
  await assertReal(real);
  return entries;
}

async function assertReal(path: string): Promise<void> {
  if (await Deno.realPath(path) !== path) throw changedPath();
}

/** What stands there itself, not what a link names; absent for nothing. */
export async function statEntry(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw toFileError(error, path);
  }
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

/** `below` may be empty. */
export function joined(folder: string, below: string): string {
  return below === "" ? folder : `${folder === "/" ? "" : folder}/${below}`;
}

/** By the words alone. */
export function withoutDots(path: string): string {
  return `/${normalParts(path).join("/")}`;
}

/** `..` is taken by the words, as the tools show it to the model. */
function normalParts(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}
