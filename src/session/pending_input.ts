/** What the user has said and no sampling request has carried yet. */

import type { UserInput } from "../protocol/op.ts";

export class PendingInput {
  #inputs: UserInput[][] = [];

  get isEmpty(): boolean {
    return this.#inputs.length === 0;
  }

  push(items: UserInput[]): void {
    this.#inputs.push(items);
  }

  /** Hands over everything, one entry for each submission, and keeps nothing. */
  take(): UserInput[][] {
    return this.#inputs.splice(0);
  }
}
