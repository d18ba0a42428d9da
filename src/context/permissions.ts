/** What the sandbox and the approval policy allow, as the model is told it. */

import type { SandboxPolicy } from "../protocol/policy.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { approvalText, noShellText, requestPermissionsText, sandboxText } from "./prompts.ts";

export interface PermissionsOptions {
  readonly features: Readonly<Record<string, boolean>>;
  /** The value of TMPDIR. */
  readonly tempDir?: string | undefined;
  /** No tool runs commands. */
  readonly noShell?: boolean;
}

export async function permissionsText(
  turn: TurnContext,
  options: PermissionsOptions,
): Promise<string> {
  const { sandboxPolicy, approvalPolicy } = turn;
  const canRequest = options.features["request_permissions_tool"] === true &&
    approvalPolicy === "on-request";
  const parts = await Promise.all([
    sandboxText(sandboxPolicy.type, {
      networkAccess: hasNetwork(sandboxPolicy) ? "enabled" : "restricted",
      writableRoots: writableRoots(turn, options),
    }),
    approvalText(approvalPolicy),
    ...options.noShell ? [noShellText()] : [],
    ...canRequest ? [requestPermissionsText()] : [],
  ]);
  return `<permissions instructions>\n${parts.join("\n")}\n</permissions instructions>`;
}

function hasNetwork(policy: SandboxPolicy): boolean {
  switch (policy.type) {
    case "danger-full-access":
      return true;
    case "workspace-write":
      return policy.network_access;
    case "read-only":
      return false;
  }
}

function writableRoots(
  { cwd, sandboxPolicy }: TurnContext,
  { tempDir }: PermissionsOptions,
): string {
  if (sandboxPolicy.type !== "workspace-write") return "";
  const roots = new Set([
    cwd,
    ...sandboxPolicy.writable_roots,
    ...sandboxPolicy.exclude_slash_tmp ? [] : ["/tmp"],
    ...sandboxPolicy.exclude_tmpdir_env_var || !tempDir ? [] : [tempDir],
  ]);
  return `The writable roots are ${[...roots].map((root) => `\`${root}\``).join(", ")}.`;
}
