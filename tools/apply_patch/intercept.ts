/** A patch that comes through a shell tool: found in the command, without any shell. Pure. */

import { ToolError } from "../../src/protocol/error.ts";

export interface Intercepted {
  readonly patch: string;
  /** Of `cd DIR && apply_patch …`. */
  readonly workdir?: string;
}

const NAMES = ["apply_patch", "applypatch"];

/** Absent where the command is anything else, or more than that. */
export function interceptPatch(command: readonly string[]): Intercepted | undefined {
  const [first = "", second = ""] = command;
  if (command.length === 2 && NAMES.includes(first)) return { patch: second };
  const script = command.length === 1 ? first : shellScript(command);
  if (script === undefined) return undefined;
  // A shell would take the stars for file names, and run the first of them.
  if (/^\s*(?:<<\s*(?:EOF|'EOF'|"EOF")[ \t]*\r?\n\s*)?\*\*\* Begin Patch\b/.test(script)) {
    throw new ToolError(
      "apply_patch verification failed: patch detected without explicit call to apply_patch. " +
        'Rerun as ["apply_patch", "<patch>"]',
    );
  }
  return command.length === 1 ? undefined : patchOfScript(script);
}

function shellScript(command: readonly string[]): string | undefined {
  const [program = "", flag = "", script] = command;
  const isShell = /^(?:.*\/)?(?:bash|zsh|sh)(?:\.exe)?$/i.test(program);
  return command.length === 3 && isShell && /^-l?c$/.test(flag) ? script : undefined;
}

/** A folder is taken only where a shell would take it word for word. */
const CHANGE_FOLDER =
  /^cd[ \t]+(?:"([^"$`\\!]+)"|'([^']+)'|([^\s;&|<>()"'$`\\*?[\]{}~#!-][^\s;&|<>()"'$`\\*?[\]{}!]*))[ \t]*&&\s*/;

const HEREDOC =
  /^(?:apply_patch|applypatch)[ \t]*<<(-?)[ \t]*(?:'([\w.-]+)'|"([\w.-]+)"|([\w.-]+))[ \t]*\r?\n/;

function patchOfScript(script: string): Intercepted | undefined {
  const trimmed = script.trimStart();
  const folder = CHANGE_FOLDER.exec(trimmed);
  const workdir = folder?.[1] ?? folder?.[2] ?? folder?.[3];
  const call = trimmed.slice(folder?.[0].length ?? 0);
  const heredoc = HEREDOC.exec(call);
  if (!heredoc) return undefined;
  const [head, dash, ...names] = heredoc;
  const name = names.find((candidate) => candidate !== undefined) ?? "";
  // `<<-` takes the tabs off every line, the last one too.
  const lines = call.slice(head.length).split(/\r?\n/)
    .map((line) => dash === "-" ? line.replace(/^\t+/, "") : line);
  const end = lines.indexOf(name);
  const isAll = end >= 0 && lines.slice(end + 1).every((line) => line.trim() === "");
  if (!isAll) return undefined;
  return { patch: lines.slice(0, end).join("\n"), ...workdir !== undefined && { workdir } };
}
