/** Writes a thread's session file, one line for each record, below CODEX_HOME. */

import { errorMessage } from "../protocol/error.ts";
import type { RolloutLine } from "../protocol/rollout_line.ts";

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
  const unwritten: Uint8Array[] = [];
  let file: Deno.FsFile | undefined;
  let warned = false;

  function record(line: RolloutLine): void {
    unwritten.push(encode(line, now()));
    try {
      file ??= options.resumePath === undefined ? create(path) : reopen(path, unwritten);
      writeAll(file, unwritten);
      warned = false;
    } catch (error) {
      // The lines stay in memory: with room on the disk again, the next record writes them too.
      if (!warned) options.onWarning?.(`Cannot record the session: ${errorMessage(error)}`);
      warned = true;
    }
  }

  function close(): void {
    file?.close();
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

function encode(line: RolloutLine, now: Date): Uint8Array {
  const { type, payload } = line;
  const timestamp = now.toISOString();
  const json = JSON.stringify({ timestamp, type, payload: storable(type, payload) }, wellFormed);
  return new TextEncoder().encode(`${json}\n`);
}

/** Codex keeps no ids of items, and neither sends them. */
function storable(type: RolloutLine["type"], payload: RolloutLine["payload"]): unknown {
  if (type !== "response_item" || !("id" in payload)) return payload;
  const { id: _, ...item } = payload;
  return item;
}

/** Half of a surrogate pair is valid for `JSON.parse`, but ends Codex's reading of the line. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}

function create(path: string): Deno.FsFile {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  return Deno.openSync(path, { createNew: true, append: true, mode: 0o600 });
}

/** A line that a kill has torn is ended first, so that it takes no other with it. */
function reopen(path: string, unwritten: Uint8Array[]): Deno.FsFile {
  if (!Deno.lstatSync(path).isFile) throw new Error(`"${path}" is not a regular file`);
  const file = Deno.openSync(path, { read: true, append: true });
  const last = new Uint8Array(1);
  const isEmpty = file.statSync().size === 0;
  if (!isEmpty) {
    file.seekSync(-1, Deno.SeekMode.End);
    file.readSync(last);
    if (last[0] !== NEWLINE) unwritten.unshift(Uint8Array.of(NEWLINE));
  }
  return file;
}

const NEWLINE = 0x0a;

/** What has been written leaves the list, also where a later write fails. */
function writeAll(file: Deno.FsFile, unwritten: Uint8Array[]): void {
  for (let bytes = unwritten[0]; bytes !== undefined; bytes = unwritten[0]) {
    const written = file.writeSync(bytes);
    if (written === bytes.length) unwritten.shift();
    else unwritten[0] = bytes.subarray(written);
  }
}
