/** What root can do beside Landlock: a view of the file system that is read-only but for its roots. */

import { mountedFolders, outerFirst } from "./bubblewrap.ts";
import { type Bytes, bytesOf, cString } from "../libc.ts";

const SYMBOLS = {
  close: { parameters: ["i32"], result: "i32" },
  unshare: { parameters: ["i32"], result: "i32" },
  syscall: { parameters: ["i64", "i64", "buffer", "i64", "buffer", "i64"], result: "i64" },
} as const satisfies Deno.ForeignLibraryInterface;

type Mounting = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const CLONE_NEWNS = 0x20000;
/** These have one number on every machine. */
const OPEN_TREE = 428n;
const MOVE_MOUNT = 429n;
const MOUNT_SETATTR = 442n;

const HERE = -100n;
const RECURSIVE = 0x8000n;
const EMPTY_PATH = 0x1000n;
const CLONE_CLOEXEC = 0x80001n;
const FROM_EMPTY_PATH = 4n;
const READ_ONLY = 1n;
const PRIVATE = 1n << 18n;

export interface Mounts {
  readonly writable: readonly string[];
  /** Below them, and there. */
  readonly closed: readonly string[];
}

/**
 * Holds what Landlock has no rights for: modes, owners and times outside of the roots, and closed
 * paths in them. Gives whether it could be done, which takes the right to mount; nothing is changed
 * where it could not. What was mounted read-only before stays so.
 */
export function closeMounts({ writable, closed }: Mounts): boolean {
  const libc = open();
  // Nothing is left to be closed where all is open, and nothing is mounted over the root.
  if (!libc || writable.includes("/") || libc.unshare(CLONE_NEWNS) !== 0) return false;
  if (!setAttributes(libc, { path: "/", propagation: PRIVATE })) return false;
  // Whoever may not move a mount must not have closed everything before.
  if (!attach(libc, "/proc", clone(libc, "/proc"))) return false;
  const opened = mountedFolders(writable, closed).map((path) => [path, clone(libc, path)] as const);
  if (!setAttributes(libc, { path: "/", set: READ_ONLY })) return false;
  for (const [path, tree] of opened) {
    // A path that is not there opens nothing.
    if (tree >= 0 && !attach(libc, path, tree)) throw new Error(`cannot mount "${path}"`);
  }
  for (const path of [...closed].sort(outerFirst)) {
    const tree = clone(libc, path);
    if (tree < 0) continue;
    setAttributes(libc, { tree, path: "", set: READ_ONLY });
    if (!attach(libc, path, tree)) throw new Error(`cannot close "${path}"`);
  }
  return true;
}

function open(): Mounting | undefined {
  try {
    return Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  } catch {
    return undefined;
  }
}

/** A copy with all that is mounted below, each as it was; negative where nothing is there. */
function clone(libc: Mounting, path: string): bigint {
  const flags = CLONE_CLOEXEC | RECURSIVE;
  return libc.syscall(OPEN_TREE, HERE, cString(path), flags, bytesOf(1), 0n);
}

function attach(libc: Mounting, path: string, tree: bigint): boolean {
  if (tree < 0) return false;
  const place = cString(path);
  const moved = libc.syscall(MOVE_MOUNT, tree, cString(""), HERE, place, FROM_EMPTY_PATH) === 0n;
  // This process may stay, and needs none of what it has opened on the way.
  libc.close(Number(tree));
  return moved;
}

function setAttributes(
  libc: Mounting,
  { path, tree = HERE, set = 0n, propagation = 0n }: {
    path: string;
    tree?: bigint;
    set?: bigint;
    propagation?: bigint;
  },
): boolean {
  const attributes: Bytes = bytesOf(32);
  new BigUint64Array(attributes.buffer).set([set, 0n, propagation, 0n]);
  const flags = RECURSIVE | (path === "" ? EMPTY_PATH : 0n);
  const size = BigInt(attributes.length);
  return libc.syscall(MOUNT_SETATTR, tree, cString(path), flags, attributes, size) === 0n;
}
