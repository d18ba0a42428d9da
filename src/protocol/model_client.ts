/** The one door to a model. */

import type { MessageItem, ResponseItem, TokenUsage } from "./response_item.ts";
import type { ToolSpec } from "./tool.ts";

export interface Reasoning {
  readonly effort?: string;
  readonly summary?: string;
}

/** The value of `x-codex-turn-metadata`, in key order. */
export interface TurnMetadata {
  readonly turn_id: string;
  readonly workspaces?: Readonly<
    Record<string, {
      associated_remote_urls?: Record<string, string>;
      latest_git_commit_hash?: string;
      has_changes?: boolean;
    }>
  >;
  readonly sandbox: string;
}

/** One sampling request. Wire names are the body's own fields. */
export interface Prompt {
  readonly model: string;
  readonly instructions: string;
  readonly input: readonly ResponseItem[];
  readonly tools: readonly ToolSpec[];
  readonly parallel_tool_calls: boolean;
  /** `null` for a model that does not reason. */
  readonly reasoning: Reasoning | null;
  readonly service_tier?: string;
  readonly text?: {
    readonly verbosity?: string;
    readonly format?: {
      readonly type: "json_schema";
      readonly strict: boolean;
      readonly schema: unknown;
      readonly name: string;
    };
  };
  readonly turnMetadata?: TurnMetadata;
}

export type ResponseEvent =
  /** A message has begun; its text follows as deltas. */
  | { type: "message.started"; item_id: string; phase?: MessageItem["phase"] }
  | { type: "output_text.delta"; item_id: string; delta: string }
  /** A hosted search has begun. */
  | { type: "web_search.started"; item_id: string }
  | { type: "output_item.done"; item: ResponseItem }
  | {
    type: "completed";
    response_id: string;
    usage: TokenUsage | undefined;
    /** False: the server wants to be asked again, whatever the items say. */
    end_turn?: boolean;
    /** Why the response was cut by the server, where it was. */
    incomplete_reason?: string;
  }
  /** A request is tried again before any item came. */
  | { type: "retrying"; attempt: number; max: number; delay_ms: number; reason: string };

export interface ModelClient {
  /** Streams one response. Fails with a `CodexError`, or the signal's reason. */
  stream(prompt: Prompt, signal: AbortSignal): AsyncIterable<ResponseEvent>;
}
