/** While the first request is on its way there is time to start what its answer may ask for. */

/** Not in the same turn of the event loop in which a request leaves. */
const AFTER_MS = 1;

export interface Warming {
  /** Told of each request; the first one counts. */
  onSent(): void;
  /** Told where a request is answered: it has left for sure. Settles once `warm` has. */
  onAnswered(): Promise<void>;
  /** What has not been begun by now is not begun any more. */
  stop(): void;
}

/** `warm` is called once, soon after the first request. */
export function createWarming(warm: () => Promise<void>): Warming {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let warmed: Promise<void> | undefined;
  const once = () => warmed ??= warm();
  return {
    onSent() {
      if (!warmed) timer ??= setTimeout(once, AFTER_MS);
    },
    onAnswered: once,
    stop() {
      warmed ??= Promise.resolve();
      clearTimeout(timer);
    },
  };
}
