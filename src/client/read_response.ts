/** The answer to a request: its stream of events as those that a turn needs. */

import type { ResponseEvent } from "../protocol/model_client.ts";
import { disconnected, readSse, type SseOptions } from "./sse.ts";
import { EventReader, parseAll } from "./wire_event.ts";

/**
 * Ends with `completed`. Fails with a `CodexError` where the stream breaks or says that it failed.
 */
export async function* readResponse(
  response: Response,
  options: SseOptions,
): AsyncGenerator<ResponseEvent> {
  const reader = new EventReader();
  const chunks = response.body ? readSse(response.body, options) : [];
  for await (const chunk of chunks) {
    for (const event of reader.read(parseAll(chunk))) {
      yield event;
      if (event.type === "completed") return;
    }
  }
  const type = response.headers.get("content-type") ?? "none";
  const hint = reader.hasEvents ? "" : ` (it held no events; content-type: ${type})`;
  throw disconnected(`stream closed before response.completed${hint}`);
}
