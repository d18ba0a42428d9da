/** Where a session's secrets end: what tools give loses them, and so does all that is shown or kept. */

import type { Emit } from "../protocol/event.ts";
import type { Redactor } from "../protocol/redact.ts";
import type { SessionConfig } from "./session.ts";

/**
 * What the user and the model say goes to the model as it was said, and calls run as they were
 * made; the session file and every front end get all of it without secrets.
 */
export function redactedConfig(config: SessionConfig, redactor: Redactor): SessionConfig {
  return {
    ...config,
    record: (line) => config.record(redactor.data(line)),
    // A project's AGENTS.md is a file as any other.
    buildContext: async (turn) => redactor.data(await config.buildContext(turn)),
    // Another program may have kept what we would not have.
    ...config.initialHistory && { initialHistory: redactor.data(config.initialHistory) },
  };
}

export function redactedEmit(emit: Emit, redactor: Redactor): Emit {
  /** The message that is being written: a secret may come in several pieces. */
  let open: { id: string; redact(piece: string): string } | undefined;
  return (event) => {
    if (event.type !== "item.delta") return emit(redactor.data(event));
    const id = event.item_id;
    if (open?.id !== id) open = { id, redact: redactor.pieces() };
    const delta = open.redact(event.delta);
    // The whole message follows: what still waits then is in it.
    if (delta !== "") emit({ ...event, delta });
  };
}
