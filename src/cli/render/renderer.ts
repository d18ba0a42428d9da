/** What shows a run: as text for people, or as JSON lines for programs. */

import type { Event } from "../../protocol/event.ts";
import type { Failure } from "../exit_code.ts";

/** What stands in the first event beside the thread's id. */
export interface ThreadFacts {
  readonly model: string;
  readonly provider: string;
  /** Mode and level, e.g. `workspace-write (none)`. */
  readonly sandbox: string;
}

export interface Renderer {
  begin(threadId: string, facts: ThreadFacts): void;
  /** Every event of the session, in order. */
  event(event: Event): void;
  warning(message: string): void;
  /** The end of a run that did not come to its answer; the last thing that is shown. */
  failed(failure: Failure): void;
  /** The end of a turn that did; the last thing that is shown. */
  completed(event: Extract<Event, { type: "turn.completed" }>): void;
}
