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

/** What a tool asks leave for. `reason` is for people: the model's own words, or ours. */
export type ApprovalRequest =
  | {
    type: "exec";
    command: string[];
    cwd: string;
    /** It would run without any sandbox. */
    escalated: boolean;
    /** What its sandbox would let through beside the turn's own rights, for this run alone. */
    permissions?: RequestedPermissions;
    /** The commands that a script is made of, where it is made of nothing else. */
    plain_commands?: string[][];
    /** `approved_for_session` also allows later escalations of commands that begin so. */
    prefix_rule?: string[];
    reason?: string;
  }
  | { type: "patch"; paths: string[]; escalated: boolean; reason?: string }
  /** For the rest of the turn; paths are real ones. */
  | { type: "permissions"; permissions: RequestedPermissions; reason?: string };

/** What `request_permissions` asks for and what is granted. */
export interface RequestedPermissions {
  network?: { enabled?: boolean | undefined } | undefined;
  file_system?: { read?: string[] | undefined; write?: string[] | undefined } | undefined;
}

/** Something that was needed and refused. Its texts go on in one sentence, see `denialMessage`. */
export interface Denial {
  /** What was wanted, e.g. `to write "/etc/hosts"`. */
  readonly need: string;
  readonly layer: "approval" | "path policy" | "OS sandbox" | "Deno permissions";
  readonly rule: string;
  /** What would let it pass, or what to do without it. */
  readonly remedy: string;
}

/** For people. */
export function denialMessage({ need, layer, rule, remedy }: Denial): string {
  return `Refused ${need} (${layer}: ${rule}); ${remedy}`;
}

/** For the model, which knows what it wanted. */
export function denialNote({ layer, rule, remedy }: Denial): string {
  return `[${layer}: ${rule}; ${remedy}]`;
}
