/** A model whose answers are written down beforehand. */

import type { ModelClient, Prompt, ResponseEvent } from "../../src/protocol/model_client.ts";
import { NO_USAGE, type ResponseItem } from "../../src/protocol/response_item.ts";

/** Items, or events, or what to fail with after them. */
export type Script = readonly (ResponseItem | ResponseEvent | Error)[];

/** Answers the n-th request with the n-th script and keeps every prompt. */
export class ScriptedClient implements ModelClient {
  readonly prompts: Prompt[] = [];
  readonly #scripts: readonly Script[];

  constructor(...scripts: readonly Script[]) {
    this.#scripts = scripts;
  }

  async *stream(prompt: Prompt): AsyncGenerator<ResponseEvent> {
    const script = this.#scripts[this.prompts.length];
    this.prompts.push(prompt);
    if (!script) throw new Error(`Cannot answer request ${this.prompts.length}: script is over`);
    for (const step of script) {
      await Promise.resolve();
      if (step instanceof Error) throw step;
      if (isEvent(step)) yield step;
      else yield { type: "output_item.done", item: step };
      if (step.type === "completed") return;
    }
    yield { type: "completed", response_id: `resp_${this.prompts.length}`, usage: NO_USAGE };
  }
}

const EVENT_TYPES: ReadonlySet<string> = new Set(
  [
    "message.started",
    "output_text.delta",
    "web_search.started",
    "output_item.done",
    "completed",
    "retrying",
  ] satisfies ResponseEvent["type"][],
);

function isEvent(step: ResponseItem | ResponseEvent): step is ResponseEvent {
  return EVENT_TYPES.has(step.type);
}
