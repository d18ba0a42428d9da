/** The stream's vocabulary, as far as a turn needs it. */

import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { CodexError } from "../protocol/error.ts";
import type { ResponseEvent } from "../protocol/model_client.ts";
import type { TokenUsage } from "../protocol/response_item.ts";
import { failure } from "./http_error.ts";
import { isObject, toResponseItem } from "./wire_item.ts";

type Json = Readonly<Record<string, unknown>>;
type EventType = ResponseStreamEvent["type"];

/** Reads one response; what it does not know, or cannot parse, is let go. */
export class EventReader {
  #hasItems = false;
  #messageId = "";

  /** Fails with what the server says has failed. */
  read(data: string): ResponseEvent | undefined {
    const event = parse(data);
    if (!event) return undefined;
    switch (event.type as EventType) {
      case "response.output_text.delta":
        if (typeof event.delta !== "string") return undefined;
        this.#hasItems = true;
        return { type: "output_text.delta", item_id: this.#idOf(event), delta: event.delta };
      case "response.output_item.added":
        return this.#added(event.item);
      case "response.output_item.done": {
        const item = toResponseItem(event.item);
        if (!item) return undefined;
        this.#hasItems = true;
        return { type: "output_item.done", item };
      }
      case "response.completed":
        return completed(event.response);
      case "response.incomplete":
        return this.#incomplete(event.response);
      case "response.failed":
        throw failed(isObject(event.response) ? event.response.error : undefined);
      case "error":
        throw failed(isObject(event.error) ? event.error : event);
      default:
        return undefined;
    }
  }

  #idOf(event: Json): string {
    return typeof event.item_id === "string" ? event.item_id : this.#messageId;
  }

  #added(value: unknown): ResponseEvent | undefined {
    if (!isObject(value) || typeof value.id !== "string") return undefined;
    if (value.type === "web_search_call") return { type: "web_search.started", item_id: value.id };
    if (value.type !== "message") return undefined;
    this.#messageId = value.id;
    const { phase } = value;
    const known = phase === "commentary" || phase === "final_answer";
    return { type: "message.started", item_id: value.id, ...known && { phase } };
  }

  /** What came before the cut is of use; an empty response is not. */
  #incomplete(response: unknown): ResponseEvent {
    const details = isObject(response) ? response.incomplete_details : undefined;
    const reason = isObject(details) && typeof details.reason === "string"
      ? details.reason
      : "unknown";
    if (this.#hasItems) return { ...completed(response), incomplete_reason: reason };
    const retryable = reason !== "max_output_tokens" && reason !== "content_filter";
    throw new CodexError(
      "response_incomplete",
      `Incomplete response returned, reason: ${reason}`,
      { retryable },
    );
  }
}

function parse(data: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // `[DONE]`, or a line that is no JSON: others send them, nobody needs them
  }
}

function completed(response: unknown): Extract<ResponseEvent, { type: "completed" }> {
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
  const input_tokens = count(value.input_tokens);
  const output_tokens = count(value.output_tokens);
  return {
    input_tokens,
    cached_input_tokens: detail(value.input_tokens_details, "cached_tokens"),
    output_tokens,
    reasoning_output_tokens: detail(value.output_tokens_details, "reasoning_tokens"),
    total_tokens: count(value.total_tokens) || input_tokens + output_tokens,
  };
}

function detail(value: unknown, name: string): number {
  return isObject(value) ? count(value[name]) : 0;
}

function count(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

function failed(error: unknown): CodexError {
  const value = isObject(error) ? error : {};
  const field = (name: string) => typeof value[name] === "string" ? value[name] as string : "";
  return failure(field("code") || field("type"), field("message"));
}
