/** The only reader of prompts/: the words that the model is told. */

import approvalNever from "../../prompts/approval_never.md" with { type: "text" };
import approvalOnFailure from "../../prompts/approval_on_failure.md" with { type: "text" };
import approvalOnRequest from "../../prompts/approval_on_request.md" with { type: "text" };
import approvalUntrusted from "../../prompts/approval_untrusted.md" with { type: "text" };
import base from "../../prompts/base.md" with { type: "text" };
import collaborationDefault from "../../prompts/collaboration_default.md" with { type: "text" };
import collaborationPlan from "../../prompts/collaboration_plan.md" with { type: "text" };
import commitAttributionRule from "../../prompts/commit_attribution.md" with { type: "text" };
import compaction from "../../prompts/compaction.md" with { type: "text" };
import noShell from "../../prompts/no_shell.md" with { type: "text" };
import requestPermissions from "../../prompts/request_permissions.md" with { type: "text" };
import dangerFullAccess from "../../prompts/sandbox_danger_full_access.md" with { type: "text" };
import readOnly from "../../prompts/sandbox_read_only.md" with { type: "text" };
import workspaceWrite from "../../prompts/sandbox_workspace_write.md" with { type: "text" };
import skillsGuide from "../../prompts/skills.md" with { type: "text" };
import handoverPrefix from "../../prompts/summary_prefix.md" with { type: "text" };
import turnAborted from "../../prompts/turn_aborted.md" with { type: "text" };
import type { ModelInfo } from "../protocol/model_info.ts";
import type { AskForApproval, SandboxMode } from "../protocol/policy.ts";

const SANDBOX: Readonly<Record<SandboxMode, string>> = {
  "read-only": readOnly,
  "workspace-write": workspaceWrite,
  "danger-full-access": dangerFullAccess,
};

const APPROVAL: Readonly<Record<AskForApproval, string>> = {
  untrusted: approvalUntrusted,
  "on-failure": approvalOnFailure,
  "on-request": approvalOnRequest,
  never: approvalNever,
};

const COLLABORATION = { default: collaborationDefault, plan: collaborationPlan } as const;

/** The catalogue's own text where it has one. */
export function baseInstructions(model: ModelInfo): string {
  return model.baseInstructions ?? base.trimEnd();
}

/** Asks the model for the summary that takes history's place. */
export function compactionPrompt(): string {
  return compaction.trimEnd();
}

/** Stands before the summary. */
export function summaryPrefix(): string {
  return handoverPrefix.trimEnd();
}

/** What the model reads after an interrupt. */
export function turnAbortedNotice(): string {
  return `<turn_aborted>\n${turnAborted.trimEnd()}\n</turn_aborted>`;
}

export function sandboxText(
  mode: SandboxMode,
  values: { networkAccess: string; writableRoots: string },
): string {
  const template = SANDBOX[mode];
  const all = { network_access: values.networkAccess, writable_roots: values.writableRoots };
  return fill(template, all).trimEnd();
}

export function approvalText(policy: AskForApproval): string {
  return APPROVAL[policy].trimEnd();
}

export function noShellText(): string {
  return noShell.trimEnd();
}

export function requestPermissionsText(): string {
  return requestPermissions.trimEnd();
}

export function collaborationText(mode: keyof typeof COLLABORATION): string {
  return COLLABORATION[mode].trimEnd();
}

export function commitAttribution(): string {
  return commitAttributionRule.trimEnd();
}

/** `skills` is the list, a line each. */
export function skillsText(skills: string): string {
  return fill(skillsGuide, { skills }).trimEnd();
}

/** Fails on a `<placeholder>` that `values` does not name. A value is taken as it is. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/<([a-z][a-z0-9_]*)>/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new TypeError(`Cannot fill "${placeholder}": no such value`);
    return value;
  });
}
