/** The C library's calls on files, most of them below an open folder. Linux only. */

import { changedPath, systemError } from "./file_access.ts";
import { bytesOf, cString, errno, loadLibc } from "./libc.ts";

const SYMBOLS = {
  syscall: { parameters: ["i64", "i64", "buffer", "buffer", "i64"], result: "i64" },
  openat: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  fstatfs: { parameters: ["i32", "buffer"], result: "i32" },
  mkdirat: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  linkat: { parameters: ["i32", "buffer", "i32", "buffer", "i32"], result: "i32" },
  renameat: { parameters: ["i32", "buffer", "i32", "buffer"], result: "i32" },
  strerror: { parameters: ["i32"], result: "pointer" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const IS_X86 = Deno.build.arch === "x86_64";
const CLOEXEC = 0x80000;
export const PATH = 0x200000;
export const WRITE = 1;
export const CREATE_NEW = 0x40 | 0x80;
/** An open that would have to wait for another process fails or ends at once. */
export const NO_WAIT = 0x800 | 0x100;
export const FOLDER = IS_X86 ? 0x10000 : 0x4000;
const NO_FOLLOW = IS_X86 ? 0x20000 : 0x8000;
export const NAMELESS = 0x400000 | FOLDER;

const AT_FDCWD = -100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const OPENAT2 = 437n;
/** Neither links nor what looks like one below `/proc`. */
const RESOLVE = 6n;
const EPERM = 1;
const ENOTDIR = 20;
const ENOSYS = 38;
const ELOOP = 40;
/** The file systems of processes and of devices' states, wherever they are mounted. */
const CLOSED_FILE_SYSTEMS = [0x9fa0n, 0x62656572n];
const FILE_TYPE = 0o170000;
const MOST_AT_ONCE = 1 << 30;

export interface Stat {
  readonly isFile: boolean;
  readonly isFolder: boolean;
  readonly uid: number;
  readonly gid: number;
  /** How many names it has. */
  readonly names: number;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/** Failures are errors in the system's words, with `(os error n)`. */
export class FileCalls {
  readonly #libc: Symbols;
  readonly #useOpenat2: boolean;

  private constructor(libc: Symbols, useOpenat2: boolean) {
    this.#libc = libc;
    this.#useOpenat2 = useOpenat2;
  }

  /** Absent without leave to use the C library. Without `openat2` paths are walked part by part. */
  static load({ openat2 = true }: { openat2?: boolean } = {}): FileCalls | undefined {
    const libc = loadLibc(SYMBOLS);
    return libc && new FileCalls(libc, openat2);
  }

  /** By an absolute path on which no link may stand; gives a descriptor. */
  openPath(path: string, flags: number): number {
    if (!this.#useOpenat2) return this.#walk(path, flags);
    const how = bytesOf(24);
    new BigUint64Array(how.buffer).set([BigInt(flags | CLOEXEC), 0n, RESOLVE]);
    const fd = Number(
      this.#libc.syscall(OPENAT2, BigInt(AT_FDCWD), cString(path), how, BigInt(how.length)),
    );
    if (fd >= 0) return fd;
    const number = errno(this.#libc);
    // Linux before 5.6 has no such call; some filters of calls say that it is not permitted.
    if (number === ENOSYS || number === EPERM) return this.#walk(path, flags);
    throw this.#failure(number, flags);
  }

  openBelow(folder: number, name: string, { flags, mode = 0 }: OpenOptions): number {
    const fd = this.#libc.openat(folder, cString(name), flags | NO_FOLLOW | CLOEXEC, mode);
    if (fd < 0) throw this.#failure(errno(this.#libc), flags);
    return fd;
  }

  close(fd: number): void {
    this.#libc.close(fd);
  }

  read(fd: number, buffer: Uint8Array<ArrayBuffer>): number {
    return this.#check(Number(this.#libc.read(fd, buffer, BigInt(buffer.length))));
  }

  writeAll(fd: number, content: Uint8Array): void {
    let rest = content as Uint8Array<ArrayBuffer>;
    while (rest.length > 0) {
      const length = BigInt(Math.min(rest.length, MOST_AT_ONCE));
      rest = rest.subarray(this.#check(Number(this.#libc.write(fd, rest, length))));
    }
  }

  truncate(fd: number, length: number): void {
    this.#check(this.#libc.ftruncate(fd, BigInt(length)));
  }

  chmod(fd: number, mode: number): void {
    this.#check(this.#libc.fchmod(fd, mode));
  }

  chown(fd: number, { uid, gid }: { uid: number; gid: number }): void {
    this.#check(this.#libc.fchown(fd, uid, gid));
  }

  stat(fd: number): Stat {
    const bytes = bytesOf(256);
    this.#check(this.#libc.statx(fd, cString(""), AT_EMPTY_PATH, STATX_BASIC_STATS, bytes));
    const view = new DataView(bytes.buffer);
    const mode = view.getUint16(28, true);
    return {
      isFile: (mode & FILE_TYPE) === 0o100000,
      isFolder: (mode & FILE_TYPE) === 0o040000,
      uid: view.getUint32(20, true),
      gid: view.getUint32(24, true),
      names: view.getUint32(16, true),
      size: Number(view.getBigUint64(40, true)),
      changedAt: Number(view.getBigInt64(112, true)) * 1000 + view.getUint32(120, true) / 1e6,
    };
  }

  /** Whether what is open stands for a process or a device, and is no file of anybody's. */
  isClosed(fd: number): boolean {
    const bytes = bytesOf(256);
    this.#check(this.#libc.fstatfs(fd, bytes));
    return CLOSED_FILE_SYSTEMS.includes(new DataView(bytes.buffer).getBigInt64(0, true));
  }

  makeFolder(folder: number, name: string): void {
    this.#check(this.#libc.mkdirat(folder, cString(name), 0o777));
  }

  removeFolder(folder: number, name: string): void {
    this.#check(this.#libc.unlinkat(folder, cString(name), AT_REMOVEDIR));
  }

  remove(folder: number, name: string): void {
    this.#check(this.#libc.unlinkat(folder, cString(name), 0));
  }

  link(folder: number, name: string, newName: string): void {
    this.#check(this.#libc.linkat(folder, cString(name), folder, cString(newName), 0));
  }

  /** Gives an open file a name, which it may never have had. False where it cannot be done. */
  nameFile(fd: number, { folder, name }: Place): boolean {
    const own = cString(`/proc/self/fd/${fd}`);
    return this.#libc.linkat(AT_FDCWD, own, folder, cString(name), AT_SYMLINK_FOLLOW) === 0;
  }

  rename(from: Place, to: Place): void {
    const { folder, name } = from;
    this.#check(this.#libc.renameat(folder, cString(name), to.folder, cString(to.name)));
  }

  #walk(path: string, flags: number): number {
    const parts = path.split("/").filter((part) => part !== "");
    const last = parts.pop() ?? ".";
    let folder = this.openBelow(AT_FDCWD, "/", { flags: PATH | FOLDER });
    try {
      for (const part of parts) {
        const next = this.openBelow(folder, part, { flags: PATH | FOLDER });
        this.close(folder);
        folder = next;
      }
      return this.openBelow(folder, last, { flags });
    } finally {
      this.close(folder);
    }
  }

  #check(result: number): number {
    if (result < 0) throw this.#failure(errno(this.#libc));
    return result;
  }

  #failure(number: number, flags = 0): Error {
    // A link in place of a folder is said to be no folder.
    const isLink = number === ELOOP || number === ENOTDIR && (flags & FOLDER) !== 0;
    if (isLink) return changedPath();
    const words = this.#libc.strerror(number);
    return systemError(words ? Deno.UnsafePointerView.getCString(words) : "Unknown error", number);
  }
}

export interface OpenOptions {
  readonly flags: number;
  /** Of a new file, before the process's mask. */
  readonly mode?: number;
}

export interface Place {
  readonly folder: number;
  readonly name: string;
}
