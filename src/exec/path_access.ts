/**
 * Files by their paths, for where the C library cannot be had: what a path leads to is looked at
 * right before and after each step. That finds an exchange, but cannot rule out one in between.
 */

import * as fs from "node:fs";
import {
  asideName,
  assertOneName,
  changedPath,
  type FileAccess,
  type FileLike,
  type Folder,
  notRegular,
  type OverwriteOptions,
  type RegularFile,
  type StagedFile,
  systemError,
} from "./file_access.ts";
import { refuse } from "./file_error.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = fs.constants;
/** An open that would have to wait for another process fails or ends at once. */
const NO_WAIT = O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;

export class PathAccess implements FileAccess {
  openFolder(path: string): Folder {
    const info = Deno.lstatSync(path);
    if (!info.isDirectory) throw changedPath();
    const folder = new PathFolder(path, info);
    folder.verify();
    return folder;
  }

  openFile(path: string): RegularFile {
    const before = Deno.lstatSync(path);
    if (before.isSymlink) throw changedPath();
    if (!before.isFile) throw notRegular(before.isDirectory, path);
    const file = new PathFile(openByFlags(path, O_RDONLY | NO_WAIT), path);
    if (file.isSameAs(before) && Deno.realPathSync(path) === path) return file;
    file[Symbol.dispose]();
    throw changedPath();
  }
}

class PathFile implements RegularFile {
  readonly size: number;
  readonly changedAt: number;
  readonly #fd: number;
  readonly #path: string;
  readonly #stat: fs.Stats;

  /** Takes the descriptor over, also when it fails. */
  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
    this.#stat = fs.fstatSync(fd);
    this.size = this.#stat.size;
    this.changedAt = this.#stat.mtimeMs;
    if (this.#stat.isFile()) return;
    fs.closeSync(fd);
    throw notRegular(this.#stat.isDirectory(), path);
  }

  isSameAs({ dev, ino }: Deno.FileInfo): boolean {
    return this.#stat.dev === dev && this.#stat.ino === ino;
  }

  read(buffer: Uint8Array<ArrayBuffer>): number {
    const count = fs.readSync(this.#fd, buffer);
    // Content without a size is made up as it is read: it tells of a process, wherever it is.
    if (count > 0 && this.size === 0) throw refuse("PermissionDenied", this.#path);
    return count;
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#fd);
  }
}

class PathFolder implements Folder {
  readonly path: string;
  readonly #info: Deno.FileInfo;

  constructor(path: string, info: Deno.FileInfo) {
    this.path = path;
    this.#info = info;
  }

  /** Fails where the path leads to anything else than at first. */
  verify(): void {
    const { dev, ino } = Deno.lstatSync(this.path);
    const isSame = dev === this.#info.dev && ino === this.#info.ino;
    if (!isSame || Deno.realPathSync(this.path) !== this.path) throw changedPath();
  }

  at(name: string): string {
    return `${this.path === "/" ? "" : this.path}/${name}`;
  }

  openFolder(name: string): Folder {
    return this.verified(() => new PathAccess().openFolder(this.at(name)));
  }

  makeFolder(name: string): void {
    this.verified(() => Deno.mkdirSync(this.at(name)));
  }

  removeFolder(name: string): void {
    this.verified(() => {
      if (!Deno.lstatSync(this.at(name)).isDirectory) throw changedPath();
      Deno.removeSync(this.at(name));
    });
  }

  openFile(name: string): RegularFile {
    return this.verified(() => new PathAccess().openFile(this.at(name)));
  }

  assertWritable(name: string): void {
    this.#withWritable(name, () => {});
  }

  stage(content: Uint8Array, like?: FileLike): StagedFile {
    const name = asideName();
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    this.verify();
    const fd = openByFlags(this.at(name), flags, like ? 0o600 : 0o666);
    const staged = new PathStagedFile(this, { name, stat: fs.fstatSync(fd) });
    try {
      this.verify();
      fill(fd, { content, ...like && { like } });
      return staged;
    } catch (error) {
      staged[Symbol.dispose]();
      throw error;
    } finally {
      fs.closeSync(fd);
    }
  }

  overwrite(name: string, content: Uint8Array, options: OverwriteOptions): void {
    this.#withWritable(name, (fd, { nlink }) => {
      assertOneName(nlink, options);
      writeAll(fd, content);
      inSystemWords(() => fs.ftruncateSync(fd, content.length));
    });
  }

  link(name: string, newName: string): void {
    this.verified(() => Deno.linkSync(this.at(name), this.at(newName)));
  }

  rename(name: string, newName: string): void {
    this.verified(() => Deno.renameSync(this.at(name), this.at(newName)));
  }

  remove(name: string): void {
    this.verified(() => {
      if (Deno.lstatSync(this.at(name)).isDirectory) throw systemError("Is a directory", 21);
      Deno.removeSync(this.at(name));
    });
  }

  [Symbol.dispose](): void {}

  verified<T>(step: () => T): T {
    this.verify();
    const result = step();
    this.verify();
    return result;
  }

  #withWritable(name: string, use: (fd: number, stat: fs.Stats) => void): void {
    const fd = this.verified(() => openByFlags(this.at(name), O_WRONLY | NO_WAIT));
    try {
      const stat = fs.fstatSync(fd);
      if (!stat.isFile()) throw changedPath();
      use(fd, stat);
    } finally {
      fs.closeSync(fd);
    }
  }
}

interface Aside {
  readonly name: string;
  readonly stat: fs.Stats;
}

class PathStagedFile implements StagedFile {
  readonly #folder: PathFolder;
  #aside: Aside | undefined;

  constructor(folder: PathFolder, aside: Aside) {
    this.#folder = folder;
    this.#aside = aside;
  }

  place(folder: Folder, name: string): void {
    if (!(folder instanceof PathFolder)) throw new TypeError("A folder of another access");
    if (!this.#aside) return;
    const from = this.#folder.at(this.#aside.name);
    folder.verified(() => this.#folder.verified(() => Deno.renameSync(from, folder.at(name))));
    this.#aside = undefined;
  }

  /** Wherever the path leads: it is known by what it is. */
  [Symbol.dispose](): void {
    if (!this.#aside) return;
    const { name, stat } = this.#aside;
    this.#aside = undefined;
    try {
      const { dev, ino } = Deno.lstatSync(this.#folder.at(name));
      if (dev === stat.dev && ino === stat.ino) Deno.removeSync(this.#folder.at(name));
    } catch {
      // Somebody else has taken it away, or its folder.
    }
  }
}

function fill(
  fd: number,
  { content, like }: { content: Uint8Array; like?: FileLike },
): void {
  writeAll(fd, content);
  if (!like) return;
  const { uid, gid } = fs.fstatSync(fd);
  if (like.uid !== uid || like.gid !== gid) {
    try {
      fs.fchownSync(fd, like.uid ?? uid, like.gid ?? gid);
    } catch {
      // Only root may give a file away; without it the content is still right.
    }
  }
  const { mode } = like;
  if (mode !== null) inSystemWords(() => fs.fchmodSync(fd, mode & 0o7777));
}

function writeAll(fd: number, content: Uint8Array): void {
  let rest = content;
  while (rest.length > 0) {
    rest = rest.subarray(inSystemWords(() => fs.writeSync(fd, rest)));
  }
}

function openByFlags(path: string, flags: number, mode?: number): number {
  return inSystemWords(() => fs.openSync(path, flags, mode));
}

/** Node says `EACCES: permission denied, open 'x'`. */
function inSystemWords<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    const { errno, code, message } = error as NodeJS.ErrnoException;
    if (code === "ELOOP") throw changedPath();
    const words = /^[A-Z0-9]+: ([^,]*)/.exec(message)?.[1];
    if (errno === undefined || words === undefined) throw error;
    throw systemError(words.charAt(0).toUpperCase() + words.slice(1), Math.abs(errno));
  }
}
