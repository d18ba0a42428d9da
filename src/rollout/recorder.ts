/** Writes a thread's session file, one line for each record, below CODEX_HOME. */

import { errorMessage } from "../protocol/error.ts";
import type { RolloutLine } from "../protocol/rollout_line.ts";
import { RolloutFile, type StampedLine } from "./rollout_file.ts";

export interface RecorderOptions {
  readonly codexHome: string;
  readonly threadId: string;
  /** Names the file and its folders, in local time. */
  readonly startedAt: Date;
  /** An older file of the same thread, to which is appended. */
  readonly resumePath?: string;
  /** Told once when the file cannot be written; the thread goes on without it. */
  readonly onWarning?: (message: string) => void;
  readonly now?: () => Date;
}

export interface Recorder {
  /** The line is with the operating system when this returns, so that a kill loses nothing. */
  record(line: RolloutLine): void;
  readonly path: string;
  close(): void;
}

/** The file comes into being with the first line. */
export function createRecorder(options: RecorderOptions): Recorder {
  const path = options.resumePath ?? newPath(options);
  const now = options.now ?? (() => new Date());
  const waiting: StampedLine[] = [];
  let file: RolloutFile | undefined;
  let warned = false;

  function record(line: RolloutLine): void {
    waiting.push({ timestamp: now().toISOString(), line });
    try {
      file ??= options.resumePath === undefined
        ? RolloutFile.create(path)
        : RolloutFile.reopen(path);
      for (let next = waiting.shift(); next; next = waiting.shift()) file.append(next);
      warned = false;
    } catch (error) {
      // The lines stay in memory: with room on the disk again, the next record writes them too.
      if (!warned) options.onWarning?.(`Cannot record the session: ${errorMessage(error)}`);
      warned = true;
    }
  }

  function close(): void {
    file?.[Symbol.dispose]();
    file = undefined;
  }

  return { record, path, close };
}

function newPath({ codexHome, threadId, startedAt }: RecorderOptions): string {
  const [year, month, day, hour, minute, second] = [
    startedAt.getFullYear(),
    startedAt.getMonth() + 1,
    startedAt.getDate(),
    startedAt.getHours(),
    startedAt.getMinutes(),
    startedAt.getSeconds(),
  ].map((part) => String(part).padStart(2, "0"));
  const name = `rollout-${year}-${month}-${day}T${hour}-${minute}-${second}-${threadId}.jsonl`;
  return `${codexHome}/sessions/${year}/${month}/${day}/${name}`;
}
