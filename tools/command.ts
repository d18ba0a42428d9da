/** What the command tools share: argument vectors, how they are shown, escalation. */

import { ToolError } from "../src/protocol/error.ts";
import type { CommandRequest, ShellInfo } from "../src/protocol/host.ts";
import type { RequestedPermissions } from "../src/protocol/policy.ts";
import { choice, list, text } from "../src/protocol/schema.ts";
import * as z from "zod/mini";
import { asksForNothing } from "./request_permissions.ts";

const ESCALATION = ["use_default", "require_escalated", "with_additional_permissions"] as const;

const PARTIAL =
  ', or "with_additional_permissions" to ask for a run inside it with the rights in ' +
  "additional_permissions, which is better where they are enough";

/** Parameters of every tool that runs a command: how it asks to leave the sandbox, or for more in it. */
export function escalationParameters({ partial = false } = {}): {
  justification: z.ZodMiniOptional<z.ZodMiniString>;
  prefix_rule: z.ZodMiniOptional<z.ZodMiniArray<z.ZodMiniString>>;
  sandbox_permissions: z.ZodMiniOptional<ReturnType<typeof choice<typeof ESCALATION>>>;
} {
  return {
    justification: z.optional(text(
      'Only together with sandbox_permissions = "require_escalated": one short question to the user ' +
        "that says why this command has to run outside the sandbox, for example " +
        '"May I fetch the dependencies that the tests need?"',
    )),
    prefix_rule: z.optional(list(
      z.string(),
      'Only together with sandbox_permissions = "require_escalated": the leading words of the command ' +
        'that the user could allow for good, for example ["npm", "install"]. Keep it narrow: never a ' +
        "shell, an interpreter or anything that deletes.",
    )),
    sandbox_permissions: z.optional(choice(
      ESCALATION,
      'How the command is confined: "use_default" (the sandbox in force) or "require_escalated" to ' +
        `ask for a run outside it${partial ? PARTIAL : ""}.`,
    )),
  };
}

/** `additional_permissions` only where the tool offers them. */
export function escalationOf(args: {
  justification?: string | undefined;
  prefix_rule?: string[] | undefined;
  sandbox_permissions?: string | undefined;
  additional_permissions?: RequestedPermissions | undefined;
}): Pick<CommandRequest, "escalation"> {
  const { sandbox_permissions = "use_default", justification = "", prefix_rule } = args;
  if (sandbox_permissions === "use_default") return {};
  if (sandbox_permissions === "require_escalated") {
    return { escalation: { justification, ...prefix_rule && { prefixRule: prefix_rule } } };
  }
  const permissions = args.additional_permissions ?? {};
  if (asksForNothing(permissions)) {
    throw new ToolError(
      "with_additional_permissions needs additional_permissions with the network or a path " +
        "(exec_command has them with features.exec_permission_approvals)",
    );
  }
  return { escalation: { justification, permissions } };
}

const SHELLS = ["bash", "zsh", "sh"];

/** `<shell> -lc <script>`; a shell that we do not know becomes `/bin/sh`. */
export function shellCommandLine(
  script: string,
  { shell, wanted, login }: { shell: ShellInfo; wanted?: string; login: boolean },
): string[] {
  const name = wanted?.slice(wanted.lastIndexOf("/") + 1);
  const path = wanted === undefined || name === shell.name && !wanted.startsWith("/")
    ? shell.path
    : SHELLS.includes(name ?? "")
    ? wanted.startsWith("/") ? wanted : `/bin/${wanted}`
    : "/bin/sh";
  return [path, login ? "-lc" : "-c", script];
}

/** Absolute, from the turn's folder where it is relative. */
export function resolvePath(cwd: string, path: string | undefined): string {
  if (path === undefined || path === "") return cwd;
  const joined = path.startsWith("/") ? path : `${cwd}/${path}`;
  const parts: string[] = [];
  for (const part of joined.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** As a shell would be given it; the quoting is that of codex-cli's `Command:` lines. */
export function shellJoin(command: readonly string[]): string {
  return command.map(quote).join(" ");
}

function quote(word: string): string {
  if (word === "") return "''";
  let quoted = "";
  for (let rest = word; rest !== "";) {
    const bare = /^[-+./:@\]\w]+/.exec(rest)?.[0] ?? "";
    const single = /^[^'\\^]+/.exec(rest)?.[0] ?? "";
    const double = /^[^$`!^]+/.exec(rest)?.[0] ?? "";
    const longest = Math.max(bare.length, single.length, double.length);
    const piece = rest.slice(0, longest || 1);
    if (longest === bare.length && longest > 0) quoted += piece;
    else if (longest === single.length || longest === 0) quoted += `'${piece}'`;
    else quoted += `"${piece.replace(/["\\]/g, "\\$&")}"`;
    rest = rest.slice(piece.length);
  }
  return quoted;
}
