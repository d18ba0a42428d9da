/** Whether a command has failed because of its sandbox, and what is said of that. Pure. */

import { type Confinement, isConfined } from "../protocol/confinement.ts";
import type { AskForApproval, Denial } from "../protocol/policy.ts";
import { isOpen } from "./open_path.ts";

/** What is known of a command once it has ended by itself. */
export interface EndedCommand {
  readonly command: readonly string[];
  readonly exitCode: number;
  readonly output: string;
}

export interface Circumstances {
  readonly confinement: Confinement;
  readonly approvalPolicy: AskForApproval;
}

const NOTE = "[sandbox: ";
const NOT_WRITTEN = "may not be written, and ";

/** What the host says of protected paths that a command has changed; of each kind, a list or "". */
export function restoredNote({ right, left }: { right: string; left: string }): string {
  const parts = [
    ...right === "" ? [] : [`was put back as it was: ${right}`],
    ...left === "" ? [] : [`could not be put back: ${left}`],
  ];
  return `${NOTE}${NOT_WRITTEN}${parts.join("; ")}]`;
}

/** Behind what a command has written, on a line of its own. */
export function withLine<T extends { readonly output: string }>(result: T, line: string): T {
  const gap = result.output === "" || result.output.endsWith("\n") ? "" : "\n";
  return { ...result, output: `${result.output}${gap}${line}\n` };
}

type Cause = "write" | "network" | "other";

const READ_ONLY_FILES = /read-only file system|\berofs\b|\(os error 30\)/i;
const REFUSED =
  /operation not permitted|permission denied|\beperm\b|\beacces\b|\(os error (?:1|13)\)/i;
const UNREACHABLE = new RegExp(
  [
    "network is unreachable|\\benetunreach\\b|\\(os error 101\\)",
    "could not resolve|couldn't resolve|failed to lookup address|unable to resolve",
    // A server of this machine may simply not be there.
    "failed to connect to (?!localhost|127\\.|\\[?::1)",
    "name resolution|name or service not known|\\beai_again\\b|getaddrinfo (?:enotfound|eai)",
  ].join("|"),
  "i",
);
const ABOUT_SOCKETS = /\b(?:socket|connect|bind|listen|ping|dns|tcp|udp|unix)/i;

/** Reading is allowed everywhere: what these complain of is another matter. */
const READING =
  /^(?:\S*\/)?(?:cat|head|tail|grep|egrep|fgrep|rg|ls|find|stat|wc|du|file|readlink|less): |cannot access|cannot open directory|for reading/i;

/** Of a shell that could not run a file: one without leave to, or none. */
const CANNOT_RUN: readonly number[] = [126, 127];
/** 128 and SIGSYS: a system call that the filter kills for. */
const BAD_SYSTEM_CALL = 159;
/** A long log may quote anything; what a command has failed with stands at the end. */
const LINES = 100;
const LINE_CHARACTERS = 1000;

/** Absent where the sandbox is most likely not to blame. */
export function sandboxDenial(
  ended: EndedCommand,
  circumstances: Circumstances,
): Denial | undefined {
  if (!isConfined(circumstances.confinement) || ended.exitCode === 0) return undefined;
  const cause = causeOf(ended, circumstances.confinement);
  if (!cause) return undefined;
  const need = `what "${shownCommand(ended.command)}" tried`;
  const rule = ruleOf(cause, circumstances.confinement);
  return { need, layer: "OS sandbox", rule, remedy: remedyOf(cause, circumstances) };
}

/** A change of protected paths, undone or not, whether the command has ended or not. */
export function restoredDenial(
  { command, output }: Omit<EndedCommand, "exitCode">,
): Denial | undefined {
  const at = output.lastIndexOf(`${NOTE}${NOT_WRITTEN}`);
  if (at < 0 || output.indexOf("\n", at) !== output.length - 1) return undefined;
  return {
    need: `what "${shownCommand(command)}" tried`,
    layer: "OS sandbox",
    rule: output.slice(at + NOTE.length, -2),
    remedy: "change it yourself",
  };
}

/** A script without its shell, on one line, and not all of a long one. */
export function shownCommand(command: readonly string[]): string {
  const [, flag = "", script] = command;
  const isScript = command.length === 3 && /^-l?c$/.test(flag) && script !== undefined;
  const line = (isScript ? script : command.join(" ")).replaceAll(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function causeOf({ exitCode, output }: EndedCommand, confinement: Confinement): Cause | undefined {
  if (exitCode === BAD_SYSTEM_CALL) return "other";
  for (const line of output.trimEnd().split("\n").slice(-LINES)) {
    const cause = causeIn(line.slice(0, LINE_CHARACTERS), { exitCode, confinement });
    if (cause) return cause;
  }
  return undefined;
}

function causeIn(
  line: string,
  { exitCode, confinement }: { exitCode: number; confinement: Confinement },
): Cause | undefined {
  if (!confinement.network && UNREACHABLE.test(line)) return "network";
  if (READING.test(line) || namesOnlyOpen(line, confinement)) return undefined;
  if (READ_ONLY_FILES.test(line)) return "write";
  if (CANNOT_RUN.includes(exitCode) || !REFUSED.test(line)) return undefined;
  if (!confinement.network && ABOUT_SOCKETS.test(line)) return "network";
  return /permission denied|\beacces\b|\(os error 13\)/i.test(line) ? "write" : "other";
}

/** Whether every path of the line may be written: then something else is in the way. */
function namesOnlyOpen(line: string, confinement: Confinement): boolean {
  const paths = [...line.matchAll(/(?<=^|[\s'"`:(=‘“])\/[^\s'"`:;,()’”]*/g)].map(([path]) => path);
  return paths.length > 0 && paths.every((path) => isOpen(path, confinement));
}

function ruleOf(cause: Cause, { writableRoots = [] }: Confinement): string {
  switch (cause) {
    case "write":
      return writableRoots.length === 0
        ? "nothing may be written"
        : "only the writable folders may be written, and no protected path in them";
    case "network":
      return "the network is off";
    case "other":
      return "commands may not reach other processes or the system itself";
  }
}

function remedyOf(cause: Cause, { confinement, approvalPolicy }: Circumstances): string {
  if (approvalPolicy === "on-request") {
    return 'ask for it with sandbox_permissions "require_escalated"';
  }
  return `the user can allow it with ${flagOf(cause, confinement)}`;
}

function flagOf(cause: Cause, { writableRoots }: Confinement): string {
  switch (cause) {
    case "write":
      return writableRoots?.length === 0 ? "-s workspace-write" : "--add-dir DIR";
    case "network":
      return "-c sandbox_workspace_write.network_access=true";
    case "other":
      return "-s danger-full-access";
  }
}
