/** The arguments of bubblewrap (`bwrap`, 0.4 and later) for a confinement. Pure. */

import { isBelow } from "../../policy/writable_roots.ts";
import type { Confinement } from "../../protocol/confinement.ts";

export interface BubblewrapOptions {
  readonly confinement: Confinement;
  /** Paths below the writable roots that are there and stay as they are. */
  readonly closed: readonly string[];
  /** Folders that may be written beside the roots. */
  readonly alsoWritable: readonly string[];
  /** Refuse namespaces inside as well; bubblewrap before 0.8 does not know how. */
  readonly refuseNamespaces: boolean;
}

/** What follows is the command. It sees its own processes only, and holds no capability. */
export function bubblewrapArguments(options: BubblewrapOptions): string[] {
  const { confinement: { writableRoots, network }, closed, alsoWritable, refuseNamespaces } =
    options;
  const opened = [...writableRoots ?? ["/"], ...alsoWritable];
  const writable = mountedFolders(opened, closed);
  return [
    "bwrap",
    ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"],
    "--unshare-cgroup-try",
    ...network ? [] : ["--unshare-net"],
    ...refuseNamespaces ? ["--disable-userns"] : [],
    ...["--die-with-parent", "--new-session"],
    // First, so that it does not cover the devices.
    ...[writable.includes("/") ? "--bind" : "--ro-bind", "/", "/", "--dev", "/dev"],
    ...writable.filter((path) => path !== "/").flatMap((path) => ["--bind", path, path]),
    ...[...closed].sort(outerFirst).flatMap((path) => ["--ro-bind", path, path]),
    // Last, so that no root brings the outer ones back.
    ...["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"],
    ...["--cap-drop", "ALL", "--"],
  ];
}

/**
 * The roots, and the folders from them down to what is mounted in them. What nothing is mounted on
 * can be renamed, and what lies in it with it; then another thing could be put where it was.
 */
export function mountedFolders(opened: readonly string[], closed: readonly string[]): string[] {
  const between = [...opened, ...closed].flatMap((path) => foldersBetween(path, opened));
  return [...new Set([...opened, ...between])].sort(outerFirst);
}

function foldersBetween(path: string, roots: readonly string[]): string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const folder = path.slice(0, at);
    if (roots.some((root) => root !== folder && isBelow(folder, root))) folders.push(folder);
  }
  return folders;
}

/** A folder before what lies in it: the later mount is the one that is seen. */
export function outerFirst(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
