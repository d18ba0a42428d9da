/** `grep`: files with a matching line, by ripgrep where it is installed, else by our own walk. */

import { ToolError } from "../protocol/error.ts";
import { FileError, type SearchRequest } from "../protocol/host.ts";
import { type FileAccess, notRegular, type RegularFile } from "./file_access.ts";
import { toFileError } from "./file_error.ts";
import type { HostCall } from "./host_call.ts";
import { createLineMatcher, type LineMatcher } from "./line_matcher.ts";
import type { ProcessGroups } from "./process_groups.ts";
import { isClosed, readRealFolder, realOpenPath } from "./real_path.ts";
import { findRipgrep, runRipgrep } from "./ripgrep.ts";
import { mayRun } from "./self_command.ts";
import { type FoundFile, walkFiles } from "./walk.ts";

const LIMIT_MS = 30_000;
const PIECE_BYTES = 512 * 1024;
const BINARY_PROBE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** How long files are read and matched before timers and messages have their turn. */
const BREATH_MS = 20;

export interface SearchDeps {
  readonly groups: ProcessGroups;
  readonly environment: Readonly<Record<string, string>>;
  readonly access: FileAccess;
  readonly call: HostCall;
}

/** `cwd` is what a glob with a slash may be relative to beside the path. */
export type LocalSearch = SearchRequest & { readonly cwd: string };

export async function search(request: LocalSearch, deps: SearchDeps): Promise<string[]> {
  const real = await realOpenPath(request.path);
  const info = await statRoot(real, request.path);
  const program = await findRipgrep(deps.environment["PATH"] ?? "");
  if (program !== undefined && mayRun(program)) {
    const paths = real === "/" ? await openFolders() : [request.path];
    return await runRipgrep(request, { ...deps, program, paths, ms: LIMIT_MS });
  }
  const { access } = deps;
  const signal = AbortSignal.any([deps.call.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const matcher = await createLineMatcher(request.pattern);
    const files = info.isDirectory
      ? walkFiles(request, { cwd: request.cwd, real, access, signal })
      : only({ path: request.path, real });
    const found = await matchingFiles(files, { access, matcher, signal });
    return found.sort(newestFirst).slice(0, request.limit).map(({ path }) => path);
  } catch (error) {
    deps.call.signal.throwIfAborted();
    if (!signal.aborted) throw error;
    throw new ToolError(`rg timed out after ${LIMIT_MS / 1000} seconds`);
  }
}

async function statRoot(real: string, path: string): Promise<Deno.FileInfo> {
  try {
    const info = await Deno.lstat(real);
    if (info.isDirectory || info.isFile) return info;
  } catch (error) {
    throw toFileError(error, path);
  }
  throw notRegular(false, path);
}

/** All below `/` that a search from there looks at; ripgrep knows nothing that is closed. */
async function openFolders(): Promise<string[]> {
  const entries = await readRealFolder("/");
  return entries.filter(({ name, isSymlink }) => !isSymlink && !name.startsWith("."))
    .map(({ name }) => `/${name}`).filter((path) => !isClosed(path));
}

async function* only(file: FoundFile): AsyncGenerator<FoundFile> {
  yield await Promise.resolve(file);
}

interface Found {
  readonly path: string;
  readonly changedAt: number;
}

interface ReaderDeps {
  readonly access: FileAccess;
  readonly matcher: LineMatcher;
  readonly signal: AbortSignal;
}

/** One after the other, with one buffer for all of them. */
async function matchingFiles(
  files: AsyncGenerator<FoundFile>,
  deps: ReaderDeps,
): Promise<Found[]> {
  const found: Found[] = [];
  const reader = { ...deps, buffer: new Uint8Array(PIECE_BYTES), breathe: createBreath() };
  for await (const file of files) {
    const match = await examine(file, reader);
    if (match) found.push(match);
  }
  return found;
}

interface Reader extends ReaderDeps {
  readonly buffer: Uint8Array<ArrayBuffer>;
  breathe(): Promise<void>;
}

/** Reading and matching hold the thread; without a breath no interrupt and no limit would come. */
function createBreath(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < BREATH_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
}

/** A file that cannot be read matches nothing; a pattern that cannot be used fails the search. */
async function examine({ path, real }: FoundFile, reader: Reader): Promise<Found | undefined> {
  try {
    using file = reader.access.openFile(real);
    if (!await hasMatch(file, path, reader)) return undefined;
    return { path, changedAt: file.changedAt };
  } catch (error) {
    if (reader.signal.aborted || error instanceof ToolError) throw error;
    if (toFileError(error, path) instanceof FileError) return undefined;
    throw error;
  }
}

/** Piece by piece, each ending with a line where it can, so that no size is too large. */
async function hasMatch(file: RegularFile, path: string, reader: Reader): Promise<boolean> {
  const { buffer, matcher, signal } = reader;
  const decoder = new TextDecoder();
  let held = 0;
  for (let first = true;; first = false) {
    await reader.breathe();
    signal.throwIfAborted();
    const count = file.read(buffer.subarray(held));
    const read = buffer.subarray(0, held + count);
    if (first && read.subarray(0, BINARY_PROBE_BYTES).includes(0)) return false;
    const end = count === 0 || read.length === buffer.length && !read.includes(NEWLINE)
      ? read.length
      : read.lastIndexOf(NEWLINE) + 1;
    if (end > 0 && matcher.matches(decoder.decode(read.subarray(0, end)), path)) {
      return true;
    }
    if (count === 0) return false;
    held = read.length - end;
    buffer.copyWithin(0, end, read.length);
  }
}

function newestFirst(a: Found, b: Found): number {
  return b.changedAt - a.changedAt || (a.path < b.path ? -1 : 1);
}
