/** What may run unasked, and how far it may reach. */

export type AskForApproval = "untrusted" | "on-failure" | "on-request" | "never";

export type SandboxMode = "read-only" | "workspace-write" | "danger-full-access";

/** In the shape in which `turn_context` lines of a rollout store it. */
export type SandboxPolicy =
  | { type: "read-only" }
  | {
    type: "workspace-write";
    /** Absolute folders that may be written beside the working folder. */
    writable_roots: string[];
    network_access: boolean;
    exclude_tmpdir_env_var: boolean;
    exclude_slash_tmp: boolean;
  }
  | { type: "danger-full-access" };

export type ReviewDecision = "approved" | "approved_for_session" | "denied" | "abort";

/** What a tool asks leave for. */
export type ApprovalRequest =
  | { type: "exec"; command: string[]; cwd: string; reason?: string }
  | { type: "patch"; paths: string[]; reason?: string };

/** What `request_permissions` asks for and what is granted. */
export interface RequestedPermissions {
  network?: { enabled?: boolean | undefined } | undefined;
  file_system?: { read?: string[] | undefined; write?: string[] | undefined } | undefined;
}
