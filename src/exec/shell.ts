/** Which shell commands are given to. */

import type { ShellInfo } from "../protocol/host.ts";
import { mayUse } from "./permissions.ts";

/** The shells that take `-lc` as we use it. */
const KNOWN: readonly string[] = ["bash", "zsh", "sh"];
const LAST_RESORT: ShellInfo = { path: "/bin/sh", name: "sh" };

/** The user's own where it is one that we know, else bash, else `/bin/sh`. */
export function detectShell(env: Readonly<Record<string, string | undefined>>): ShellInfo {
  const own = env["SHELL"] ?? "";
  const candidates = [own, "/bin/bash", "/usr/bin/bash"];
  const path = candidates.find((path) =>
    KNOWN.includes(baseName(path)) && (isProgram(path) || path === own && isHidden(path))
  );
  return path === undefined ? LAST_RESORT : { path, name: baseName(path) };
}

/** The shell that a model has named, by path or name; `/bin/sh` for one that is not there. */
export function resolveShell(wanted: string): ShellInfo {
  const name = baseName(wanted);
  if (!KNOWN.includes(name)) return LAST_RESORT;
  const path = [wanted, `/bin/${name}`, `/usr/bin/${name}`, `/usr/local/bin/${name}`]
    .find(isProgram);
  return path === undefined ? LAST_RESORT : { path, name };
}

/** Whether this process may not look, where whoever runs the command may. */
function isHidden(path: string): boolean {
  return path.startsWith("/") && !mayUse("read", path);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function isProgram(path: string): boolean {
  if (!path.startsWith("/")) return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
