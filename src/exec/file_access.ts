/** The machine's files by paths without links: opened so that nothing on the way can be exchanged. */

import { FileError } from "../protocol/host.ts";
import { refuse } from "./file_error.ts";

/** What a file is like: the mode's lower twelve bits, and who owns it. */
export interface FileLike {
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
}

/** Every path is a real one; a link found on it fails with `changedPath`. All calls end at once. */
export interface FileAccess {
  /** Fails with the machine's error, `(os error 2)` where nothing is. */
  openFolder(path: string): Folder;
  /** Fails for what is no regular file, and for what stands for a process or a device. */
  openFile(path: string): RegularFile;
}

export interface RegularFile extends Disposable {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
  /** How many bytes came; 0 at the end. */
  read(buffer: Uint8Array<ArrayBuffer>): number;
}

/** What is done by name is done in this very folder, and no link is followed. */
export interface Folder extends Disposable {
  openFolder(name: string): Folder;
  makeFolder(name: string): void;
  removeFolder(name: string): void;
  openFile(name: string): RegularFile;
  /** Fails where the file may not be written. */
  assertWritable(name: string): void;
  /** A file with its content, which nobody sees before it has its place. */
  stage(content: Uint8Array, like?: FileLike): StagedFile;
  /** In place; fails for a file with other names unless they may be written through. */
  overwrite(name: string, content: Uint8Array, options: OverwriteOptions): void;
  /** A second name for the same file. */
  link(name: string, newName: string): void;
  rename(name: string, newName: string): void;
  remove(name: string): void;
}

export interface OverwriteOptions {
  readonly throughHardLinks: boolean;
}

/** Goes without a trace unless it was placed. */
export interface StagedFile extends Disposable {
  /** `folder` is on the same file system, and of the same access. */
  place(folder: Folder, name: string, options: { readonly replace: boolean }): void;
}

/** Through descriptors where the C library can be had, else by paths that are looked at again. */
export async function openFileAccess(): Promise<FileAccess> {
  const { FileCalls } = await import("./file_calls.ts");
  const calls = FileCalls.load();
  if (calls) return new (await import("./descriptor_access.ts")).DescriptorAccess(calls);
  return new (await import("./path_access.ts")).PathAccess();
}

/** A name that nobody can know before. */
export function asideName(): string {
  return `.decodex-${crypto.getRandomValues(new Uint8Array(8)).toHex()}.tmp`;
}

/** A path was checked, and leads elsewhere now. */
export function changedPath(): Error {
  return systemError("The path has changed since it was checked", 40);
}

export function systemError(words: string, number: number): Error {
  return new Error(`${words} (os error ${number})`);
}

export function notRegular(isFolder: boolean, path: string): FileError {
  return isFolder
    ? refuse("IsADirectory", path)
    : new FileError("other", path, "not a regular file");
}

/** Some other name of it may stand where nothing may be written. */
export function assertOneName(names: number, { throughHardLinks }: OverwriteOptions): void {
  if (names > 1 && !throughHardLinks) {
    throw systemError("The file has other names, and its folder takes no new file", 31);
  }
}

export function readWhole(file: RegularFile, most: number): Uint8Array<ArrayBuffer> | undefined {
  if (file.size > most) return undefined;
  let bytes = new Uint8Array(new ArrayBuffer(file.size + 1));
  let length = 0;
  while (true) {
    const count = file.read(bytes.subarray(length));
    length += count;
    if (length > most) return undefined;
    if (count === 0) return bytes.subarray(0, length);
    if (length === bytes.length) {
      // It grows while it is read.
      const larger = new Uint8Array(new ArrayBuffer(2 * length));
      larger.set(bytes);
      bytes = larger;
    }
  }
}
