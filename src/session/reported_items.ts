/** The items that a turn shows: each is started, updated and completed in that order, once. */

import type { Emit, ThreadItemDetails } from "../protocol/event.ts";

export class ReportedItems {
  readonly #open = new Map<string, ThreadItemDetails>();
  readonly #emit: Emit;
  #ended = false;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** What comes after the turn's end is not shown. */
  report(id: string, details: ThreadItemDetails): void {
    if (this.#ended) return;
    const item = { id, ...details };
    if (isFinal(details)) {
      this.#open.delete(id);
      return this.#emit({ type: "item.completed", item });
    }
    const type = this.#open.has(id) ? "item.updated" : "item.started";
    this.#open.set(id, details);
    this.#emit({ type, item });
  }

  /** Closes what a call has shown and not ended: it has failed. */
  closeCall(id: string): void {
    const details = this.#open.get(id);
    if (!details) return;
    this.#open.delete(id);
    const ended = "status" in details ? { ...details, status: "failed" as const } : details;
    this.#emit({ type: "item.completed", item: { id, ...ended } });
  }

  /** At the turn's end: a plan is as done as it is, a command that still runs is left to itself. */
  closeAll(): void {
    for (const [id, details] of this.#open) {
      const ended = "status" in details ? { ...details, status: "completed" as const } : details;
      this.#emit({ type: "item.completed", item: { id, ...ended } });
    }
    this.#open.clear();
    this.#ended = true;
  }
}

function isFinal(details: ThreadItemDetails): boolean {
  if ("status" in details) return details.status !== "in_progress";
  return details.type !== "todo_list";
}
