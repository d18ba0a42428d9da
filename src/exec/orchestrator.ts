/** Approval before the attempt: nothing runs or is written that may not. */

import { assessExec, assessPatch, type Requirement } from "../policy/approval.ts";
import { ToolError, unreachable } from "../protocol/error.ts";
import type { CommandRequest } from "../protocol/host.ts";
import type { ApprovalRequest } from "../protocol/policy.ts";
import type { ToolContext } from "../protocol/tool.ts";

export async function permitExec(request: CommandRequest, ctx: ToolContext): Promise<void> {
  const { command, cwd } = request;
  await meet(assessExec(request, ctx.turn), { type: "exec", command: [...command], cwd }, ctx);
}

/** `paths` and `roots` are real paths: no links in them. */
export async function permitPatch(
  paths: readonly string[],
  options: { roots: readonly string[]; ctx: ToolContext },
): Promise<void> {
  const { roots, ctx } = options;
  const requirement = assessPatch({ paths, roots }, ctx.turn);
  await meet(requirement, { type: "patch", paths: [...paths] }, ctx);
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
