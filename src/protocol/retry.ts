/** When a failed request is tried again. */

import type { CodexError } from "./error.ts";

/** The longest delay that grows by itself. */
const MAX_DELAY_MS = 30_000;

/** 0.2, 0.4, 0.8, … s with a tenth of jitter either way, or what the server asked for. */
export function retryDelayMs(
  attempt: number,
  error: Partial<Pick<CodexError, "retryAfterMs">>,
  random: () => number = Math.random,
): number {
  if (error.retryAfterMs !== undefined) return error.retryAfterMs;
  return Math.min(MAX_DELAY_MS, Math.round(200 * 2 ** (attempt - 1) * (0.9 + 0.2 * random())));
}

/** Fails with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", abort, { once: true });
    function done(): void {
      signal.removeEventListener("abort", abort);
      resolve();
    }
    function abort(): void {
      clearTimeout(timer);
      reject(signal.reason);
    }
  });
}
