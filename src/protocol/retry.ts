/** When a failed request is tried again. Pure. */

import type { CodexError } from "./error.ts";

/** 0.2, 0.4, 0.8, … s with a tenth of jitter either way, or what the server asked for. */
export function retryDelayMs(
  attempt: number,
  error: Pick<CodexError, "retryAfterMs">,
  random: () => number = Math.random,
): number {
  if (error.retryAfterMs !== undefined) return error.retryAfterMs;
  return Math.round(200 * 2 ** (attempt - 1) * (0.9 + 0.2 * random()));
}
