/** Landlock: what this process and all that it becomes or starts may do with files. */

import { addressOf, bytesOf, cString, errno, type Libc } from "../libc.ts";

const CREATE_RULESET = 444n;
const ADD_RULE = 445n;
const RESTRICT_SELF = 446n;
const TELL_VERSION = 1n;
const PATH_BENEATH = 1n;
const O_PATH_CLOEXEC = 0x280000;
const OPENAT2 = 437n;
const AT_FDCWD = -100n;
const RESOLVE_NO_SYMLINKS = 4n;

type LandlockCalls = Libc<"syscall" | "open" | "close" | "__errno_location">;

const READ = bits(0, 2, 3); // execute, read files, read folders
const MAKE_DEVICES = bits(6, 11);
/** What there is to say of a file that is no folder. */
const OF_FILES = bits(0, 1, 2, 14, 15);

/** What decodex cannot do without of `/dev`, whatever may be written elsewhere. */
const DEVICES: readonly string[] = [
  "/dev/null",
  "/dev/zero",
  "/dev/full",
  "/dev/random",
  "/dev/urandom",
  "/dev/tty",
  "/dev/ptmx",
];
const TERMINALS = "/dev/pts";

/** Reading is allowed everywhere, writing below `writable`. Fails where the kernel has no Landlock. */
export function restrictFiles(
  libc: LandlockCalls,
  { writable, network }: { writable: readonly string[]; network: boolean },
): void {
  const version = Number(libc.syscall(CREATE_RULESET, 0n, 0n, TELL_VERSION, 0n));
  if (version < 1) throw new Error(`this kernel has no Landlock (os error ${errno(libc)})`);
  const handled = handledBy(version);
  const ruleset = createRuleset(libc, { version, handled, network });
  allow(libc, { ruleset, path: "/", access: READ & handled });
  const access = handled & ~MAKE_DEVICES;
  for (const path of writable) allow(libc, { ruleset, path, access, open: openItself });
  for (const path of [...DEVICES, TERMINALS]) allow(libc, { ruleset, path, access });
  if (libc.syscall(RESTRICT_SELF, BigInt(ruleset), 0n, 0n, 0n) !== 0n) {
    throw new Error(`cannot restrict itself (os error ${errno(libc)})`);
  }
  libc.close(ruleset);
}

function handledBy(version: number): bigint {
  const named: [since: number, right: number][] = [[2, 13], [3, 14], [5, 15]];
  const newer = named.filter(([since]) => version >= since).map(([, right]) => right);
  return (1n << 13n) - 1n | bits(...newer);
}

function createRuleset(
  libc: LandlockCalls,
  { version, handled, network }: { version: number; handled: bigint; network: boolean },
): number {
  const attributes = bytesOf(24);
  new BigUint64Array(attributes.buffer).set([
    handled,
    // TCP: neither bind nor connect.
    network ? 0n : 3n,
    // Signals to others never; sockets without a file not without the network.
    network ? 2n : 3n,
  ]);
  const size = version >= 6 ? 24n : version >= 4 ? 16n : 8n;
  const ruleset = Number(libc.syscall(CREATE_RULESET, addressOf(attributes), size, 0n, 0n));
  if (ruleset < 0) throw new Error(`cannot make a Landlock ruleset (os error ${errno(libc)})`);
  return ruleset;
}

/** Negative where nothing is there. */
function openAny(libc: LandlockCalls, path: string): number {
  return libc.open(cString(path), O_PATH_CLOEXEC, 0);
}

/** Negative also where a link is on the way: it was none when the path was found. */
function openItself(libc: LandlockCalls, path: string): number {
  const how = bytesOf(24);
  new BigUint64Array(how.buffer).set([BigInt(O_PATH_CLOEXEC), 0n, RESOLVE_NO_SYMLINKS]);
  return Number(libc.syscall(OPENAT2, AT_FDCWD, addressOf(cString(path)), addressOf(how), 24n));
}

/** A path that is not there grants nothing. */
function allow(
  libc: LandlockCalls,
  { ruleset, path, access, open = openAny }: {
    ruleset: number;
    path: string;
    access: bigint;
    open?: typeof openAny;
  },
): void {
  const fd = open(libc, path);
  if (fd < 0) return;
  const rule = bytesOf(12);
  const view = new DataView(rule.buffer);
  const isFolder = !DEVICES.includes(path) && !isFile(path);
  view.setBigUint64(0, isFolder ? access : access & OF_FILES, true);
  view.setInt32(8, fd, true);
  const added = libc.syscall(ADD_RULE, BigInt(ruleset), PATH_BENEATH, addressOf(rule), 0n);
  libc.close(fd);
  if (added !== 0n) throw new Error(`cannot open "${path}" in Landlock (os error ${errno(libc)})`);
}

/** Deno tells nothing of what lies in `/dev`; there the writable ones are folders. */
function isFile(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function bits(...numbers: readonly number[]): bigint {
  return numbers.reduce((sum, number) => sum | 1n << BigInt(number), 0n);
}
