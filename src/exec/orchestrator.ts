/** Approval before the attempt, and after the sandbox has refused one the way out that was approved. */

import {
  answeredNo,
  asksAfterDenial,
  assessExec,
  assessPatch,
  assessPermissions,
  cannotOpen,
  type Requirement,
  shownPaths,
  shownPermissions,
} from "../policy/approval.ts";
import { restoredDenial, sandboxDenial, shownCommand, withLine } from "../policy/denial.ts";
import { plainCommands } from "../policy/shell_words.ts";
import { type Confinement, UNCONFINED } from "../protocol/confinement.ts";
import { ToolError, unreachable } from "../protocol/error.ts";
import type {
  CommandRequest,
  ExecOutput,
  PermissionsRequest,
  ProcessOutput,
} from "../protocol/host.ts";
import {
  type ApprovalRequest,
  type Denial,
  denialNote,
  type RequestedPermissions,
} from "../protocol/policy.ts";
import type { ToolContext } from "../protocol/tool.ts";
import type { ResolvedGrants } from "./confinements.ts";

/** What the decisions are carried out with. */
export interface Attempts<T> {
  /** The turn's confinement with what it was granted, and with more for this run. */
  confine(extra?: RequestedPermissions): Promise<Confinement>;
  resolve(permissions: RequestedPermissions): Promise<ResolvedGrants>;
  run(confinement: Confinement): Promise<T>;
}

/** Fails with a `ToolError` where the command may not run; that it was refused has been told then. */
export async function orchestrate<T extends ExecOutput | ProcessOutput>(
  request: CommandRequest,
  ctx: ToolContext,
  attempts: Attempts<T>,
): Promise<T> {
  const requirement = assessExec(request, ctx.turn);
  const { command, cwd, escalation } = request;
  const asked = { type: "exec" as const, command: [...command], cwd };
  const escalated = requirement.type !== "forbidden" && !requirement.sandboxed;
  const wished = requirement.type === "needs_approval" ? escalation?.permissions : undefined;
  const extra = await extraOf(wished, { ctx, resolve: attempts.resolve });
  const plain = escalated ? plainCommands(command) : undefined;
  await meet(requirement, { ctx, need: needOf(request, escalated) }, {
    ...asked,
    escalated,
    ...extra && { permissions: extra },
    ...plain && { plain_commands: plain },
  });
  const confinement = escalated ? UNCONFINED : await attempts.confine(extra);
  const result = await attempts.run(confinement);
  const denial = deniedBySandbox(result, { command, confinement, ctx });
  if (!denial) return result;
  if (!asksAfterDenial(ctx.turn.approvalPolicy)) return toldOf(denial, result, ctx);
  const reason = "command failed in the sandbox";
  const isApproved = await ask({ ...asked, escalated: true, reason }, ctx);
  if (isApproved) return await attempts.run(UNCONFINED);
  return toldOf(
    answeredNo(`to run "${shownCommand(command)}" again outside of the sandbox`),
    result,
    ctx,
  );
}

/** The same for a process that has ended in a later look at it, when nobody is asked any more. */
export function withDenial(
  result: ProcessOutput,
  { confinement, ctx }: { confinement: Confinement; ctx: ToolContext },
): ProcessOutput {
  const { command } = result.startedBy;
  const denial = deniedBySandbox(result, { command, confinement, ctx });
  return denial ? toldOf(denial, result, ctx) : result;
}

/** `paths` are real paths. Gives where they may be written, if not under the turn's confinement. */
export async function permitPatch(
  paths: readonly string[],
  { confinement, ctx }: { confinement: Confinement; ctx: ToolContext },
): Promise<Confinement | undefined> {
  const requirement = assessPatch({ paths, confinement }, ctx.turn);
  const escalated = requirement.type !== "forbidden" && !requirement.sandboxed;
  await meet(
    requirement,
    { ctx, need: `to write ${shownPaths(paths)}` },
    { type: "patch", paths: [...paths], escalated },
  );
  return escalated ? UNCONFINED : undefined;
}

/** Never fails for a refusal: what was granted is nothing then. */
export async function permitMore(
  { permissions, reason = "" }: PermissionsRequest,
  ctx: ToolContext,
  { resolve }: Pick<Attempts<unknown>, "resolve">,
): Promise<RequestedPermissions> {
  const { wanted, closed } = await resolve(permissions);
  const requirement = assessPermissions({ wanted, closed, reason }, ctx.turn);
  if (requirement.type === "forbidden") {
    ctx.rights.deny(requirement.denial);
    return {};
  }
  if (requirement.type === "needs_approval") {
    const request = { type: "permissions" as const, permissions: wanted };
    if (!await ask({ ...request, ...reason !== "" && { reason } }, ctx)) {
      ctx.rights.deny(answeredNo(shownPermissions(wanted)));
      return {};
    }
  }
  if (closed.length > 0) ctx.rights.deny(cannotOpen(closed));
  ctx.rights.grant(wanted);
  return wanted;
}

function needOf({ command, escalation }: CommandRequest, escalated: boolean): string {
  const how = escalated ? " outside of the sandbox" : escalation ? " with more rights" : "";
  return `to run "${shownCommand(command)}"${how}`;
}

/** The rights that one command asks for, all of which can be granted. */
async function extraOf(
  permissions: RequestedPermissions | undefined,
  { ctx, resolve }: Pick<Attempts<unknown>, "resolve"> & { ctx: ToolContext },
): Promise<RequestedPermissions | undefined> {
  if (!permissions) return undefined;
  const { wanted, closed } = await resolve(permissions);
  if (closed.length === 0) return wanted;
  const denial = cannotOpen(closed);
  ctx.rights.deny(denial);
  throw new ToolError(`additional_permissions rejected\n${denialNote(denial)}`);
}

interface Ended {
  readonly command: readonly string[];
  readonly confinement: Confinement;
  readonly ctx: ToolContext;
}

/** What is given may be asked for once more; a change that was put back is only told. */
function deniedBySandbox(
  result: ExecOutput | ProcessOutput,
  { command, confinement, ctx }: Ended,
): Denial | undefined {
  const restored = restoredDenial({ command, output: result.output });
  if (restored) ctx.rights.deny(restored);
  const end = endOf(result);
  const { approvalPolicy } = ctx.turn;
  return end && sandboxDenial({ command, ...end }, { confinement, approvalPolicy });
}

/** Absent for what has not ended by itself. */
function endOf(
  result: ExecOutput | ProcessOutput,
): { exitCode: number; output: string } | undefined {
  if ("timedOut" in result) return result.timedOut ? undefined : result;
  const { exit } = result;
  return exit && { exitCode: exit.code, output: exit.aggregatedOutput };
}

function toldOf<T extends { readonly output: string }>(
  denial: Denial,
  result: T,
  { rights }: ToolContext,
): T {
  rights.deny(denial);
  return withLine(result, denialNote(denial));
}

async function meet(
  requirement: Requirement,
  { ctx, need }: { ctx: ToolContext; need: string },
  request: ApprovalRequest,
): Promise<void> {
  switch (requirement.type) {
    case "skip":
      return;
    case "forbidden":
      ctx.rights.deny(requirement.denial);
      throw new ToolError(requirement.reason);
    case "needs_approval": {
      const { reason, prefixRule } = requirement;
      const prefix = prefixRule && { prefix_rule: [...prefixRule] };
      if (await ask({ ...request, ...prefix, reason }, ctx)) return;
      const denial = answeredNo(need);
      ctx.rights.deny(denial);
      throw new ToolError(`rejected by user\n${denialNote(denial)}`);
    }
    default:
      return unreachable(requirement);
  }
}

/** Fails with the turn's own reason where the answer is the end of the turn. */
async function ask(request: ApprovalRequest, ctx: ToolContext): Promise<boolean> {
  const decision = await ctx.requestApproval(request);
  ctx.signal.throwIfAborted();
  switch (decision) {
    case "approved":
    case "approved_for_session":
      return true;
    case "denied":
    case "abort":
      return false;
    default:
      return unreachable(decision);
  }
}
