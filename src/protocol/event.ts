/** What a front end hears back: the event queue. */

import type { ApprovalRequest, Denial } from "./policy.ts";
import type { CodexErrorInfo } from "./error.ts";
import type { TokenUsage, WebSearchCallItem } from "./response_item.ts";

export type Status = "in_progress" | "completed" | "failed" | "declined";

export type ThreadItemDetails =
  | { type: "agent_message"; text: string }
  | { type: "reasoning"; text: string }
  | {
    type: "command_execution";
    /** The command as a shell would be given it. */
    command: string;
    aggregated_output: string;
    /** Absent while it runs, and for one that still ran when its turn ended. */
    exit_code?: number;
    status: Status;
  }
  | {
    type: "file_change";
    changes: { path: string; kind: "add" | "delete" | "update" }[];
    status: Status;
    /** Unified diff for people; never part of `--json`. */
    diff?: string;
  }
  | { type: "todo_list"; items: { text: string; completed: boolean }[] }
  | { type: "web_search"; query: string; action?: NonNullable<WebSearchCallItem["action"]> }
  | { type: "error"; message: string };

export type ThreadItem = { id: string } & ThreadItemDetails;

export interface Question {
  id: string;
  header: string;
  question: string;
  options: { label: string; description: string }[];
}

export type Event =
  | { type: "thread.started"; thread_id: string }
  | { type: "turn.started"; turn_id: string }
  | { type: "item.started"; item: ThreadItem }
  | { type: "item.updated"; item: ThreadItem }
  | { type: "item.completed"; item: ThreadItem }
  /** Text of an agent message as it arrives; `phase` where the model says it. */
  | { type: "item.delta"; item_id: string; delta: string; phase?: string }
  | { type: "approval.requested"; id: string; request: ApprovalRequest }
  /** Once for each refusal of a turn; the model knows of it too. */
  | { type: "permission.denied"; denial: Denial }
  | { type: "user_input.requested"; id: string; questions: Question[] }
  | { type: "token_count"; usage: TokenUsage; total: TokenUsage; context_window?: number }
  | { type: "thread.compacted" }
  /** Told and gone on: a retry, a file that could not be read. */
  | { type: "warning"; message: string }
  | { type: "turn.completed"; turn_id: string; usage: TokenUsage; last_agent_message?: string }
  | { type: "turn.interrupted"; turn_id: string }
  | { type: "turn.failed"; turn_id: string; error: { info: CodexErrorInfo; message: string } };

export type Emit = (event: Event) => void;
