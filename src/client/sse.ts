/** Server-sent events: bytes in, the `data` of each event out. */

import { createParser } from "eventsource-parser";
import { CodexError } from "../protocol/error.ts";

export interface SseOptions {
  /** The longest silence, in milliseconds. */
  readonly idleTimeoutMs: number;
}

/** A single event may not fill the memory. */
const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** Ends with the body. Fails when it breaks, falls silent, or sends an event without end. */
export async function* readSse(
  body: ReadableStream<Uint8Array>,
  { idleTimeoutMs }: SseOptions,
): AsyncGenerator<string> {
  const ready: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => ready.push(data) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  const idle = new IdleTimer(idleTimeoutMs, () => reader.cancel().catch(() => {}));
  let pending = 0;
  try {
    while (true) {
      idle.start();
      const { done, value } = await reader.read();
      idle.stop();
      if (idle.expired) throw broken("idle timeout waiting for SSE");
      if (done) break;
      parser.feed(decoder.decode(value, { stream: true }));
      pending = ready.length > 0 ? 0 : pending + value.length;
      if (pending > MAX_EVENT_BYTES) throw broken(`an event exceeds ${MAX_EVENT_BYTES} bytes`);
      yield* ready.splice(0);
    }
    parser.feed(`${decoder.decode()}\n\n`); // an event that the end of the stream has cut off
    yield* ready.splice(0);
  } finally {
    idle.stop();
    reader.cancel().catch(() => {});
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

function broken(reason: string): CodexError {
  return new CodexError(
    "response_stream_disconnected",
    `stream disconnected before completion: ${reason}`,
  );
}
