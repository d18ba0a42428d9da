/** Text on its way out: in order, whole, and never faster than the reader takes it. */

interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

export class Output {
  readonly #sink: Sink;
  readonly #onClosed: (cause: unknown) => void;
  #waiting = "";
  #pump: Promise<void> | undefined;
  #closed = false;

  /** `onClosed` is called once when nothing can be written any more, with the reason. */
  constructor(sink: Sink, onClosed: (cause: unknown) => void) {
    this.#sink = sink;
    this.#onClosed = onClosed;
  }

  write(text: string): void {
    if (this.#closed || text === "") return;
    this.#waiting += text;
    this.#pump ??= this.#run();
  }

  /** Everything is out, or nobody reads it. */
  async flush(): Promise<void> {
    await this.#pump;
  }

  /** What has gathered while the last write was under way goes out as one. */
  async #run(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#waiting !== "") {
        let bytes = new TextEncoder().encode(this.#waiting);
        this.#waiting = "";
        while (bytes.length > 0) bytes = bytes.subarray(await this.#sink.write(bytes));
      }
    } catch (cause) {
      this.#closed = true;
      this.#onClosed(cause);
    } finally {
      this.#pump = undefined;
    }
  }
}
