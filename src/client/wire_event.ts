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

/** Reads one response; what it does not know, or cannot parse, is let go. */
export class EventReader {
  /** Whether anything came that belongs to the stream's vocabulary. */
  hasEvents = false;
  #hasItems = false;
  #hasAnswer = false;
  /** The message that began last. */
  #messageId = "";
  readonly #messageIds = new Set<string>();
  /** Messages that have begun and are not done, but for the last text. */
  readonly #openTexts = new Map<string, string>();
  /** The text that grows, and whose it is. */
  #lastText: { readonly id: string; text: string } | undefined;

  /** Fails with what the server says has failed. */
  read(event: unknown): readonly ResponseEvent[] {
    if (!isObject(event)) return NOTHING;
    if (typeof event.type === "string") this.hasEvents = true;
    switch (event.type as EventType) {
      case "response.output_text.delta":
        return this.#delta(event);
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

  #delta({ delta, item_id: id }: Json): readonly ResponseEvent[] {
    if (typeof delta !== "string") return NOTHING;
    const isOwn = typeof id === "string" && (this.#messageId === "" || this.#messageIds.has(id));
    const item_id = isOwn ? id : this.#messageId;
    if (this.#lastText?.id !== item_id) {
      this.#keepLastText();
      this.#messageIds.add(item_id);
      this.#lastText = { id: item_id, text: "" };
    }
    this.#lastText.text += delta;
    return [{ type: "output_text.delta", item_id, delta }];
  }

  #keepLastText(): void {
    if (!this.#lastText) return;
    const { id, text } = this.#lastText;
    this.#openTexts.set(id, (this.#openTexts.get(id) ?? "") + text);
    this.#lastText = undefined;
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
    this.#keepLastText();
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
    this.#keepLastText();
    return [...this.#openTexts]
      .filter(([, text]) => text.trim() !== "")
      .flatMap(([id, text]) => this.#done(toCutMessage(id, text)));
  }
}

const NOTHING: readonly ResponseEvent[] = Object.freeze([]);

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
