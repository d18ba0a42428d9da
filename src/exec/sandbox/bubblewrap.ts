/** The arguments of bubblewrap (`bwrap`, 0.4 and later) for a confinement. Pure. */

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
  const writable = [...new Set([...writableRoots ?? ["/"], ...alsoWritable])].sort(outerFirst);
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

/** A folder before what lies in it: the later mount is the one that is seen. */
function outerFirst(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
