/** The stream's vocabulary, as far as a turn needs it. */

import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { CodexError } from "../protocol/error.ts";
import type { ResponseEvent } from "../protocol/model_client.ts";
import type { MessageItem, ResponseItem, TokenUsage } from "../protocol/response_item.ts";
import { cleanText } from "./error_body.ts";
import { toFailure } from "./failure.ts";
import { isObject, toResponseItem } from "./wire_item.ts";

type Json = Readonly<Record<string, unknown>>;
type EventType = ResponseStreamEvent["type"];

/** Text that one message is given by events in a row. */
interface TextRun {
  /** Whose it is, by the server's word. */
  readonly wireId: unknown;
  delta: string;
}

/** Reads one response; what it does not know, or cannot parse, is let go. */
export class EventReader {
  /** Whether anything came that belongs to the stream's vocabulary. */
  hasEvents = false;
  #hasItems = false;
  #hasAnswer = false;
  /** The message that began last. */
  #messageId = "";
  readonly #messageIds = new Set<string>();
  /** The text of messages that have begun and are not done. */
  readonly #openTexts = new Map<string, string>();

  /**
   * Events that came together: their text is one delta, into however many the server has cut it.
   * Fails with what the server says has failed, once what came before it was given.
   */
  *read(events: readonly unknown[]): Generator<ResponseEvent> {
    let text: TextRun | undefined;
    try {
      for (const event of events) {
        const isText = isTextDelta(event);
        if (text && !(isText && event.item_id === text.wireId)) {
          const ended = text;
          text = undefined;
          yield this.#text(ended);
        }
        if (!isText) {
          yield* this.#other(event);
          continue;
        }
        text ??= { wireId: event.item_id, delta: "" };
        text.delta += event.delta;
      }
    } finally {
      // Nobody listens any more where the turn was ended; then this is not taken.
      if (text) yield this.#text(text);
    }
  }

  #text({ wireId, delta }: TextRun): ResponseEvent {
    this.hasEvents = true;
    const isOwn = typeof wireId === "string" &&
      (this.#messageId === "" || this.#messageIds.has(wireId));
    const item_id = isOwn ? wireId : this.#messageId;
    this.#messageIds.add(item_id);
    this.#openTexts.set(item_id, (this.#openTexts.get(item_id) ?? "") + delta);
    return { type: "output_text.delta", item_id, delta };
  }

  #other(event: unknown): readonly ResponseEvent[] {
    if (!isObject(event)) return NOTHING;
    if (typeof event.type === "string") this.hasEvents = true;
    switch (event.type as EventType) {
      case "response.output_item.added":
        return this.#added(event.item);
      case "response.output_item.done":
        return this.#done(event.item);
      case "response.completed":
        return [...this.#rest(event.response), toCompleted(event.response)];
      case "response.incomplete":
        return this.#incomplete(event.response);
      case "response.failed":
        throw toStreamFailure(isObject(event.response) ? event.response.error : undefined);
      case "error":
        throw toStreamFailure(isObject(event.error) ? event.error : event);
      default:
        return NOTHING;
    }
  }

  #added(value: unknown): readonly ResponseEvent[] {
    if (!isObject(value) || typeof value.id !== "string") return NOTHING;
    const item_id = value.id;
    if (value.type === "web_search_call") return [{ type: "web_search.started", item_id }];
    if (value.type !== "message") return NOTHING;
    this.#messageId = item_id;
    this.#messageIds.add(item_id);
    const { phase } = value;
    const isKnown = phase === "commentary" || phase === "final_answer";
    return [{ type: "message.started", item_id, ...isKnown && { phase } }];
  }

  #done(value: unknown): readonly ResponseEvent[] {
    const item = toResponseItem(value);
    if (!item) return NOTHING;
    this.#hasItems = true;
    if (isAnswer(item)) this.#hasAnswer = true;
    return [{
      type: "output_item.done",
      item: item.type === "message" ? this.#closed(item) : item,
    }];
  }

  /** Some servers name a message anew with every event: it keeps the name that its text came under. */
  #closed(item: MessageItem): MessageItem {
    const isKnown = item.id !== undefined && this.#messageIds.has(item.id);
    const id = isKnown ? item.id : [...this.#openTexts.keys()].at(-1);
    if (id === undefined) return item;
    this.#openTexts.delete(id);
    return id === "" ? item : { ...item, id };
  }

  /** What came before the cut is of use; a lone thought is not. */
  #incomplete(response: unknown): readonly ResponseEvent[] {
    const details = isObject(response) ? response.incomplete_details : undefined;
    const reason = isObject(details) && typeof details.reason === "string"
      ? cleanText(details.reason)
      : "unknown";
    const rest = this.#rest(response);
    if (this.#hasAnswer) {
      return [...rest, { ...toCompleted(response), incomplete_reason: reason }];
    }
    throw new CodexError(
      "response_incomplete",
      `Incomplete response returned, reason: ${reason}`,
      { retryable: reason !== "max_output_tokens" && reason !== "content_filter" },
    );
  }

  /** Some servers say items at the end alone, and text that was cut is never declared done. */
  #rest(response: unknown): readonly ResponseEvent[] {
    const output = !this.#hasItems && isObject(response) ? response.output : undefined;
    if (Array.isArray(output) && output.length > 0) {
      return output.flatMap((item) => this.#done(item));
    }
    return [...this.#openTexts]
      .filter(([, text]) => text.trim() !== "")
      .flatMap(([id, text]) => this.#done(toCutMessage(id, text)));
  }
}

const TEXT_DELTA: EventType = "response.output_text.delta";
const NOTHING: readonly ResponseEvent[] = Object.freeze([]);

function isTextDelta(event: unknown): event is { delta: string; item_id?: unknown } {
  const isText = isObject(event) && event.type === TEXT_DELTA;
  return isText && typeof event.delta === "string";
}

/** All at once, which costs less; one by one where that is not what they are. */
export function parseAll(chunk: readonly string[]): readonly unknown[] {
  const all = chunk.length > 1 ? parse(`[${chunk.join(",")}]`) : undefined;
  return Array.isArray(all) && all.length === chunk.length ? all : chunk.map(parse);
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined; // `[DONE]`, or what is no JSON: some servers send it, nobody needs it
  }
}

function isAnswer(item: ResponseItem): boolean {
  return item.type !== "reasoning" && item.type !== "web_search_call";
}

function toCutMessage(id: string, text: string): Json {
  return { type: "message", role: "assistant", id, content: [{ type: "output_text", text }] };
}

function toCompleted(response: unknown): Extract<ResponseEvent, { type: "completed" }> {
  const value = isObject(response) ? response : {};
  return {
    type: "completed",
    response_id: typeof value.id === "string" ? value.id : "",
    usage: toUsage(value.usage),
    ...typeof value.end_turn === "boolean" && { end_turn: value.end_turn },
  };
}

function toUsage(value: unknown): TokenUsage | undefined {
  if (!isObject(value)) return undefined;
  const input_tokens = toCount(value.input_tokens);
  const output_tokens = toCount(value.output_tokens);
  return {
    input_tokens,
    cached_input_tokens: toDetail(value.input_tokens_details, "cached_tokens"),
    output_tokens,
    reasoning_output_tokens: toDetail(value.output_tokens_details, "reasoning_tokens"),
    total_tokens: toCount(value.total_tokens) || input_tokens + output_tokens,
  };
}

function toDetail(value: unknown, name: string): number {
  return isObject(value) ? toCount(value[name]) : 0;
}

function toCount(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

function toStreamFailure(error: unknown): CodexError {
  const value = isObject(error) ? error : {};
  const field = (name: string) => typeof value[name] === "string" ? cleanText(value[name]) : "";
  return toFailure(field("code") || field("type"), field("message"));
}
