/** `grep`: files with a matching line, by ripgrep where it is installed, else by our own walk. */

import { ToolError } from "../protocol/error.ts";
import { FileError, type SearchRequest } from "../protocol/host.ts";
import { toFileError } from "./file_error.ts";
import type { HostCall } from "./host_call.ts";
import { createLineMatcher, type LineMatcher } from "./line_matcher.ts";
import type { ProcessGroups } from "./process_groups.ts";
import { refuseProcesses } from "./real_path.ts";
import { findRipgrep, runRipgrep } from "./ripgrep.ts";
import { mayRun } from "./self_command.ts";
import { walkFiles } from "./walk.ts";

const LIMIT_MS = 30_000;
const AT_ONCE = 4;
const PIECE_BYTES = 512 * 1024;
const BINARY_PROBE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export interface SearchDeps {
  readonly groups: ProcessGroups;
  readonly environment: Readonly<Record<string, string>>;
  readonly call: HostCall;
}

/** `cwd` is what a glob with a slash may be relative to beside the path. */
export type LocalSearch = SearchRequest & { readonly cwd: string };

export async function search(request: LocalSearch, deps: SearchDeps): Promise<string[]> {
  const info = await statRoot(request.path);
  const program = await findRipgrep(deps.environment["PATH"] ?? "");
  if (program !== undefined && mayRun(program)) {
    return await runRipgrep(request, { ...deps, program, ms: LIMIT_MS });
  }
  const signal = AbortSignal.any([deps.call.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const matcher = await createLineMatcher(request.pattern);
    const files = info.isDirectory
      ? walkFiles(request, { cwd: request.cwd, signal })
      : only(request.path);
    const found = await matchingFiles(files, matcher, signal);
    return found.sort(newestFirst).slice(0, request.limit).map(({ path }) => path);
  } catch (error) {
    deps.call.signal.throwIfAborted();
    if (!signal.aborted) throw error;
    throw new ToolError(`rg timed out after ${LIMIT_MS / 1000} seconds`);
  }
}

async function statRoot(path: string): Promise<Deno.FileInfo> {
  try {
    refuseProcesses(await Deno.realPath(path), path);
    const info = await Deno.stat(path);
    if (info.isDirectory || info.isFile) return info;
  } catch (error) {
    throw toFileError(error, path);
  }
  throw new FileError("other", path, "not a regular file");
}

async function* only(path: string): AsyncGenerator<string> {
  yield await Promise.resolve(path);
}

interface Found {
  readonly path: string;
  readonly changedAt: number;
}

/** Some at a time, each reader with one buffer for all of its files. */
async function matchingFiles(
  files: AsyncGenerator<string>,
  matcher: LineMatcher,
  signal: AbortSignal,
): Promise<Found[]> {
  const found: Found[] = [];
  const read = async (): Promise<void> => {
    const buffer = new Uint8Array(PIECE_BYTES);
    for (let next = await files.next(); !next.done; next = await files.next()) {
      const match = await examine(next.value, { buffer, matcher, signal });
      if (match) found.push(match);
    }
  };
  // The first to fail ends the list for the others, and none is left reading behind our back.
  const readers = Array.from({ length: AT_ONCE }, () => read().finally(() => files.return(null)));
  await Promise.allSettled(readers);
  await Promise.all(readers);
  return found;
}

interface Reader {
  readonly buffer: Uint8Array;
  readonly matcher: LineMatcher;
  readonly signal: AbortSignal;
}

/** A file that cannot be read matches nothing; a pattern that cannot be used fails the search. */
async function examine(path: string, reader: Reader): Promise<Found | undefined> {
  try {
    using file = await Deno.open(path);
    const info = await file.stat();
    if (!info.isFile || !await hasMatch(file, path, reader)) return undefined;
    return { path, changedAt: info.mtime?.getTime() ?? 0 };
  } catch (error) {
    if (reader.signal.aborted || error instanceof ToolError) throw error;
    if (toFileError(error, path) instanceof FileError) return undefined;
    throw error;
  }
}

/** Piece by piece, each ending with a line where it can, so that no size is too large. */
async function hasMatch(file: Deno.FsFile, path: string, reader: Reader): Promise<boolean> {
  const { buffer, matcher, signal } = reader;
  const decoder = new TextDecoder();
  let held = 0;
  for (let first = true;; first = false) {
    signal.throwIfAborted();
    const count = await file.read(buffer.subarray(held));
    const read = buffer.subarray(0, held + (count ?? 0));
    if (first && read.subarray(0, BINARY_PROBE_BYTES).includes(0)) return false;
    const end = count === null || read.length === buffer.length && !read.includes(NEWLINE)
      ? read.length
      : read.lastIndexOf(NEWLINE) + 1;
    if (end > 0 && matcher.matches(decoder.decode(read.subarray(0, end)), path)) {
      return true;
    }
    if (count === null) return false;
    held = read.length - end;
    buffer.copyWithin(0, end, read.length);
  }
}

function newestFirst(a: Found, b: Found): number {
  return b.changedAt - a.changedAt || (a.path < b.path ? -1 : 1);
}
