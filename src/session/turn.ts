/** One turn: sample, run the calls, sample again, until the model has no more to ask. */

import { CodexError } from "../protocol/error.ts";
import type { Prompt } from "../protocol/model_client.ts";
import type { UserInput } from "../protocol/op.ts";
import { type MessageItem, messageText, type ResponseItem } from "../protocol/response_item.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { compact, compactIfFull, type Compaction } from "./compact.ts";
import type { History } from "./history.ts";
import type { PendingInput } from "./pending_input.ts";
import { sample, type Sampled, type SamplingDeps } from "./sampling.ts";

export interface TurnDeps extends Omit<SamplingDeps, "history"> {
  readonly turn: TurnContext;
  readonly history: History;
  readonly pendingInput: PendingInput;
  readonly compaction: Compaction;
  /** What stands before the history of a new thread. */
  readonly buildContext: (turn: TurnContext) => Promise<ResponseItem[]>;
  readonly toMessage: (items: UserInput[], turn: TurnContext) => Promise<MessageItem>;
  readonly toPrompt: (turn: TurnContext, input: readonly ResponseItem[]) => Prompt;
}

/** Ends when the model asks for nothing and the user has added nothing; gives its last words. */
export async function runTurn(deps: TurnDeps): Promise<string | undefined> {
  let answer: string | undefined;
  while (true) {
    await takeInput(deps);
    await compactIfFull(deps);
    const { goesOn, message } = await sampleOrCompact(deps);
    answer = message ?? answer;
    deps.signal.throwIfAborted();
    if (!goesOn && deps.pendingInput.isEmpty) return answer;
  }
}

async function takeInput(deps: TurnDeps): Promise<void> {
  for (const items of deps.pendingInput.take()) {
    const message = await deps.toMessage(items, deps.turn);
    deps.history.append(message);
    deps.record({ type: "event_msg", payload: userMessageEvent(items, message) });
  }
}

/** A history that the server finds too long is compacted once, then sent again. */
async function sampleOrCompact(deps: TurnDeps): Promise<Sampled> {
  const buildPrompt = () => deps.toPrompt(deps.turn, deps.history.forPrompt());
  try {
    return await sample(buildPrompt, deps);
  } catch (error) {
    const tooLong = error instanceof CodexError && error.info === "context_window_exceeded";
    if (!tooLong || !deps.history.items.some((item) => item.type !== "message")) throw error;
    deps.emit({ type: "warning", message: `${error.message}; compacting the conversation` });
    await compact(deps);
    return await sample(buildPrompt, deps);
  }
}

function userMessageEvent(items: readonly UserInput[], message: MessageItem) {
  const text = items.flatMap((item) => item.type === "text" ? [item.text] : []).join("");
  return {
    type: "user_message" as const,
    message: text || messageText(message),
    images: items.flatMap((item) => item.type === "image" ? [item.image_url] : []),
    local_images: items.flatMap((item) => item.type === "local_image" ? [item.path] : []),
    text_elements: [],
  };
}
