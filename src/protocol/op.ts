/** What a front end sends in: the submission queue. */

import type { AskForApproval, ReviewDecision, SandboxPolicy } from "./policy.ts";

export type UserInput =
  | { type: "text"; text: string }
  | { type: "image"; image_url: string }
  | { type: "local_image"; path: string };

export type Op =
  | { type: "user_input"; items: UserInput[] }
  | { type: "interrupt" }
  | { type: "approval"; id: string; decision: ReviewDecision }
  | { type: "user_input_answer"; id: string; answers: Record<string, string[]> }
  | {
    type: "override_turn_context";
    cwd?: string;
    model?: string;
    approval_policy?: AskForApproval;
    sandbox_policy?: SandboxPolicy;
  }
  | { type: "compact" }
  | { type: "shutdown" };

export interface Submission {
  readonly id: string;
  readonly op: Op;
}
