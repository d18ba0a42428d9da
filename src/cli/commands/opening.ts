/** The first event tells what confines commands; what is to be shown before that is known waits. */

import type { LevelReport } from "../../exec/host_pool.ts";
import type { Event } from "../../protocol/event.ts";
import type { Renderer, ThreadFacts } from "../render/renderer.ts";

export class Opening {
  readonly #renderer: Renderer;
  #waiting: Event[] | undefined = [];

  constructor(renderer: Renderer) {
    this.#renderer = renderer;
  }

  event(event: Event): void {
    if (this.#waiting) this.#waiting.push(event);
    else this.#renderer.event(event);
  }

  /** `facts.sandbox` is the mode; the level goes with it. */
  open(threadId: string, facts: ThreadFacts, { level, faults }: LevelReport): void {
    this.#renderer.begin(threadId, { ...facts, sandbox: `${facts.sandbox} (${level})` });
    if (level === "none" && faults.length > 0) {
      const reasons = faults.map((fault) => `${fault.level}: ${fault.reason}`).join("; ");
      this.#renderer.warning(`Nothing confines commands: ${reasons}`);
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const event of waiting) this.#renderer.event(event);
  }
}
