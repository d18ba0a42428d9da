/** Where programs are looked for that are started outside of a sandbox. */

import { isBelow } from "../policy/writable_roots.ts";
import { realPlace } from "./real_place.ts";

/**
 * Without what lies in `writable`: a command could put a program of its own there. Where everything
 * may be written, the system's own rights are what holds.
 */
export function searchPath(path: string, writable: Iterable<string>): string {
  const roots = [...writable].filter((root) => root !== "/");
  const isOpen = (folder: string): boolean => roots.some((root) => isBelow(folder, root));
  return path.split(":").filter((folder) =>
    folder.startsWith("/") && !isOpen(folder) && !isOpen(realPlace(folder) ?? folder)
  ).join(":");
}
