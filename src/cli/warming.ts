/** While the first request is on its way there is time to start what its answer may ask for. */

import type { ModelClient } from "../protocol/model_client.ts";

/** Until then a request is under way, whatever else is to be loaded. */
const SENT_AFTER_MS = 10;

export interface Warming {
  readonly client: ModelClient;
  /** What has not been begun by now is not begun any more. */
  stop(): void;
}

/** `warm` is called once, soon after the first request. */
export function warming(client: ModelClient, warm: () => void): Warming {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    client: {
      stream(prompt, signal) {
        timer ??= setTimeout(warm, SENT_AFTER_MS);
        return client.stream(prompt, signal);
      },
    },
    stop: () => clearTimeout(timer),
  };
}
