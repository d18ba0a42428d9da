/** What this process holds is nobody else's: keys in its environment and its memory. */

import { openLibc } from "./libc.ts";
import { giveUp, holds } from "./permissions.ts";

const PR_SET_DUMPABLE = 4;

/**
 * Other processes of the same user cannot look into this one any more; root still can. Linux, and
 * not without `ffi`, which is given up with it, unless everything was to be kept.
 */
export function closeOwnMemory(): void {
  openLibc(["prctl"])?.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n);
  if (holds("ffi") && !holds("sys")) giveUp(["ffi"]);
}
