/** Whether a path may be written under a confinement: the rule of the in-process tools. */

import type { Confinement } from "../protocol/confinement.ts";
import { isBelow, isProtected } from "./writable_roots.ts";

/** `path` is a real path, as the confinement's own are: no links in it. */
export function isOpen(path: string, { writableRoots, protectedPaths }: Confinement): boolean {
  if (!writableRoots) return true;
  return writableRoots.some((root) => isBelow(path, root)) && !isProtected(path, protectedPaths);
}

/** Commands' TMPDIR may be written whatever else may; a confinement without roots is open anyhow. */
export function withTempDir(confinement: Confinement, tempDir: string | undefined): Confinement {
  const { writableRoots } = confinement;
  if (!writableRoots || tempDir === undefined) return confinement;
  return { ...confinement, writableRoots: [...writableRoots, tempDir] };
}
