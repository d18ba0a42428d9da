/** While the first request is on its way there is time to start what its answer may ask for. */

/** The request leaves before anything else is loaded. */
const AFTER_MS = 10;

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
