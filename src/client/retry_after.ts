/** How long a server asks to be left alone, by header or in words. */

/** The longest delay that a server may ask for; a longer one is told, not waited for. */
export const MAX_RETRY_AFTER_MS = 5 * 60_000;

/** `retry-after` as seconds or as a date; milliseconds from now, never negative. */
export function readRetryAfter(headers: Headers, now: number = Date.now()): number | undefined {
  const ms = headers.get("retry-after-ms")?.trim() ?? "";
  if (NUMBER.test(ms)) return Number(ms);
  const value = headers.get("retry-after")?.trim() ?? "";
  if (NUMBER.test(value)) return Number(value) * 1000;
  // A bare number with a sign or a unit is no date, though the runtime would read one.
  const date = /[a-z]{3}/i.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** "Please try again in 3.5s", "in 800ms", "in 1m30s". */
export function readTryAgain(message: string): number | undefined {
  const match = TRY_AGAIN.exec(message);
  if (!match) return undefined;
  const [, minutes = "0", amount = "0", unit = "s"] = match;
  return Number(minutes) * 60_000 + Number(amount) * (unit.toLowerCase() === "ms" ? 1 : 1000);
}

export interface RetryWait {
  readonly retryAfterMs?: number;
  readonly retryable?: false;
}

/** What a `CodexError` takes; a delay beyond the limit is no delay but an end. */
export function toRetryWait(ms: number | undefined): RetryWait {
  if (ms === undefined) return {};
  return ms > MAX_RETRY_AFTER_MS ? { retryable: false } : { retryAfterMs: ms };
}

/** Says why a delay is not waited for. */
export function tooLongNote(ms: number | undefined): string {
  if (ms === undefined || ms <= MAX_RETRY_AFTER_MS) return "";
  const limit = MAX_RETRY_AFTER_MS / 1000;
  return `; the server asks to wait ${Math.ceil(ms / 1000)} s, longer than the ${limit} s ` +
    "that are waited at most";
}

const NUMBER = /^\d+(?:\.\d+)?$/;
const TRY_AGAIN = /try again in\s*(?:(\d+)\s*m(?:in(?:utes?)?)?\s*)?(\d+(?:\.\d+)?)\s*(ms|s)/i;
