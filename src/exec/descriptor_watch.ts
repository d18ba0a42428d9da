/** Tells when file descriptors can be read or written, all of them by one waiting thread. Linux. */

import { type Bytes, bytesOf, type Libc } from "./libc.ts";

const CLOSE_ON_EXEC = 0x80000;
const ADD = 1;
const REMOVE = 2;
const CHANGE = 3;
const READABLE = 0x1;
const WRITABLE = 0x4;
const HUNG_UP = 0x10;
/** Tells of each change once, so that nothing has to be read. */
const ONCE_EACH = 0x80000000;

const MOST_EVENTS = 64;
/** The system packs its events on x86_64 alone. */
const [EVENT_BYTES, DATA_AT] = Deno.build.arch === "x86_64" ? [12, 4] : [16, 8];

export interface DescriptorState {
  /** The other side has closed: what can be read now is the last of it. */
  readonly hungUp: boolean;
}

interface Waiting {
  readonly epoll: number;
  /** Rung when nothing is left to wait for. */
  readonly alarm: number;
}

export const WATCH_CALLS = [
  "epoll_create1",
  "epoll_ctl",
  "epoll_wait",
  "eventfd",
  "write",
  "close",
] as const;
type WatchCalls = Libc<(typeof WATCH_CALLS)[number]>;

type OnReady = (state: DescriptorState) => void;

/**
 * Deno has 32 threads for calls that wait, its own reads of files among them; a read that waits in
 * each for its terminal would leave none. Descriptors have to be non-blocking.
 */
export class DescriptorWatch {
  readonly #libc: WatchCalls;
  readonly #handlers = new Map<number, OnReady>();
  #waiting: Waiting | undefined;

  constructor(libc: WatchCalls) {
    this.#libc = libc;
  }

  /**
   * `onReady` is called as long as there is something to read, and once the other side has closed.
   * False where the system has no room for it.
   */
  add(fd: number, onReady: OnReady): boolean {
    const waiting = this.#waiting ?? this.#open();
    if (!waiting || !this.#control(waiting.epoll, ADD, { fd, events: READABLE })) return false;
    this.#handlers.set(fd, onReady);
    if (!this.#waiting) void this.#wait(waiting);
    return true;
  }

  /** Whether to call as well when there is room to write. */
  setWriting(fd: number, wanted: boolean): void {
    if (!this.#waiting) return;
    const events = wanted ? READABLE | WRITABLE : READABLE;
    this.#control(this.#waiting.epoll, CHANGE, { fd, events });
  }

  /** After it the descriptor may be closed. */
  remove(fd: number): void {
    if (!this.#waiting || !this.#handlers.delete(fd)) return;
    this.#control(this.#waiting.epoll, REMOVE, { fd, events: 0 });
    if (this.#handlers.size === 0) this.#ring(this.#waiting.alarm);
  }

  #open(): Waiting | undefined {
    const epoll = this.#libc.epoll_create1(CLOSE_ON_EXEC);
    const alarm = this.#libc.eventfd(0, CLOSE_ON_EXEC);
    const waiting = { epoll, alarm };
    if (this.#control(epoll, ADD, { fd: alarm, events: READABLE | ONCE_EACH })) return waiting;
    this.#close(waiting);
    return undefined;
  }

  async #wait(waiting: Waiting): Promise<void> {
    this.#waiting = waiting;
    const events = bytesOf(MOST_EVENTS * EVENT_BYTES);
    const view = new DataView(events.buffer);
    while (this.#handlers.size > 0) {
      // Less than none where a signal has come between: then it waits again.
      const count = await this.#libc.epoll_wait(waiting.epoll, events, MOST_EVENTS, -1);
      for (let at = 0; at < count * EVENT_BYTES; at += EVENT_BYTES) {
        const hungUp = (view.getUint32(at, true) & HUNG_UP) !== 0;
        this.#handlers.get(view.getInt32(at + DATA_AT, true))?.({ hungUp });
      }
    }
    this.#waiting = undefined;
    this.#close(waiting);
  }

  #close({ epoll, alarm }: Waiting): void {
    for (const fd of [alarm, epoll]) if (fd >= 0) this.#libc.close(fd);
  }

  #ring(alarm: number): void {
    const one = bytesOf(8);
    one[0] = 1;
    this.#libc.write(alarm, one, 8n);
  }

  #control(
    epoll: number,
    operation: number,
    { fd, events }: { fd: number; events: number },
  ): boolean {
    return this.#libc.epoll_ctl(epoll, operation, fd, eventOf(fd, events)) === 0;
  }
}

function eventOf(fd: number, events: number): Bytes {
  const event = bytesOf(EVENT_BYTES);
  const view = new DataView(event.buffer);
  view.setUint32(0, events, true);
  view.setInt32(DATA_AT, fd, true);
  return event;
}
