/** Delays between tries, and waits that a signal ends. */

import { deepStrictEqual, rejects } from "node:assert/strict";
import { retryDelayMs, sleep } from "../../src/protocol/retry.ts";

Deno.test("delays double with a tenth of jitter either way, up to half a minute", () => {
  const delays = (random: number) =>
    [1, 2, 3, 4, 5, 9, 2000].map((attempt) => retryDelayMs(attempt, {}, () => random));
  deepStrictEqual(delays(0), [180, 360, 720, 1440, 2880, 30_000, 30_000]);
  deepStrictEqual(delays(0.5), [200, 400, 800, 1600, 3200, 30_000, 30_000]);
  deepStrictEqual(delays(1), [220, 440, 880, 1760, 3520, 30_000, 30_000]);
});

Deno.test("the delay that a server asks for stands as it is", () => {
  deepStrictEqual(retryDelayMs(1, { retryAfterMs: 60_000 }), 60_000);
  deepStrictEqual(retryDelayMs(9, { retryAfterMs: 0 }), 0);
});

Deno.test("a wait ends with its time", async () => {
  deepStrictEqual(await sleep(1, new AbortController().signal), undefined);
});

Deno.test("a wait ends with its signal, for the signal's reason", async () => {
  const reason = new Error("interrupt");
  const abort = new AbortController();
  const sleeping = sleep(60_000, abort.signal);
  abort.abort(reason);
  await rejects(sleeping, (error) => error === reason);
  await rejects(sleep(60_000, abort.signal), (error) => error === reason);
});
