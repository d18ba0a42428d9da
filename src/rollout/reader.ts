/** Brings a thread back from its session file, whether decodex or Codex wrote it. */

import * as z from "zod/mini";
import { UsageError } from "../protocol/error.ts";
import { isUuid } from "../protocol/id.ts";
import {
  messageText,
  type ResponseItem,
  type TokenUsage,
  userMessage,
} from "../protocol/response_item.ts";
import { readJsonLines } from "./json_lines.ts";
import { toResponseItem } from "./stored_item.ts";

export interface Rollout {
  readonly threadId: string;
  /** Absent where the file's first line is lost. */
  readonly meta?: RolloutMeta;
  /** Without ids, calls not yet answered included. */
  readonly items: ResponseItem[];
  /** What the thread has cost. */
  readonly usage?: TokenUsage;
  /** Of the last response; absent when the history was compacted since. */
  readonly lastUsage?: TokenUsage;
  /** Of the last turn. */
  readonly cwd?: string;
  readonly model?: string;
  /** Lines that could not be read: a torn one, or no JSON. */
  readonly brokenLines: number;
  /** Kinds of items that decodex does not send and has left out. */
  readonly droppedItems: readonly string[];
}

export type RolloutMeta = z.infer<typeof META>;

/** What decodex uses of a `session_meta` line. */
export const META = z.object({
  id: z.string(),
  cwd: z.optional(z.string()),
  model_provider: z.optional(z.nullable(z.string())),
  cli_version: z.optional(z.string()),
  /** An object for a thread that another thread has started. */
  source: z.optional(z.unknown()),
  base_instructions: z.optional(z.nullable(z.object({ text: z.string() }))),
});

/** Fails with a `UsageError` for a file that belongs to no thread. */
export async function readRollout(path: string): Promise<Rollout> {
  const thread = new Thread();
  for await (const value of readJsonLines(path)) {
    const line = LINE.safeParse(value);
    if (line.success) thread.take(line.data);
    else thread.brokenLines += 1;
  }
  const threadId = [thread.meta?.id, path.slice(-42, -6)].find((id) => id && isUuid(id));
  if (!threadId) throw new UsageError(`Cannot resume "${path}": it is not a session file`);
  const { meta, items, usage, lastUsage, cwd, model, brokenLines, droppedItems } = thread;
  return {
    threadId,
    items,
    brokenLines,
    droppedItems: [...droppedItems],
    ...meta && { meta },
    ...usage && { usage },
    ...lastUsage && { lastUsage },
    ...cwd !== undefined && { cwd },
    ...model !== undefined && { model },
  };
}

const LINE = z.object({ type: z.string(), payload: z.looseObject({}) });

const TURN_CONTEXT = z.object({ cwd: z.optional(z.string()), model: z.optional(z.string()) });

const COMPACTED = z.object({
  message: z._default(z.string(), ""),
  replacement_history: z.optional(z.nullable(z.array(z.unknown()))),
});

const USAGE = z.object({
  input_tokens: z._default(z.number(), 0),
  cached_input_tokens: z._default(z.number(), 0),
  output_tokens: z._default(z.number(), 0),
  reasoning_output_tokens: z._default(z.number(), 0),
  total_tokens: z._default(z.number(), 0),
});

const EVENT = z.union([
  z.object({
    type: z.literal("token_count"),
    info: z.object({ total_token_usage: USAGE, last_token_usage: USAGE }),
  }),
  z.object({ type: z.literal("user_message") }),
  z.object({ type: z.literal("item_completed"), item: z.object({ type: z.string() }) }),
  z.object({ type: z.literal("thread_rolled_back"), num_turns: z.number() }),
]);

/** The state after the lines so far. */
class Thread {
  meta: RolloutMeta | undefined;
  items: ResponseItem[] = [];
  usage: TokenUsage | undefined;
  lastUsage: TokenUsage | undefined;
  cwd: string | undefined;
  model: string | undefined;
  brokenLines = 0;
  readonly droppedItems = new Set<string>();
  /** Where the prompts stand in `items`, for a turn to be taken back. */
  #prompts: number[] = [];

  /** A kind of line that is not named here is for other programs. */
  take({ type, payload }: z.infer<typeof LINE>): void {
    switch (type) {
      case "session_meta":
        // A fork repeats its parent's line after its own.
        this.meta ??= META.safeParse(payload).data;
        break;
      case "turn_context": {
        const turn = TURN_CONTEXT.safeParse(payload).data;
        this.cwd = turn?.cwd ?? this.cwd;
        this.model = turn?.model ?? this.model;
        break;
      }
      case "response_item":
        this.items.push(...this.#readItems([payload]));
        break;
      case "compacted":
        this.#compact(COMPACTED.safeParse(payload).data);
        break;
      case "event_msg":
        this.#noteEvent(EVENT.safeParse(payload).data);
        break;
    }
  }

  #readItems(payloads: readonly unknown[]): ResponseItem[] {
    return payloads.flatMap((payload) => {
      const item = toResponseItem(payload);
      if (item) return [item];
      this.droppedItems.add(String(Object(payload).type));
      return [];
    });
  }

  /** Older files name the summary alone; then the user's own words stand before it. */
  #compact(compacted: z.infer<typeof COMPACTED> | undefined): void {
    if (!compacted) return;
    const { message, replacement_history } = compacted;
    this.items = replacement_history
      ? this.#readItems(replacement_history)
      : [...this.items.filter(isUserMessage), userMessage(message)];
    this.#prompts = [];
    this.lastUsage = undefined;
  }

  #noteEvent(event: z.infer<typeof EVENT> | undefined): void {
    switch (event?.type) {
      case "token_count":
        this.usage = event.info.total_token_usage;
        this.lastUsage = event.info.last_token_usage;
        break;
      case "user_message":
        this.#prompts.push(this.items.findLastIndex(isUserMessage));
        break;
      case "item_completed":
        if (event.item.type === "UserMessage") {
          this.#prompts.push(this.items.findLastIndex(isUserMessage));
        }
        break;
      case "thread_rolled_back":
        this.#rollBack(event.num_turns);
        break;
    }
  }

  #rollBack(turns: number): void {
    const kept = Math.max(0, this.#prompts.length - turns);
    const end = this.#prompts[kept];
    if (end === undefined || end === -1) return;
    this.items.length = Math.min(end, this.items.length);
    this.#prompts.length = kept;
  }
}

function isUserMessage(item: ResponseItem): boolean {
  return item.type === "message" && item.role === "user" && messageText(item) !== "";
}
