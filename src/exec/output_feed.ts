/** What a command writes, told as it comes: never faster than it is taken, and never kept for long. */

import { brokenStart } from "../protocol/utf8.ts";

/** Of what gathers between two messages: the last of it. */
const KEPT_BYTES = 32 * 1024;
const PAUSE_MS = 50;

export class OutputFeed {
  readonly #send: (text: string) => Promise<void>;
  #held = new Uint8Array(0);
  #omitted = 0;
  #isBusy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` settles when the message is taken; it does not fail. */
  constructor(send: (text: string) => Promise<void>) {
    this.#send = send;
  }

  /** The bytes are copied. The first of all are told at once. */
  append(bytes: Uint8Array): void {
    const last = bytes.subarray(Math.max(0, bytes.length - KEPT_BYTES));
    const before = this.#held.length + last.length > KEPT_BYTES ? 0 : this.#held.length;
    const held = new Uint8Array(before + last.length);
    held.set(this.#held.subarray(0, before));
    held.set(last, before);
    this.#omitted += this.#held.length + bytes.length - held.length;
    this.#held = held;
    if (!this.#isBusy) void this.#tell();
  }

  close(): void {
    this.#isBusy = true;
    clearTimeout(this.#timer);
  }

  async #tell(): Promise<void> {
    this.#isBusy = true;
    const mark = this.#omitted === 0 ? "" : `\n... ${this.#omitted} bytes omitted ...\n`;
    const text = mark + new TextDecoder().decode(this.#held.subarray(brokenStart(this.#held)));
    this.#held = new Uint8Array(0);
    this.#omitted = 0;
    await this.#send(text);
    this.#timer = setTimeout(() => {
      this.#isBusy = false;
      if (this.#held.length > 0) void this.#tell();
    }, PAUSE_MS);
  }
}
