/** Replaces a history that fills the context window by what the user said and a summary. */

import { CodexError } from "../protocol/error.ts";
import type { Prompt } from "../protocol/model_client.ts";
import {
  isCallOutput,
  type MessageItem,
  messageText,
  type ResponseItem,
  userMessage,
} from "../protocol/response_item.ts";
import { truncateText } from "../protocol/truncate.ts";
import { sendable } from "./history.ts";
import { sample, type SamplingDeps } from "./sampling.ts";
import type { TurnDeps } from "./turn.ts";

export interface Compaction {
  /** In tokens. */
  readonly limit: number;
  /** Asked for when it has come to that. */
  words(): Promise<CompactionWords>;
}

export interface CompactionWords {
  /** What the model is told when it is asked for a summary. */
  readonly prompt: string;
  /** Stands before the summary in the new history. */
  readonly summaryPrefix: string;
}

/** How much of what the user said is kept, in tokens; the newest first. */
const KEPT_USER_TOKENS = 20_000;

export async function compactIfFull(deps: TurnDeps): Promise<void> {
  if (deps.history.estimatedTokens >= deps.compaction.limit) await compact(deps);
}

/** Asks the model for a summary and puts it, with the user's own words, in history's place. */
export async function compact(deps: TurnDeps): Promise<void> {
  const { prompt, summaryPrefix } = await deps.compaction.words();
  const summary = await summarize(prompt, deps);
  const message = `${summaryPrefix}\n${summary}`;
  const replacement = [
    ...await deps.buildContext(deps.turn),
    ...keptUserMessages(deps.history.items, summaryPrefix),
    userMessage(message),
  ];
  deps.history.replace(replacement);
  deps.record({
    type: "compacted",
    payload: { message, replacement_history: replacement },
  });
  deps.record({ type: "event_msg", payload: { type: "context_compacted" } });
  deps.emit({ type: "thread.compacted" });
}

/** Where even the summary does not fit, the oldest items go until it does. */
async function summarize(prompt: string, deps: TurnDeps): Promise<string> {
  let items = deps.history.items;
  while (true) {
    try {
      const { message } = await sample(
        () => summaryPrompt([...items, userMessage(prompt)], deps),
        quiet(deps),
      );
      return message ?? "(no summary available)";
    } catch (error) {
      const tooLong = error instanceof CodexError && error.info === "context_window_exceeded";
      if (!tooLong || items.length <= 1) throw error;
      items = items.slice(1);
    }
  }
}

function summaryPrompt(items: readonly ResponseItem[], deps: TurnDeps): Prompt {
  return { ...deps.toPrompt(deps.turn, sendable(items)), tools: [] };
}

/** The summary is neither shown nor kept as a message, and a call in its place is not run. */
function quiet(deps: TurnDeps): SamplingDeps {
  return {
    ...deps,
    emit: (event) => event.type === "warning" && deps.emit(event),
    record: () => {},
    history: { append: () => {} },
    calls: { start: () => {}, settle: () => Promise.resolve([]) },
  };
}

/** Words that we put into user messages ourselves begin like this. */
const CONTEXT_MARKS = ["# AGENTS.md instructions for ", "<environment_context>", "<turn_aborted>"];

function keptUserMessages(items: readonly ResponseItem[], prefix: string): MessageItem[] {
  const kept: MessageItem[] = [];
  let budget = KEPT_USER_TOKENS;
  for (const item of items.toReversed()) {
    if (budget <= 0) break;
    if (isCallOutput(item) || item.type !== "message" || item.role !== "user") continue;
    const text = messageText(item);
    if ([...CONTEXT_MARKS, prefix].some((mark) => text.startsWith(mark))) continue;
    kept.unshift(userMessage(truncateText(text, { mode: "tokens", limit: budget }).text));
    budget -= Math.ceil(text.length / 4);
  }
  return kept;
}
