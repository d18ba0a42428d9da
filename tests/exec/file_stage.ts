/** A workspace, a folder outside of it, and every way in which files can be reached. */

import { deepStrictEqual } from "node:assert/strict";
import { DescriptorAccess } from "../../src/exec/descriptor_access.ts";
import type { FileAccess } from "../../src/exec/file_access.ts";
import { FileCalls } from "../../src/exec/file_calls.ts";
import { type FilesDeps, HostFiles } from "../../src/exec/files.ts";
import type { HostCall } from "../../src/exec/host_call.ts";
import { PathAccess } from "../../src/exec/path_access.ts";
import { ProcessGroups } from "../../src/exec/process_groups.ts";
import type { FileChange } from "../../src/protocol/host.ts";

export const LITTER = /\.decodex-[0-9a-f]{16}\.tmp$/;

/** By name; where the C library cannot be had, by paths alone. */
export function everyAccess(): [name: string, access: FileAccess][] {
  const paths: [string, FileAccess] = ["by paths", new PathAccess()];
  const calls = FileCalls.load();
  const walking = FileCalls.load({ openat2: false });
  const naming = FileCalls.load();
  if (!calls || !walking || !naming) return [paths];
  // As where `/proc` is not mounted.
  naming.nameFile = () => false;
  return [
    ["by descriptors", new DescriptorAccess(calls)],
    ["by descriptors that get no name", new DescriptorAccess(naming)],
    ["part by part, under other names", new DescriptorAccess(walking, { nameless: false })],
    paths,
  ];
}

export class FileStage {
  readonly #root: string | undefined;
  /** The only folder that may be written; `.git` in it may not. */
  readonly work: string;
  readonly outside: string;

  /** `work` is somebody else's to remove, where it is given. */
  constructor(work?: string) {
    const root = work === undefined ? Deno.realPathSync(Deno.makeTempDirSync()) : undefined;
    this.#root = root;
    this.work = work ?? `${root}/work`;
    this.outside = `${root ?? work}/outside`;
    if (root === undefined) return;
    // A test may take another user's part.
    Deno.chmodSync(root, 0o755);
    for (const folder of [this.work, this.outside]) Deno.mkdirSync(folder);
  }

  files(access: FileAccess, options: Pick<FilesDeps, "isSandboxed" | "tempDir"> = {}): HostFiles {
    return new HostFiles({
      groups: new ProcessGroups({ ownsDescendants: false }),
      environment: { PATH: "/nowhere" },
      confinement: {
        writableRoots: [this.work],
        protectedPaths: [`${this.work}/.git`],
        network: false,
      },
      ...options,
      access,
    });
  }

  /** In the workspace, with `$OUTSIDE`. */
  run(script: string): void {
    const { success, stderr } = new Deno.Command("/bin/sh", {
      args: ["-ec", script],
      cwd: this.work,
      env: { OUTSIDE: this.outside },
    }).outputSync();
    if (!success) throw new Error(`"${script}" failed: ${new TextDecoder().decode(stderr)}`);
  }

  [Symbol.dispose](): void {
    if (this.#root !== undefined) Deno.removeSync(this.#root, { recursive: true });
  }
}

/** As the host does it: what may be written is asked first. */
export async function applyTo(files: HostFiles, changes: readonly FileChange[]): Promise<void> {
  await files.apply(changes, await files.plan(changes), hostCall());
}

export function hostCall(signal: AbortSignal = new AbortController().signal): HostCall {
  return { callId: "call-1", signal, report: () => {} };
}

export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}

export function add(path: string, text: string): FileChange {
  return { type: "add", path, content: encode(text) };
}

export function update(path: string, text: string): FileChange {
  return { type: "update", path, content: encode(text) };
}

/** Everything below a folder: folders as `null`, links as `-> target`, other things as `?`. */
export function treeOf(root: string, folder = ""): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (const entry of Deno.readDirSync(`${root}/${folder}`)) {
    const path = folder + entry.name;
    if (entry.isSymlink) found[path] = `-> ${Deno.readLinkSync(`${root}/${path}`)}`;
    else if (entry.isDirectory) Object.assign(found, { [path]: null }, treeOf(root, `${path}/`));
    else found[path] = entry.isFile ? Deno.readTextFileSync(`${root}/${path}`) : "?";
  }
  return found;
}

/** The kind and words of what an action fails with, and nothing where it does not. */
export async function failureOf(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name !== "FileError" && error.name !== "ToolError") throw error;
    return error.message;
  }
}

export function assertTree(root: string, expected: Record<string, string | null>): void {
  deepStrictEqual(treeOf(root), expected);
}
