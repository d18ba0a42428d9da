/** The five targets that Deno compiles for, and what their executables have to be. */

import { UsageError } from "../../src/protocol/error.ts";
import type { Executable } from "./executable.ts";

export interface Target {
  readonly name: string;
  readonly executable: Executable;
  /** How the program's file is called there. */
  readonly file: string;
  readonly archive: "tar.gz" | "zip";
}

export const TARGETS: readonly Target[] = [
  unix("x86_64-unknown-linux-gnu", { format: "ELF", machine: "x86_64" }),
  unix("aarch64-unknown-linux-gnu", { format: "ELF", machine: "aarch64" }),
  unix("x86_64-apple-darwin", { format: "Mach-O", machine: "x86_64" }),
  unix("aarch64-apple-darwin", { format: "Mach-O", machine: "aarch64" }),
  {
    name: "x86_64-pc-windows-msvc",
    executable: { format: "PE", machine: "x86_64" },
    file: "decodex.exe",
    archive: "zip",
  },
];

/** The names as a user may give them, on one line. */
export function targetNames(): string {
  return TARGETS.map(({ name }) => name).join(", ");
}

export function targetsOf(names: readonly string[]): Target[] {
  return names.map((name) => {
    const target = TARGETS.find((target) => target.name === name);
    if (target) return target;
    throw new UsageError(`Unknown target "${name}": it has to be one of ${targetNames()}`);
  });
}

function unix(name: string, executable: Executable): Target {
  return { name, executable, file: "decodex", archive: "tar.gz" };
}
