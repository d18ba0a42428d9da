/** Reading, listing, searching and changing files for the tools. */

import { isOpen } from "../policy/open_path.ts";
import type { Confinement } from "../protocol/confinement.ts";
import { ToolError } from "../protocol/error.ts";
import { type DirEntry, type FileChange, FileError } from "../protocol/host.ts";
import { commitChanges, planChanges } from "./apply_changes.ts";
import { refuse, toFileError } from "./file_error.ts";
import type { HostCall } from "./host_call.ts";
import type { ProcessGroups } from "./process_groups.ts";
import { refuseProcesses } from "./real_path.ts";
import { type LocalSearch, search } from "./search.ts";

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_ENTRIES = 50_000;

export interface FilesDeps {
  readonly groups: ProcessGroups;
  readonly environment: Readonly<Record<string, string>>;
  readonly confinement: Confinement;
}

export class HostFiles {
  readonly #deps: FilesDeps;

  constructor(deps: FilesDeps) {
    this.#deps = deps;
  }

  /** Only of regular files, so that it always ends. */
  async readBytes(path: string, call: HostCall): Promise<Uint8Array> {
    call.signal.throwIfAborted();
    try {
      refuseProcesses(await Deno.realPath(path), path);
      assertRegular(await Deno.stat(path), path);
      using file = await Deno.open(path);
      assertRegular(await file.stat(), path);
      return await readAll(file, path);
    } catch (error) {
      throw toFileError(error, path);
    }
  }

  async list(path: string, depth: number, call: HostCall): Promise<DirEntry[]> {
    const entries: DirEntry[] = [];
    let level = [""];
    for (let below = 0; below < depth && level.length > 0; below++) {
      const next: string[] = [];
      for (const folder of level) {
        call.signal.throwIfAborted();
        for (const entry of await readFolder(path, folder)) {
          if (entries.length >= MOST_ENTRIES) return entries.sort(byPath);
          entries.push(entry);
          if (entry.kind === "dir") next.push(entry.path);
        }
      }
      level = next;
    }
    return entries.sort(byPath);
  }

  async search(request: LocalSearch, call: HostCall): Promise<string[]> {
    return await search(request, { ...this.#deps, call });
  }

  /** The real paths that changes would touch; nothing is written. */
  async plan(changes: readonly FileChange[]): Promise<string[]> {
    return (await planChanges(changes)).map(({ path }) => path);
  }

  /**
   * Fails for a path that a command here could not write either, and for one that is none of
   * `permitted`: a folder may have become a link while somebody was asked.
   */
  async apply(
    changes: readonly FileChange[],
    { permitted, call }: { permitted: readonly string[]; call: HostCall },
  ): Promise<void> {
    call.signal.throwIfAborted();
    const plan = await planChanges(changes);
    const closed = plan.find(({ path }) =>
      !permitted.includes(path) || !isOpen(path, this.#deps.confinement)
    );
    if (closed) throw new ToolError(`patch rejected: "${closed.path}" may not be written`);
    await commitChanges(plan, call.signal);
  }
}

function assertRegular(info: Deno.FileInfo, path: string): void {
  if (info.isDirectory) throw refuse("IsADirectory", path);
  if (!info.isFile) throw new FileError("other", path, "not a regular file");
  if (info.size > MOST_BYTES) throw tooLarge(path);
}

async function readAll(file: Deno.FsFile, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of file.readable) {
    total += chunk.length;
    if (total > MOST_BYTES) throw tooLarge(path);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function tooLarge(path: string): FileError {
  return new FileError("other", path, "File too large (os error 27)");
}

/** Links are named, never followed; a folder below that may not be read is left closed. */
async function readFolder(root: string, folder: string): Promise<DirEntry[]> {
  const entries: DirEntry[] = [];
  try {
    if (folder === "") refuseProcesses(await Deno.realPath(root), root);
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      entries.push({ path, kind: kindOf(entry) });
      if (entries.length >= MOST_ENTRIES) break;
    }
  } catch (error) {
    if (folder === "") throw toFileError(error, root);
  }
  return entries;
}

function kindOf(entry: Deno.DirEntry): DirEntry["kind"] {
  if (entry.isSymlink) return "symlink";
  if (entry.isDirectory) return "dir";
  return entry.isFile ? "file" : "other";
}

function byPath(a: DirEntry, b: DirEntry): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
