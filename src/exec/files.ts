/** Reading, listing, searching and changing files for the tools. */

import { isOpen, withTempDir } from "../policy/open_path.ts";
import type { Confinement } from "../protocol/confinement.ts";
import { ToolError } from "../protocol/error.ts";
import type { DirEntry, FileChange } from "../protocol/host.ts";
import { commitChanges, planChanges, readLimited } from "./apply_changes.ts";
import { changedPath, type FileAccess, notRegular, openFileAccess } from "./file_access.ts";
import { toFileError } from "./file_error.ts";
import type { HostCall } from "./host_call.ts";
import type { ProcessGroups } from "./process_groups.ts";
import { joined, readRealFolder, realOpenPath } from "./real_path.ts";
import { type LocalSearch, search } from "./search.ts";

const MOST_ENTRIES = 50_000;

export interface FilesDeps {
  readonly groups: ProcessGroups;
  readonly environment: Readonly<Record<string, string>>;
  readonly confinement: Confinement;
  /** May be written whatever the confinement says. */
  readonly tempDir?: string;
  /** What holds commands besides; without it the path policy has to be stricter than they are. */
  readonly isSandboxed?: boolean;
  /** The best that can be had, where absent. */
  readonly access?: FileAccess;
}

export class HostFiles {
  readonly #deps: FilesDeps;
  #access: Promise<FileAccess> | undefined;

  constructor(deps: FilesDeps) {
    this.#deps = deps;
  }

  /** Only of regular files, so that it always ends. */
  async readBytes(path: string, call: HostCall): Promise<Uint8Array> {
    call.signal.throwIfAborted();
    const real = await realOpenPath(path);
    const access = await this.#useAccess();
    try {
      // Some devices act when they are opened.
      const info = await Deno.lstat(real);
      if (!info.isFile) throw notRegular(info.isDirectory, path);
      using file = access.openFile(real);
      return readLimited(file);
    } catch (error) {
      throw toFileError(error, path);
    }
  }

  async list(path: string, depth: number, call: HostCall): Promise<DirEntry[]> {
    const root = await realOpenPath(path);
    const entries: DirEntry[] = [];
    let level = [""];
    for (let below = 0; below < depth && level.length > 0; below++) {
      const next: string[] = [];
      for (const folder of level) {
        call.signal.throwIfAborted();
        for (const entry of await readFolder({ root, path, folder })) {
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
    return await search(request, { ...this.#deps, access: await this.#useAccess(), call });
  }

  /** The real paths that changes would touch; nothing is written. */
  async plan(changes: readonly FileChange[]): Promise<string[]> {
    return (await planChanges(changes)).map(({ path }) => path);
  }

  /** Fails for a path that is not among the permitted, or that a command here could not write. */
  async apply(
    changes: readonly FileChange[],
    permitted: readonly string[],
    { signal }: HostCall,
  ): Promise<void> {
    signal.throwIfAborted();
    const access = await this.#useAccess();
    const { tempDir, isSandboxed = false } = this.#deps;
    const confinement = withTempDir(this.#deps.confinement, tempDir);
    const plan = await planChanges(changes);
    const moved = plan.find(({ path }) => !permitted.includes(path));
    if (moved) throw toFileError(changedPath(), moved.path);
    const closed = plan.find(({ path }) => !isOpen(path, confinement));
    if (closed) throw new ToolError(`patch rejected: "${closed.path}" may not be written`);
    // Through another name of a file, where only the sandbox knows whether a command could.
    const throughHardLinks = isSandboxed || !confinement.writableRoots;
    commitChanges(plan, { access, signal, throughHardLinks });
  }

  #useAccess(): Promise<FileAccess> {
    const { access } = this.#deps;
    return this.#access ??= access ? Promise.resolve(access) : openFileAccess();
  }
}

interface ListedFolder {
  readonly root: string;
  /** As it was asked for. */
  readonly path: string;
  /** Relative to it. */
  readonly folder: string;
}

/** Links are named, never followed; a folder below that may not be read is left closed. */
async function readFolder({ root, path, folder }: ListedFolder): Promise<DirEntry[]> {
  try {
    const entries = await readRealFolder(joined(root, folder), MOST_ENTRIES);
    return entries.map((entry) => ({
      path: folder === "" ? entry.name : `${folder}/${entry.name}`,
      kind: kindOf(entry),
    }));
  } catch (error) {
    if (folder === "") throw toFileError(error, path);
    return [];
  }
}

function kindOf(entry: Deno.DirEntry): DirEntry["kind"] {
  if (entry.isSymlink) return "symlink";
  if (entry.isDirectory) return "dir";
  return entry.isFile ? "file" : "other";
}

function byPath(a: DirEntry, b: DirEntry): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
