/** The first line of a session file is its `session_meta`; what comes before it waits. */

import type { RecordLine, RolloutLine, SessionMeta } from "../protocol/rollout_line.ts";

interface MetaFirst {
  readonly record: RecordLine;
  /** Everything that was said so far is on disk. */
  readonly ready: Promise<void>;
}

/** Without `record` nothing is kept; without `meta` the file has its first line already. */
export function metaFirst(
  record: RecordLine | undefined,
  meta: (() => Promise<SessionMeta>) | undefined,
): MetaFirst {
  if (!record) return { record: () => {}, ready: Promise.resolve() };
  if (!meta) return { record, ready: Promise.resolve() };
  const waiting: RolloutLine[] = [];
  let begun = false;
  const ready = meta().then((payload) => {
    record({ type: "session_meta", payload });
    for (const line of waiting.splice(0)) record(line);
    begun = true;
  });
  return {
    record: (line) => begun ? record(line) : void waiting.push(line),
    ready,
  };
}
