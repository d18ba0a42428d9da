/** What a command writes, told as it comes: never faster than it is taken, and never kept for long. */

import { brokenStart } from "../protocol/utf8.ts";

/** Of what gathers between two messages: the last of it. */
const KEPT_BYTES = 32 * 1024;
const PAUSE_MS = 50;

export class OutputFeed {
  readonly #send: (text: string) => Promise<void>;
  /** Made with the first output, and used again: of much output each piece would need a new one. */
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #length = 0;
  #omitted = 0;
  #isBusy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` settles when the message is taken; it does not fail. */
  constructor(send: (text: string) => Promise<void>) {
    this.#send = send;
  }

  /** The bytes are copied. The first of all are told at once. */
  append(bytes: Uint8Array): void {
    this.#buffer ??= new Uint8Array(KEPT_BYTES);
    const last = bytes.subarray(Math.max(0, bytes.length - KEPT_BYTES));
    this.#omitted += bytes.length - last.length;
    if (this.#length + last.length > KEPT_BYTES) {
      this.#omitted += this.#length;
      this.#length = 0;
    }
    this.#buffer.set(last, this.#length);
    this.#length += last.length;
    if (!this.#isBusy) void this.#tell(this.#buffer);
  }

  close(): void {
    this.#isBusy = true;
    clearTimeout(this.#timer);
  }

  async #tell(buffer: Uint8Array): Promise<void> {
    this.#isBusy = true;
    const held = buffer.subarray(0, this.#length);
    const mark = this.#omitted === 0 ? "" : `\n... ${this.#omitted} bytes omitted ...\n`;
    const text = mark + new TextDecoder().decode(held.subarray(brokenStart(held)));
    this.#length = 0;
    this.#omitted = 0;
    await this.#send(text);
    this.#timer = setTimeout(() => {
      this.#isBusy = false;
      if (this.#length > 0) void this.#tell(buffer);
    }, PAUSE_MS);
  }
}
