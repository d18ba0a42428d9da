/** Whether somebody who is waited for is still there: who says nothing for long is asked for a word. */

export interface Patience {
  /** How long nothing may be said until it is asked. */
  readonly silenceMs: number;
  /** How long the word may take then. */
  readonly wordMs: number;
}

export interface SilenceWatchOptions {
  readonly patience: Patience;
  /** Whether anything is awaited. */
  isWaiting(): boolean;
  ask(): void;
  giveUp(): void;
}

/** One that stands still would be waited for without end. */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #heardAt = 0;
  #askedAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
  }

  /** Something is awaited from now on. */
  begin(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, this.#options.patience.silenceMs);
    // What is awaited keeps the program; this does not.
    Deno.unrefTimer(this.#timer);
  }

  heard(): void {
    this.#heardAt = performance.now();
    this.#askedAt = undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const { isWaiting, ask, giveUp, patience } = this.#options;
    if (!isWaiting()) return;
    const now = performance.now();
    if (this.#askedAt !== undefined && now - this.#askedAt > patience.wordMs) return giveUp();
    if (this.#askedAt === undefined && now - this.#heardAt > patience.silenceMs) {
      this.#askedAt = now;
      ask();
    }
    this.begin();
  }
}
