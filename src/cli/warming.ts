/** While the first request is on its way there is time to start what its answer may ask for. */

/** Not in the same turn of the event loop in which a request leaves. */
const AFTER_MS = 1;

export interface Warming {
  /** Told of each request; the first one counts. */
  onSent(): void;
  /** What has not been begun by now is not begun any more. */
  stop(): void;
}

/** `warm` is called once, soon after the first request. */
export function createWarming(warm: () => void): Warming {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  return {
    onSent() {
      if (!stopped) timer ??= setTimeout(warm, AFTER_MS);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
