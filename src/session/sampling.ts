/** One sampling request: the prompt goes out, the items come in, their calls start. */

import { CodexError } from "../protocol/error.ts";
import type { Emit } from "../protocol/event.ts";
import { uuidv7 } from "../protocol/id.ts";
import type { ModelClient, Prompt, ResponseEvent } from "../protocol/model_client.ts";
import {
  isToolCall,
  messageText,
  type ResponseItem,
  type TokenUsage,
} from "../protocol/response_item.ts";
import { retryDelayMs } from "../protocol/retry.ts";
import type { RecordLine } from "../protocol/rollout_line.ts";
import type { History } from "./history.ts";
import { toThreadItem } from "./thread_item.ts";
import type { ToolCalls } from "./tool_calls.ts";

export interface Sampled {
  /** Whether the model has asked for something, or the server to be asked again. */
  readonly goesOn: boolean;
  /** The last message of the response. */
  readonly message: string | undefined;
}

export interface SamplingDeps {
  readonly client: ModelClient;
  readonly history: Pick<History, "append">;
  readonly calls: Pick<ToolCalls, "start" | "settle">;
  readonly emit: Emit;
  readonly record: RecordLine;
  readonly signal: AbortSignal;
  readonly streamMaxRetries: number;
  /** Hears what the response has cost, before its calls are answered. */
  readonly onUsage: (usage: TokenUsage) => void;
  /** Waits, or fails with the signal's reason. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Asks until a response is complete. What a broken response had finished stays: its items are in
 * history, its calls have run, and the next attempt carries both.
 */
export async function sample(buildPrompt: () => Prompt, deps: SamplingDeps): Promise<Sampled> {
  const seen = new Set<string>();
  const max = deps.streamMaxRetries;
  for (let attempt = 1;; attempt++) {
    const response = new ResponseReader(deps, seen);
    try {
      return await response.read(deps.client.stream(buildPrompt(), deps.signal));
    } catch (error) {
      if (deps.signal.aborted || !(error instanceof CodexError)) throw error;
      if (!error.retryable || attempt > max) throw error;
      await reconnect(error, { attempt, max }, deps);
    } finally {
      deps.history.append(...await deps.calls.settle());
    }
  }
}

async function reconnect(
  error: CodexError,
  { attempt, max }: { attempt: number; max: number },
  deps: SamplingDeps,
): Promise<void> {
  deps.emit({
    type: "warning",
    message: `Reconnecting... ${attempt}/${max} (${error.message})`,
  });
  await deps.sleep(retryDelayMs(attempt, error), deps.signal);
}

/** Records each item as soon as it is done, so that an interrupted turn loses none. */
class ResponseReader {
  readonly #deps: SamplingDeps;
  readonly #seen: Set<string>;
  #goesOn = false;
  #message: string | undefined;
  #startedId: string | undefined;
  #phase: string | null | undefined;

  constructor(deps: SamplingDeps, seen: Set<string>) {
    this.#deps = deps;
    this.#seen = seen;
  }

  async read(events: AsyncIterable<ResponseEvent>): Promise<Sampled> {
    for await (const event of events) {
      const sampled = this.#take(event);
      if (sampled) return sampled;
    }
    this.#deps.signal.throwIfAborted();
    throw new CodexError(
      "response_stream_disconnected",
      "stream disconnected before completion: stream closed before response.completed",
    );
  }

  #take(event: ResponseEvent): Sampled | undefined {
    const { emit } = this.#deps;
    switch (event.type) {
      case "message.started":
        this.#startedId = event.item_id;
        this.#phase = event.phase;
        break;
      case "output_text.delta": {
        const { item_id, delta } = event;
        const phase = this.#phase ?? undefined;
        emit({ type: "item.delta", item_id, delta, ...phase !== undefined && { phase } });
        break;
      }
      case "web_search.started": {
        const item = { id: event.item_id, type: "web_search", query: "" } as const;
        emit({ type: "item.started", item: { ...item, action: { type: "other" } } });
        break;
      }
      case "retrying":
        emit({
          type: "warning",
          message: `Reconnecting... ${event.attempt}/${event.max} (${event.reason})`,
        });
        break;
      case "output_item.done":
        this.#finish(event.item);
        break;
      case "completed":
        return this.#complete(event);
    }
    return undefined;
  }

  #finish(item: ResponseItem): void {
    const { history, record, calls, emit } = this.#deps;
    if (isToolCall(item)) {
      if (this.#seen.has(item.call_id)) return;
      this.#seen.add(item.call_id);
      this.#goesOn = true;
      history.append(withoutId(item));
      return calls.start(item);
    }
    const shown = toThreadItem(item, item.type === "message" ? this.#messageId(item) : idOf(item));
    if (item.type === "message") {
      this.#message = messageText(item);
      record({
        type: "event_msg",
        payload: { type: "agent_message", message: this.#message, phase: item.phase ?? null },
      });
    }
    history.append(withoutId(item));
    if (shown) emit({ type: "item.completed", item: shown });
  }

  /** The id under which the message's deltas were shown. */
  #messageId(item: ResponseItem): string {
    const id = item.type === "message" ? item.id ?? this.#startedId : undefined;
    this.#startedId = undefined;
    this.#phase = undefined;
    return id ?? uuidv7();
  }

  #complete(event: Extract<ResponseEvent, { type: "completed" }>): Sampled {
    if (event.incomplete_reason !== undefined) {
      this.#deps.emit({
        type: "warning",
        message: `The server ended the response early: ${event.incomplete_reason}`,
      });
    }
    if (event.usage) this.#deps.onUsage(event.usage);
    return { goesOn: this.#goesOn || event.end_turn === false, message: this.#message };
  }
}

/** The server's ids are not sent back to it, as codex-cli 0.115.0 does. */
function withoutId(item: ResponseItem): ResponseItem {
  const kept = { ...item };
  if ("id" in kept) delete kept.id;
  return kept;
}

function idOf(item: ResponseItem): string {
  return "id" in item && item.id ? item.id : uuidv7();
}
