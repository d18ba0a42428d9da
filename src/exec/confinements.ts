/** What a turn's sandbox policy means on this machine: real folders, and what stays closed in them. */

import { protectedBelow, writableRoots } from "../policy/writable_roots.ts";
import { type Confinement, UNCONFINED } from "../protocol/confinement.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { placesOf } from "./sandbox/protected.ts";

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
  const places = (await Promise.all(roots.flatMap(protectedBelow).map(placesOf))).flat();
  const protectedPaths = [...new Set([...places, ...home])];
  return {
    writableRoots: roots,
    protectedPaths: roots.length === 0 ? [] : protectedPaths,
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
