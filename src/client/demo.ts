/** The scripted model inside the program: no key, no network, and the real loop around it. */

import type { ModelClient, Prompt, ResponseEvent } from "../protocol/model_client.ts";
import type { MessageItem, ResponseItem } from "../protocol/response_item.ts";
import { demoResponse } from "./demo_script.ts";

/** Keeps nothing: each answer follows from what stands in the prompt. */
export function createDemoClient({ onSent = () => {} }: { onSent?: () => void } = {}): ModelClient {
  return {
    stream(prompt, signal) {
      onSent();
      return stream(prompt, signal);
    },
  };
}

async function* stream(prompt: Prompt, signal: AbortSignal): AsyncGenerator<ResponseEvent> {
  const items = demoResponse(prompt);
  for (const [index, item] of items.entries()) {
    if (item.type === "message") yield* speak(item, `demo_message_${index}`, signal);
    signal.throwIfAborted();
    yield { type: "output_item.done", item };
  }
  const input_tokens = estimate(prompt.input);
  const output_tokens = estimate(items);
  yield {
    type: "completed",
    response_id: "demo",
    usage: {
      input_tokens,
      cached_input_tokens: 0,
      output_tokens,
      reasoning_output_tokens: 0,
      total_tokens: input_tokens + output_tokens,
    },
  };
}

const WORD_PAUSE_MS = 2;

/** Word by word, as a model would: slowly enough to be seen, quickly enough not to be waited for. */
async function* speak(
  item: MessageItem,
  item_id: string,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent> {
  const text = item.content.map((part) => part.type === "input_image" ? "" : part.text).join("");
  yield { type: "message.started", item_id, ...item.phase && { phase: item.phase } };
  for (const delta of text.match(/\S+\s*|\s+/g) ?? []) {
    signal.throwIfAborted();
    yield { type: "output_text.delta", item_id, delta };
    await new Promise((resolve) => setTimeout(resolve, WORD_PAUSE_MS));
  }
}

function estimate(items: readonly ResponseItem[]): number {
  return Math.ceil(JSON.stringify(items).length / 4);
}
