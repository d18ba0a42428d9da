/** The only reader of prompts/. What few threads need is loaded when one does. */

import approvalNever from "../../prompts/approval_never.md" with { type: "text" };
import base from "../../prompts/base.md" with { type: "text" };
import dangerFullAccess from "../../prompts/sandbox_danger_full_access.md" with { type: "text" };
import readOnly from "../../prompts/sandbox_read_only.md" with { type: "text" };
import workspaceWrite from "../../prompts/sandbox_workspace_write.md" with { type: "text" };
import turnAborted from "../../prompts/turn_aborted.md" with { type: "text" };
import type { ModelInfo } from "../protocol/model_info.ts";
import type { AskForApproval, SandboxMode } from "../protocol/policy.ts";

type Load = () => Promise<{ readonly default: string }>;

const SANDBOX: Readonly<Record<SandboxMode, string>> = {
  "read-only": readOnly,
  "workspace-write": workspaceWrite,
  "danger-full-access": dangerFullAccess,
};

const APPROVAL: Readonly<Record<AskForApproval, Load | string>> = {
  "untrusted": () => import("../../prompts/approval_untrusted.md", { with: { type: "text" } }),
  "on-failure": () => import("../../prompts/approval_on_failure.md", { with: { type: "text" } }),
  "on-request": () => import("../../prompts/approval_on_request.md", { with: { type: "text" } }),
  "never": approvalNever,
};

const COLLABORATION = {
  default: () => import("../../prompts/collaboration_default.md", { with: { type: "text" } }),
  plan: () => import("../../prompts/collaboration_plan.md", { with: { type: "text" } }),
} as const;

/** The catalogue's own text where it has one. */
export function baseInstructions(model: ModelInfo): string {
  return model.baseInstructions ?? base.trimEnd();
}

/** Asks the model for the summary that takes history's place. */
export async function compactionPrompt(): Promise<string> {
  return await read(() => import("../../prompts/compaction.md", { with: { type: "text" } }));
}

/** Stands before the summary. */
export async function summaryPrefix(): Promise<string> {
  return await read(() => import("../../prompts/summary_prefix.md", { with: { type: "text" } }));
}

/** What the model reads after an interrupt: it is there at once. */
export function turnAbortedNotice(): string {
  return `<turn_aborted>\n${turnAborted.trimEnd()}\n</turn_aborted>`;
}

export function sandboxText(
  mode: SandboxMode,
  values: { networkAccess: string; writableRoots: string },
): string {
  const all = { network_access: values.networkAccess, writable_roots: values.writableRoots };
  return fill(SANDBOX[mode], all).trimEnd();
}

export async function approvalText(policy: AskForApproval): Promise<string> {
  return await read(APPROVAL[policy]);
}

export async function noShellText(): Promise<string> {
  return await read(() => import("../../prompts/no_shell.md", { with: { type: "text" } }));
}

export async function requestPermissionsText(): Promise<string> {
  return await read(() =>
    import("../../prompts/request_permissions.md", { with: { type: "text" } })
  );
}

export async function collaborationText(mode: keyof typeof COLLABORATION): Promise<string> {
  return await read(COLLABORATION[mode]);
}

export async function commitAttribution(): Promise<string> {
  return await read(() =>
    import("../../prompts/commit_attribution.md", { with: { type: "text" } })
  );
}

/** `skills` is the list, a line each. */
export async function skillsText(skills: string): Promise<string> {
  const guide = await read(() => import("../../prompts/skills.md", { with: { type: "text" } }));
  return fill(guide, { skills });
}

async function read(text: Load | string): Promise<string> {
  return (typeof text === "string" ? text : (await text()).default).trimEnd();
}

/** Fails on a `<placeholder>` that `values` does not name. A value is taken as it is. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/<([a-z][a-z0-9_]*)>/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new TypeError(`Cannot fill "${placeholder}": no such value`);
    return value;
  });
}
