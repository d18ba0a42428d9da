/** What one host process may do to the machine, and what holds it to that. */

/** From the strongest to the weakest; `none` leaves the path policy of the in-process tools alone. */
export type SandboxLevel = "bubblewrap" | "landlock" | "seatbelt" | "none";

export interface Confinement {
  /** Real, absolute folders that may be written; absent: everything may. */
  readonly writableRoots?: readonly string[];
  /**
   * Absolute paths below the writable roots that may not be written all the same, whether they
   * exist or not: `.git` and the folder that a `.git` file names, `.codex`, `.agents`, CODEX_HOME.
   */
  readonly protectedPaths: readonly string[];
  readonly network: boolean;
}

/** Why a level cannot be had on this machine; `remedy` is what its owner could do. */
export interface LevelFault {
  readonly level: SandboxLevel;
  readonly reason: string;
  readonly remedy: string;
}

/** `danger-full-access`, and what a person approved to run outside of the sandbox. */
export const UNCONFINED: Confinement = { protectedPaths: [], network: true };

export function isConfined(confinement: Confinement): boolean {
  return confinement.writableRoots !== undefined || !confinement.network;
}
