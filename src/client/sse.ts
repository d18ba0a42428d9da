/** Server-sent events: bytes in, the `data` of the events out, those of a chunk together. */

import { createParser } from "eventsource-parser";
import { CodexError, errorMessage } from "../protocol/error.ts";
import { wholeCharacters } from "../protocol/utf8.ts";

export interface SseOptions {
  /** The longest silence, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** A single event may not fill the memory. */
  readonly maxEventChars?: number;
}

const MAX_EVENT_CHARS = 64 * 1024 * 1024;

/** Ends with the body. Fails when it breaks, falls silent, or sends an event without end. */
export async function* readSse(
  body: ReadableStream<Uint8Array>,
  { idleTimeoutMs, maxEventChars = MAX_EVENT_CHARS }: SseOptions,
): AsyncGenerator<string[]> {
  const splitter = new EventSplitter(maxEventChars);
  const text = new TextReader();
  const reader = body.getReader();
  const idle = new IdleTimer(idleTimeoutMs, () => cancel(reader));
  try {
    while (true) {
      idle.start();
      const { done, value } = await reader.read().catch(failRead);
      idle.stop();
      if (idle.expired) throw disconnected("idle timeout waiting for SSE");
      if (done) break;
      yield splitter.split(text.read(value));
    }
    yield splitter.split(`${text.rest()}\n\n`); // the end of the stream ends an event too
  } finally {
    idle.stop();
    cancel(reader);
  }
}

function failRead(cause: unknown): never {
  throw disconnected(`Transport error: ${errorMessage(cause)}`, { cause });
}

/** What the session tries again: a stream that broke before its end. */
export function disconnected(reason: string, options: ErrorOptions = {}): CodexError {
  return new CodexError(
    "response_stream_disconnected",
    `stream disconnected before completion: ${reason}`,
    options,
  );
}

/** A `TextDecoder` that is told to wait for the rest of a character takes several times as long. */
class TextReader {
  // A mark at the beginning of the stream is the splitter's to let go, and elsewhere it is text.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** A character that has begun. */
  #begun = new Uint8Array();

  read(bytes: Uint8Array): string {
    const all = this.#begun.length === 0 ? bytes : joined(this.#begun, bytes);
    const whole = wholeCharacters(all);
    this.#begun = all.slice(whole);
    return this.#decoder.decode(all.subarray(0, whole));
  }

  rest(): string {
    return this.#decoder.decode(this.#begun);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

class EventSplitter {
  readonly #parser: ReturnType<typeof createParser>;
  readonly #maxEventChars: number;
  #ready: string[] = [];
  #isTooLong = false;

  constructor(maxEventChars: number) {
    this.#maxEventChars = maxEventChars;
    this.#parser = createParser({
      maxBufferSize: maxEventChars,
      onEvent: ({ data }) => this.#ready.push(data),
      onError: ({ type }) => this.#isTooLong ||= type === "max-buffer-size-exceeded",
    });
  }

  split(text: string): string[] {
    this.#parser.feed(text);
    if (this.#isTooLong) {
      throw disconnected(`an event is longer than ${this.#maxEventChars} characters`);
    }
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }
}

class IdleTimer {
  expired = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ms: number;
  readonly #onExpired: () => void;

  constructor(ms: number, onExpired: () => void) {
    this.#ms = ms;
    this.#onExpired = onExpired;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.expired = true;
      this.#onExpired();
    }, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function cancel(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(() => {}); // a body that is broken already is let go as well
}
