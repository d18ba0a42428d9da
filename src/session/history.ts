/** The thread's items, oldest first, and the form in which they are sent. */

import {
  callOutput,
  isCallOutput,
  isToolCall,
  type ResponseItem,
} from "../protocol/response_item.ts";
import type { RecordLine } from "../protocol/rollout_line.ts";

export class History {
  #items: ResponseItem[];
  #sinceUsage = 0;
  #usedTokens = 0;
  readonly #record: RecordLine;

  /** `items` of a resumed thread stand in its rollout already. */
  constructor(record: RecordLine, items: readonly ResponseItem[] = []) {
    this.#record = record;
    this.#items = [...items];
    this.#sinceUsage = items.reduce((sum, item) => sum + size(item), 0);
  }

  get items(): readonly ResponseItem[] {
    return this.#items;
  }

  /** What the next request will hold in tokens: the server's last count and an estimate since. */
  get estimatedTokens(): number {
    return this.#usedTokens + Math.ceil(this.#sinceUsage / 4);
  }

  /** The rollout gets an item when history gets it. */
  append(...items: readonly ResponseItem[]): void {
    for (const item of items) {
      this.#items.push(item);
      this.#sinceUsage += size(item);
      this.#record({ type: "response_item", payload: item });
    }
  }

  noteUsage(totalTokens: number): void {
    this.#usedTokens = totalTokens;
    this.#sinceUsage = 0;
  }

  /** After a compaction; the caller records what was put in the place of what. */
  replace(items: readonly ResponseItem[]): void {
    this.#items = [...items];
    this.#usedTokens = 0;
    this.#sinceUsage = items.reduce((sum, item) => sum + size(item), 0);
  }

  /** Every call answered, every answer called for: the API refuses anything else. */
  forPrompt(): ResponseItem[] {
    return sendable(this.#items);
  }
}

/** Items with an answer to every call and without answers that nobody asked for. */
export function sendable(items: readonly ResponseItem[]): ResponseItem[] {
  const answered = new Set<string>();
  const called = new Set<string>();
  for (const item of items) {
    if (isCallOutput(item)) answered.add(item.call_id);
    else if (isToolCall(item)) called.add(item.call_id);
  }
  return items.flatMap((item) => {
    if (isCallOutput(item) && !called.has(item.call_id)) return [];
    if (isToolCall(item) && !answered.has(item.call_id)) return [item, callOutput(item, "aborted")];
    return [item];
  });
}

/** An image costs the model a fixed number of tokens, whatever its bytes. */
const IMAGE_BYTES = 4 * 1500;

/** About the length of the item's JSON, without making it: histories are long. */
function size(item: ResponseItem): number {
  return lengthOf(item) + IMAGE_BYTES * imageCount(item);
}

/** Of a value in JSON, an escape counting as one letter. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return String(value).length;
  if (Array.isArray(value)) return 2 + value.reduce((sum, each) => sum + lengthOf(each) + 1, 0);
  let length = 2;
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== undefined && key !== "image_url") length += key.length + 4 + lengthOf(inner);
  }
  return length;
}

function imageCount(item: ResponseItem): number {
  const parts = item.type === "message" ? item.content : "output" in item ? item.output : "";
  if (typeof parts === "string") return 0;
  return parts.filter((part) => part.type === "input_image").length;
}
