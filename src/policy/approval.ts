/** Whether a command or an edit may be, must be asked for, or may not be. Pure. */

import type { Confinement } from "../protocol/confinement.ts";
import { unreachable } from "../protocol/error.ts";
import type { CommandRequest } from "../protocol/host.ts";
import type { AskForApproval } from "../protocol/policy.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { isOpen } from "./open_path.ts";
import { isKnownSafe } from "./safe_command.ts";
import { isBelow } from "./writable_roots.ts";

export type Requirement =
  | { type: "skip"; sandboxed: boolean }
  | { type: "needs_approval"; sandboxed: boolean; reason: string }
  | { type: "forbidden"; reason: string };

export type Policies = Pick<TurnContext, "approvalPolicy" | "sandboxPolicy">;

/** As the model knows the policies from its refusals. */
const POLICY_NAMES: Readonly<Record<AskForApproval, string>> = {
  "untrusted": "UnlessTrusted",
  "on-failure": "OnFailure",
  "on-request": "OnRequest",
  "never": "Never",
};

export function assessExec(
  request: Pick<CommandRequest, "command" | "escalation">,
  turn: Policies,
): Requirement {
  const { approvalPolicy } = turn;
  const sandboxed = turn.sandboxPolicy.type !== "danger-full-access";
  if (request.escalation && approvalPolicy !== "on-request") {
    return { type: "forbidden", reason: cannotEscalate(POLICY_NAMES[approvalPolicy]) };
  }
  switch (approvalPolicy) {
    case "never":
    case "on-failure":
      return { type: "skip", sandboxed };
    case "on-request":
      if (!request.escalation || !sandboxed) return { type: "skip", sandboxed };
      return { type: "needs_approval", sandboxed: false, reason: request.escalation.justification };
    case "untrusted":
      if (isKnownSafe(request.command)) return { type: "skip", sandboxed };
      return { type: "needs_approval", sandboxed, reason: "command is not known to be safe" };
    default:
      return unreachable(approvalPolicy);
  }
}

function cannotEscalate(policy: string): string {
  return `approval policy is ${policy}; reject command — you cannot ask for escalated ` +
    `permissions if the approval policy is ${policy}`;
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
  if (approvalPolicy === "untrusted") {
    return { type: "needs_approval", sandboxed: !full, reason: "every edit is asked for" };
  }
  if (outside.length === 0) return { type: "skip", sandboxed: !full };
  if (approvalPolicy !== "never") {
    const reason = `writes outside of the project: ${outside.join(", ")}`;
    return { type: "needs_approval", sandboxed: false, reason };
  }
  return { type: "forbidden", reason: patchRefusal(outside, targets, turn) };
}

function patchRefusal(
  outside: readonly string[],
  targets: PatchTargets,
  turn: Policies,
): string {
  const { writableRoots = [] } = targets.confinement;
  const protectedInside = outside.every((path) =>
    writableRoots.some((root) => isBelow(path, root))
  );
  const rule = turn.sandboxPolicy.type === "read-only"
    ? "writing is blocked by read-only sandbox"
    : protectedInside
    ? "writing to a protected folder"
    : "writing outside of the project";
  return `patch rejected: ${rule}; rejected by user approval settings`;
}
