/** The profile of macOS's `sandbox-exec` for a confinement. Pure; it was never run on a Mac. */

import type { Confinement } from "../../protocol/confinement.ts";

const PROGRAM = "/usr/bin/sandbox-exec";
const DEVICES = ["/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx"];

/** What follows is the command. Paths go in as parameters, never into the profile's text. */
export function seatbeltArguments(
  { writableRoots = ["/"], protectedPaths, network }: Confinement,
  alsoWritable: readonly string[],
): string[] {
  const writable = [...writableRoots, ...alsoWritable];
  const profile = [
    "(version 1)",
    "(allow default)",
    "(deny file-write*)",
    `(allow file-write* ${DEVICES.map((path) => `(literal "${path}")`).join(" ")})`,
    '(allow file-write* (regex #"^/dev/ttys[0-9]+$"))',
    ...writable.map((_, index) => `(allow file-write* (subpath (param "WRITABLE_${index}")))`),
    ...protectedPaths.map((_, index) => `(deny file-write* (subpath (param "CLOSED_${index}")))`),
    ...network ? [] : ["(deny network*)", "(allow network* (local unix) (remote unix))"],
  ].join("\n");
  return [
    PROGRAM,
    "-p",
    profile,
    ...writable.map((path, index) => `-DWRITABLE_${index}=${path}`),
    ...protectedPaths.map((path, index) => `-DCLOSED_${index}=${path}`),
    "--",
  ];
}
