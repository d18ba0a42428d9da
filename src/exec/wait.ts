/** A wait that always ends: by what is waited for, by a timer, or by an interrupt. */

/** A longer timer would overflow and fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export interface WaitOptions {
  readonly ms: number;
  readonly signal?: AbortSignal;
}

/** Whether `promise` settled in time. Fails with the signal's reason after an interrupt. */
export async function settledWithin(
  promise: Promise<unknown>,
  options: WaitOptions,
): Promise<boolean> {
  const { ms, signal } = options;
  signal?.throwIfAborted();
  const { promise: limit, resolve, reject } = Promise.withResolvers<false>();
  const abort = (): void => reject(signal?.reason);
  const timer = setTimeout(resolve, Math.min(Math.max(ms, 0), LONGEST_MS), false as const);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise.then(() => true, () => true), limit]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
