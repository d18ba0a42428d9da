/** What a turn's sandbox policy means on this machine: real folders, and what stays closed in them. */

import { writableRoots } from "../policy/writable_roots.ts";
import { type Confinement, UNCONFINED } from "../protocol/confinement.ts";
import type { TurnContext } from "../protocol/tool.ts";

/** What steers git and the agents themselves is no part of a project's text. */
const PROTECTED: readonly string[] = [".git", ".codex", ".agents"];

export interface ConfinementOptions {
  /** As the user has set it. */
  readonly tmpdir: string | undefined;
  readonly codexHome: string | undefined;
}

export async function confinementOf(
  { cwd, sandboxPolicy }: Pick<TurnContext, "cwd" | "sandboxPolicy">,
  { tmpdir, codexHome }: ConfinementOptions,
): Promise<Confinement> {
  if (sandboxPolicy.type === "danger-full-access") return UNCONFINED;
  const wanted = writableRoots(sandboxPolicy, { cwd, tmpdir });
  const roots = [...new Set((await Promise.all(wanted.map(realFolder))).flat())];
  const home = codexHome === undefined ? [] : await realFolder(codexHome);
  return {
    writableRoots: roots,
    protectedPaths: roots.length === 0 ? [] : [
      ...roots.flatMap((root) => PROTECTED.map((name) => `${root === "/" ? "" : root}/${name}`)),
      ...home,
    ],
    network: sandboxPolicy.type === "workspace-write" && sandboxPolicy.network_access,
  };
}

/** A root that is not there opens nothing. */
async function realFolder(path: string): Promise<string[]> {
  try {
    return [await Deno.realPath(path)];
  } catch {
    return [];
  }
}
