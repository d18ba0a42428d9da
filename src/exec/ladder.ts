/** Which levels of confinement are tried, in which order, and how a process is put into one. */

import type { Confinement, SandboxLevel } from "../protocol/confinement.ts";

export interface ConfineOptions {
  readonly confinement: Confinement;
  /** The host process, unconfined. */
  readonly argv: readonly string[];
  /** This program, up to where a hidden command follows. */
  readonly self: readonly string[];
  readonly tempDir?: string;
}

/** From the strongest down to `none`; one that was asked for by name has nothing above it. */
export function levelsFrom(_wanted: SandboxLevel | "auto"): SandboxLevel[] {
  return ["none"];
}

export function remedyOf(_level: SandboxLevel, _reason: string): string {
  return "";
}

export function confine(_level: SandboxLevel, options: ConfineOptions): Promise<string[]> {
  return Promise.resolve([...options.argv]);
}
