/** The system calls that Deno has no names for, as they stand in the C library. Linux only. */

import { holds } from "./permissions.ts";

const SYMBOLS = {
  syscall: { parameters: ["i64", "i64", "i64", "i64", "i64"], result: "i64" },
  prctl: { parameters: ["i32", "i64", "i64", "i64", "i64"], result: "i32" },
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  setsid: { parameters: [], result: "i32" },
  signal: { parameters: ["i32", "i64"], result: "i64" },
  access: { parameters: ["buffer", "i32"], result: "i32" },
  chdir: { parameters: ["buffer"], result: "i32" },
  execve: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  posix_openpt: { parameters: ["i32"], result: "i32" },
  grantpt: { parameters: ["i32"], result: "i32" },
  unlockpt: { parameters: ["i32"], result: "i32" },
  ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: {
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type LibcCall = keyof typeof SYMBOLS;
export type Libc<Name extends LibcCall = LibcCall> = Pick<
  Deno.DynamicLibrary<typeof SYMBOLS>["symbols"],
  Name
>;
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Absent without leave to use it, and where the library goes by another name. To make a call ready
 * takes time: no other can be used than those that are named.
 */
export function openLibc<Name extends LibcCall>(names: readonly Name[]): Libc<Name> | undefined {
  const symbols = Object.fromEntries(names.map((name) => [name, SYMBOLS[name]]));
  return loadLibc(symbols) as Libc<Name> | undefined;
}

/** As `openLibc`, with other calls; also absent where the library lacks one of them. */
export function loadLibc<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S>["symbols"] | undefined {
  // Where the leave would have to be asked for, nobody shall be asked.
  if (Deno.build.os !== "linux" || !holds("ffi")) return undefined;
  for (const name of ["libc.so.6", "libc.so"]) {
    try {
      return Deno.dlopen(name, symbols).symbols;
    } catch {
      // The next name, or none.
    }
  }
  return undefined;
}

/** A buffer of its own: small typed arrays may move while the system looks at them. */
export function bytesOf(length: number): Bytes {
  return new Uint8Array(new ArrayBuffer(length));
}

export function cString(text: string): Bytes {
  const encoded = new TextEncoder().encode(text);
  const bytes = bytesOf(encoded.length + 1);
  bytes.set(encoded);
  return bytes;
}

export function addressOf(bytes: Bytes): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}

/** Of the call before. */
export function errno(libc: Libc<"__errno_location">): number {
  const pointer = libc.__errno_location();
  return pointer ? new Deno.UnsafePointerView(pointer).getInt32() : 0;
}
