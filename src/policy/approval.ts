/** Whether a command or an edit may be, must be asked for, or may not be. Pure. */

import type { Confinement } from "../protocol/confinement.ts";
import { unreachable } from "../protocol/error.ts";
import type { CommandRequest } from "../protocol/host.ts";
import type { AskForApproval, Denial, RequestedPermissions } from "../protocol/policy.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { shownCommand } from "./denial.ts";
import { isOpen } from "./open_path.ts";
import { isAllowedPrefix } from "./prefix_rule.ts";
import { isKnownSafe } from "./safe_command.ts";
import { plainCommands } from "./shell_words.ts";
import { isBelow } from "./writable_roots.ts";

export type Requirement =
  | { type: "skip"; sandboxed: boolean }
  | { type: "needs_approval"; sandboxed: boolean; reason: string; prefixRule?: readonly string[] }
  /** `reason` is what the model reads. */
  | { type: "forbidden"; reason: string; denial: Denial };

export type Policies = Pick<TurnContext, "approvalPolicy" | "sandboxPolicy" | "cwd">;

/** As the model knows the policies from its refusals. */
const POLICY_NAMES: Readonly<Record<AskForApproval, string>> = {
  "untrusted": "UnlessTrusted",
  "on-failure": "OnFailure",
  "on-request": "OnRequest",
  "never": "Never",
};

export function assessExec(
  request: Pick<CommandRequest, "command" | "cwd" | "escalation">,
  turn: Policies,
): Requirement {
  const { approvalPolicy } = turn;
  const { command, cwd, escalation } = request;
  const sandboxed = turn.sandboxPolicy.type !== "danger-full-access";
  if (escalation && approvalPolicy !== "on-request") return cannotEscalate(request, approvalPolicy);
  switch (approvalPolicy) {
    case "never":
    case "on-failure":
      return { type: "skip", sandboxed };
    case "on-request": {
      if (!escalation || !sandboxed) return { type: "skip", sandboxed };
      const { justification: reason, prefixRule, permissions } = escalation;
      if (permissions) return { type: "needs_approval", sandboxed: true, reason };
      const isAllowed = prefixRule && isAllowedPrefix(prefixRule, plainCommands(command));
      return {
        type: "needs_approval",
        sandboxed: false,
        reason,
        ...isAllowed && { prefixRule },
      };
    }
    case "untrusted":
      if (isKnownSafe(command, { inTurnFolder: cwd === turn.cwd })) {
        return { type: "skip", sandboxed };
      }
      return { type: "needs_approval", sandboxed, reason: "command is not known to be safe" };
    default:
      return unreachable(approvalPolicy);
  }
}

/** Whether a command that its sandbox made fail may be asked for without one. */
export function asksAfterDenial(policy: AskForApproval): boolean {
  return policy === "on-failure" || policy === "untrusted";
}

function cannotEscalate(
  { command, escalation }: Pick<CommandRequest, "command" | "escalation">,
  approvalPolicy: AskForApproval,
): Requirement {
  const policy = POLICY_NAMES[approvalPolicy];
  const how = escalation?.permissions ? "with more rights" : "outside of the sandbox";
  return {
    type: "forbidden",
    reason: `approval policy is ${policy}; reject command — you cannot ask for escalated ` +
      `permissions if the approval policy is ${policy}`,
    denial: {
      need: `to run "${shownCommand(command)}" ${how}`,
      layer: "approval",
      rule: `the policy is "${approvalPolicy}", and only under "on-request" may that be asked for`,
      remedy: "widen the sandbox with -s or --add-dir, or run it yourself",
    },
  };
}

/** Real paths, and what the policy opens and closes on this machine. */
export interface PatchTargets {
  readonly paths: readonly string[];
  readonly confinement: Confinement;
}

export function assessPatch(targets: PatchTargets, turn: Policies): Requirement {
  const { approvalPolicy, sandboxPolicy } = turn;
  const full = sandboxPolicy.type === "danger-full-access";
  const outside = targets.paths.filter((path) => !full && !isOpen(path, targets.confinement));
  if (outside.length === 0) {
    if (approvalPolicy !== "untrusted") return { type: "skip", sandboxed: !full };
    return { type: "needs_approval", sandboxed: !full, reason: "every edit is asked for" };
  }
  const [rule, remedy] = patchRule(outside, targets, turn);
  if (approvalPolicy !== "never") {
    const reason = `${rule}: ${outside.join(", ")}`;
    return { type: "needs_approval", sandboxed: false, reason };
  }
  return {
    type: "forbidden",
    reason: `patch rejected: ${rule}; rejected by user approval settings`,
    denial: { need: `to write ${shownPaths(outside)}`, layer: "path policy", rule, remedy },
  };
}

function patchRule(
  outside: readonly string[],
  targets: PatchTargets,
  turn: Policies,
): [rule: string, remedy: string] {
  if (turn.sandboxPolicy.type === "read-only") {
    return ["writing is blocked by read-only sandbox", "allow it with -s workspace-write"];
  }
  const { writableRoots = [] } = targets.confinement;
  const isProtected = outside.every((path) => writableRoots.some((root) => isBelow(path, root)));
  return isProtected
    ? ["writing to a protected folder", "change it yourself"]
    : ["writing outside of the project", "add the folder with --add-dir"];
}

/** What a turn asks for beside its rights, with what no answer could open taken out of it. */
export interface PermissionTargets {
  readonly wanted: RequestedPermissions;
  /** As they were asked for: protected ones, and what is not there. */
  readonly closed: readonly string[];
  readonly reason: string;
}

export function assessPermissions(
  { wanted, closed, reason }: PermissionTargets,
  { approvalPolicy, sandboxPolicy }: Policies,
): Requirement {
  if (sandboxPolicy.type === "danger-full-access") return { type: "skip", sandboxed: false };
  if (approvalPolicy === "never") {
    const denial: Denial = {
      need: shownPermissions(wanted, closed),
      layer: "approval",
      rule: 'the policy is "never": nobody is asked',
      remedy: "widen the sandbox with -s, --add-dir or sandbox_workspace_write.network_access",
    };
    return { type: "forbidden", reason: denial.rule, denial };
  }
  if (isNothing(wanted)) {
    const denial = cannotOpen(closed);
    return { type: "forbidden", reason: denial.rule, denial };
  }
  return { type: "needs_approval", sandboxed: true, reason };
}

export function cannotOpen(closed: readonly string[]): Denial {
  return {
    need: `to write ${shownPaths(closed)}`,
    layer: "path policy",
    rule: "a path has to be absolute, there, and outside of .git, .codex, .agents and CODEX_HOME",
    remedy: "ask for another one",
  };
}

/** After an answer that was no. */
export function answeredNo(need: string): Denial {
  return {
    need,
    layer: "approval",
    rule: "the answer to the question was no",
    remedy: "go on without it; the user can widen the sandbox with -s or --add-dir",
  };
}

export function shownPaths(paths: readonly string[]): string {
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : "";
  return `${paths.slice(0, 3).map((path) => `"${path}"`).join(", ")}${more}`;
}

/** As a need. */
export function shownPermissions(
  { network, file_system = {} }: RequestedPermissions,
  closed: readonly string[] = [],
): string {
  const { write = [], read = [] } = file_system;
  const paths = [...write, ...closed];
  return [
    ...network?.enabled ? ["to use the network"] : [],
    ...paths.length > 0 ? [`to write ${shownPaths(paths)}`] : [],
    ...read.length > 0 ? [`to read ${shownPaths(read)}`] : [],
  ].join(" and ");
}

function isNothing({ network, file_system }: RequestedPermissions): boolean {
  const paths = [...file_system?.read ?? [], ...file_system?.write ?? []];
  return !network?.enabled && paths.length === 0;
}
