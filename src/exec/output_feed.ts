/** What a command writes, told as it comes: never faster than it is taken, and never kept for long. */

import { OutputBuffer } from "./output_buffer.ts";

/** Of what gathers between two messages; the middle of more is left out. */
const KEPT_BYTES = 32 * 1024;
const PAUSE_MS = 50;

export class OutputFeed {
  readonly #send: (text: string) => Promise<void>;
  readonly #gathered = new OutputBuffer(KEPT_BYTES);
  #isBusy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` settles when the message is taken; it does not fail. */
  constructor(send: (text: string) => Promise<void>) {
    this.#send = send;
  }

  /** The bytes are copied. The first of all are told at once. */
  append(bytes: Uint8Array): void {
    this.#gathered.append(bytes);
    if (!this.#isBusy) void this.#tell();
  }

  close(): void {
    this.#isBusy = true;
    clearTimeout(this.#timer);
  }

  async #tell(): Promise<void> {
    this.#isBusy = true;
    await this.#send(this.#gathered.take().output);
    this.#timer = setTimeout(() => {
      this.#isBusy = false;
      if (this.#gathered.totalBytes > 0) void this.#tell();
    }, PAUSE_MS);
  }
}
