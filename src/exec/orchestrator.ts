/** Approval before the attempt, and after a denial the way out that was approved. */

import { assessExec, assessPatch, type Requirement } from "../policy/approval.ts";
import { type Confinement, UNCONFINED } from "../protocol/confinement.ts";
import { ToolError, unreachable } from "../protocol/error.ts";
import type { CommandRequest } from "../protocol/host.ts";
import type { ApprovalRequest } from "../protocol/policy.ts";
import type { ToolContext } from "../protocol/tool.ts";

/** Runs the command under the turn's own confinement, or under the given one. */
export type Attempt<T> = (outside: Confinement | undefined) => Promise<T>;

export async function orchestrate<T>(
  request: CommandRequest,
  ctx: ToolContext,
  attempt: Attempt<T>,
): Promise<T> {
  const { command, cwd } = request;
  const requirement = assessExec(request, ctx.turn);
  await meet(requirement, { type: "exec", command: [...command], cwd }, ctx);
  return await attempt(outsideOf(requirement));
}

/** `paths` are real paths. Gives where they may be written, if not under the turn's confinement. */
export async function permitPatch(
  paths: readonly string[],
  { confinement, ctx }: { confinement: Confinement; ctx: ToolContext },
): Promise<Confinement | undefined> {
  const requirement = assessPatch({ paths, confinement }, ctx.turn);
  await meet(requirement, { type: "patch", paths: [...paths] }, ctx);
  return outsideOf(requirement);
}

function outsideOf(requirement: Requirement): Confinement | undefined {
  return requirement.type !== "forbidden" && !requirement.sandboxed ? UNCONFINED : undefined;
}

async function meet(
  requirement: Requirement,
  request: ApprovalRequest,
  ctx: ToolContext,
): Promise<void> {
  switch (requirement.type) {
    case "skip":
      return;
    case "forbidden":
      throw new ToolError(requirement.reason);
    case "needs_approval": {
      const decision = await ctx.requestApproval({ ...request, reason: requirement.reason });
      if (decision === "denied" || decision === "abort") throw new ToolError("rejected by user");
      return;
    }
    default:
      return unreachable(requirement);
  }
}
