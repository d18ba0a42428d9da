/** A patch that comes through a shell tool: found in the command, without any shell. Pure. */

import { ToolError } from "../../src/protocol/error.ts";

export interface Intercepted {
  readonly patch: string;
  /** Of `cd DIR && apply_patch …`. */
  readonly workdir?: string;
}

const NAMES = ["apply_patch", "applypatch"];
const HEREDOC =
  /^\s*(?:cd\s+("[^"$`\\]+"|'[^']+'|[^\s;&|"'$`\\]+)\s*&&\s*)?(?:apply_patch|applypatch)\s*<<-?\s*(['"]?)(\w+)\2\s*\n([\s\S]*?)\n[ \t]*\3\s*$/;

/** Absent where the command is anything else, or more than that. */
export function interceptPatch(command: readonly string[]): Intercepted | undefined {
  const [program = "", second = "", script = ""] = command;
  if (NAMES.includes(program) && command.length === 2) return { patch: second };
  const isShell = /(^|\/)(bash|zsh|sh)$/.test(program) && /^-l?c$/.test(second);
  if (!isShell || command.length !== 3) return undefined;
  if (script.trim().startsWith("*** Begin Patch")) {
    throw new ToolError(
      "apply_patch verification failed: patch detected without explicit call to apply_patch. " +
        'Rerun as ["apply_patch", "<patch>"]',
    );
  }
  const found = HEREDOC.exec(script);
  if (!found) return undefined;
  const [, folder, , , patch = ""] = found;
  const workdir = folder?.replace(/^(["'])(.*)\1$/, "$2");
  return { patch, ...workdir !== undefined && { workdir } };
}
