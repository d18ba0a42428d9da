/** The lines of a session file, as codex-cli 0.115.0 writes them. */

import type { ResponseItem, TokenUsage } from "./response_item.ts";

export type RolloutLine =
  | { type: "session_meta"; payload: SessionMeta }
  | { type: "turn_context"; payload: Record<string, unknown> }
  | { type: "response_item"; payload: ResponseItem }
  | { type: "event_msg"; payload: RolloutEvent }
  | { type: "compacted"; payload: { message: string; replacement_history: ResponseItem[] } };

/** The first line of every file; its keys in this order. */
export interface SessionMeta {
  id: string;
  timestamp: string;
  cwd: string;
  originator: string;
  cli_version: string;
  source: string;
  model_provider: string;
  base_instructions: { text: string };
  git?: Record<string, unknown>;
}

export type RolloutEvent =
  | {
    type: "task_started";
    turn_id: string;
    model_context_window: number;
    collaboration_mode_kind: string;
  }
  | {
    type: "user_message";
    message: string;
    images: string[];
    local_images: string[];
    text_elements: unknown[];
  }
  | { type: "agent_message"; message: string; phase: string | null }
  | {
    type: "token_count";
    info: {
      total_token_usage: TokenUsage;
      last_token_usage: TokenUsage;
      model_context_window: number;
    } | null;
    rate_limits: RateLimits | null;
  }
  | { type: "context_compacted" }
  | { type: "turn_aborted"; turn_id: string; reason: string }
  | { type: "error"; message: string }
  | { type: "task_complete"; turn_id: string; last_agent_message: string | null };

export interface RateLimits {
  limit_id: string;
  limit_name: string | null;
  primary: unknown;
  secondary: unknown;
  credits: unknown;
  plan_type: string | null;
}

/** What stands there for a provider that tells no limits. */
export const NO_RATE_LIMITS: Readonly<RateLimits> = Object.freeze({
  limit_id: "codex",
  limit_name: null,
  primary: null,
  secondary: null,
  credits: null,
  plan_type: null,
});

/** Takes a line to disk before it returns. */
export type RecordLine = (line: RolloutLine) => void;
