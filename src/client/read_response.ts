/** The answer to a request: its stream of events as those that a turn needs. */

import type { ResponseEvent } from "../protocol/model_client.ts";
import { disconnected, readSse, type SseOptions } from "./sse.ts";
import { EventReader, parseAll } from "./wire_event.ts";

/**
 * Text that comes in one piece of the stream is one delta, into however many the server has cut it.
 * Ends with `completed`. Fails with a `CodexError` where the stream breaks or says that it failed.
 */
export async function* readResponse(
  response: Response,
  options: SseOptions,
): AsyncGenerator<ResponseEvent> {
  const reader = new EventReader();
  const chunks = response.body ? readSse(response.body, options) : [];
  for await (const chunk of chunks) {
    for (const event of joined(chunk, reader)) {
      yield event;
      if (event.type === "completed") return;
    }
  }
  const type = response.headers.get("content-type") ?? "none";
  const hint = reader.hasEvents ? "" : ` (it held no events; content-type: ${type})`;
  throw disconnected(`stream closed before response.completed${hint}`);
}

/** What was read before something fails is given before it does. */
function* joined(chunk: readonly string[], reader: EventReader): Generator<ResponseEvent> {
  let item_id: string | undefined;
  let delta = "";
  try {
    for (const value of parseAll(chunk)) {
      for (const event of reader.read(value)) {
        const isText = event.type === "output_text.delta";
        if (isText && event.item_id === item_id) {
          delta += event.delta;
          continue;
        }
        if (item_id !== undefined) yield { type: "output_text.delta", item_id, delta };
        item_id = isText ? event.item_id : undefined;
        delta = isText ? event.delta : "";
        if (!isText) yield event;
      }
    }
  } finally {
    // Nobody listens any more where the turn was ended; then this is not taken.
    if (item_id !== undefined) yield { type: "output_text.delta", item_id, delta };
  }
}
