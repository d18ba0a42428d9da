/** What the host process does to itself before it starts anything. Linux; needs FFI. */

import { addressOf, bytesOf, type Libc, openLibc } from "../libc.ts";
import { closeMemory } from "../own_memory.ts";
import { seccompProgram } from "./seccomp.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP = Deno.build.arch === "x86_64" ? 317n : 277n;
const SET_MODE_FILTER = 1n;
const CLOSE_RANGE = 436n;
const FCNTL = Deno.build.arch === "x86_64" ? 72n : 25n;
const SET_FLAGS = 2n;
const CLOSE_ON_EXEC = 1n;
const RANGE_CLOSE_ON_EXEC = 4n;
const FIRST_DESCRIPTOR = 3;
/** Before Linux 5.11 they are gone through one by one, as far as most limits go. */
const MOST_DESCRIPTORS = 1024;
/** For every thread of the process, and all that they start. */
const ON_ALL_THREADS = 1n;

/**
 * Orphans come to this process, so that they can be found; what runs in it cannot look into it, and
 * inherits nothing that whoever started us has left open: a folder's descriptor leads out of every
 * sandbox. Where it is confined, no call reaches other processes, the kernel or the network. Gives
 * whether the filter of calls is in force.
 */
export function harden({ filter, network }: { filter: boolean; network: boolean }): boolean {
  const libc = openLibc(["prctl", "syscall"]);
  if (!libc) return false;
  closeMemory(libc);
  libc.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n);
  keepDescriptors(libc);
  return filter && filterCalls(libc, network);
}

/** To this process: what it starts gets none but its standard ones. */
function keepDescriptors(libc: Libc<"syscall">): void {
  const [first, last] = [BigInt(FIRST_DESCRIPTOR), 0xffffffffn];
  if (libc.syscall(CLOSE_RANGE, first, last, RANGE_CLOSE_ON_EXEC, 0n) === 0n) return;
  for (let descriptor = FIRST_DESCRIPTOR; descriptor < MOST_DESCRIPTORS; descriptor++) {
    libc.syscall(FCNTL, BigInt(descriptor), SET_FLAGS, CLOSE_ON_EXEC, 0n);
  }
}

/** Also for what is started later; false where the kernel or the machine does not have it. */
export function filterCalls(libc: Libc<"prctl" | "syscall">, network: boolean): boolean {
  const program = seccompProgram(Deno.build.arch, { network });
  if (!program || libc.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) !== 0) return false;
  const filter = bytesOf(16);
  const view = new DataView(filter.buffer);
  view.setUint16(0, program.length / 8, true);
  view.setBigUint64(8, addressOf(program), true);
  return libc.syscall(SECCOMP, SET_MODE_FILTER, ON_ALL_THREADS, addressOf(filter), 0n) === 0n;
}
