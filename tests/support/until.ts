/** Waiting for what has no event of its own: looked for again and again, and not for ever. */

const LIMIT_MS = 15_000;

/** Fails where it does not come true; `what` says what was awaited. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string = condition.toString(),
): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`Waited ${LIMIT_MS} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
