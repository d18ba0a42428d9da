/** What this process holds is nobody else's: keys in its environment and its memory. */

import { type Libc, openLibc } from "./libc.ts";
import { giveUp, holds } from "./permissions.ts";

const PR_SET_DUMPABLE = 4;

/** Other processes of the same user cannot look into this one any more; root still can. */
export function closeMemory(libc: Libc<"prctl">): void {
  libc.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n);
}

/**
 * That of the front process. Linux, and not without `ffi`, which is given up with it, unless
 * everything was to be kept.
 */
export function closeOwnMemory(): void {
  const libc = openLibc(["prctl"]);
  if (libc) closeMemory(libc);
  if (holds("ffi") && !holds("sys")) giveUp(["ffi"]);
}
