/** Events as JSON lines, with the names and shapes of `codex exec --json` (codex-cli 0.115.0). */

import type { Event, ThreadItem } from "../../protocol/event.ts";
import { denialMessage } from "../../protocol/policy.ts";
import type { Failure } from "../exit_code.ts";
import { VERSION } from "../version.ts";
import { toJsonLine } from "./json_line.ts";
import type { Renderer, ThreadFacts } from "./renderer.ts";

/** Raised when a field changes its meaning or goes. */
const SCHEMA_VERSION = 1;

export class JsonRenderer implements Renderer {
  readonly #write: (text: string) => void;
  readonly #ids = new Map<string, string>();
  #nextId = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  begin(thread_id: string, facts: ThreadFacts): void {
    this.#print({
      type: "thread.started",
      thread_id,
      schema_version: SCHEMA_VERSION,
      decodex_version: VERSION,
      ...facts,
    });
  }

  event(event: Event): void {
    switch (event.type) {
      case "turn.started":
        return this.#print({ type: "turn.started" });
      case "item.started":
      case "item.updated":
      case "item.completed":
        return this.#item(event.type, event.item);
      case "warning":
        // Codex shows retries as errors of the run, everything else as items.
        if (!event.message.startsWith("Reconnecting... ")) return this.warning(event.message);
        return this.#print({ type: "error", message: event.message });
      case "permission.denied":
        return this.warning(denialMessage(event.denial));
      case "thread.compacted":
        return this.warning("The conversation was too long and has been replaced by a summary");
      default:
        // The others are ours, or the front end's to act on.
    }
  }

  warning(message: string): void {
    const item = { id: this.#newId(), type: "error", message };
    this.#print({ type: "item.completed", item });
  }

  failed({ exitCode, reason, message }: Failure): void {
    this.#print({ type: "error", message });
    this.#print({ type: "turn.failed", error: { message }, exit_code: exitCode, reason });
  }

  completed({ usage }: Extract<Event, { type: "turn.completed" }>): void {
    const { input_tokens, cached_input_tokens, output_tokens, reasoning_output_tokens } = usage;
    this.#print({
      type: "turn.completed",
      usage: { input_tokens, cached_input_tokens, output_tokens, reasoning_output_tokens },
    });
  }

  #item(type: string, item: ThreadItem): void {
    // A patch is one event in 0.115.0: what was changed.
    if (item.type === "file_change" && type !== "item.completed") return;
    const id = this.#idOf(item.id);
    this.#print({ type, item: { id, ...details(item) } });
    if (type === "item.completed") this.#ids.delete(item.id);
  }

  /** One counter for all items, whatever the server calls them. */
  #idOf(id: string): string {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const fresh = this.#newId();
    this.#ids.set(id, fresh);
    return fresh;
  }

  #newId(): string {
    return `item_${this.#nextId++}`;
  }

  #print(line: unknown): void {
    this.#write(`${toJsonLine(line)}\n`);
  }
}

function details(item: ThreadItem): Record<string, unknown> {
  switch (item.type) {
    case "command_execution": {
      const { type, command, aggregated_output, exit_code = null, status } = item;
      return { type, command, aggregated_output, exit_code, status };
    }
    case "file_change": {
      const { type, changes, status } = item;
      return { type, changes, status };
    }
    default: {
      const { id: _, ...rest } = item;
      return rest;
    }
  }
}
