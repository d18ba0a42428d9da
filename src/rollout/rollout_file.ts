/** An open session file: whole lines go to its end, and nothing else changes in it. */

import type { RolloutLine } from "../protocol/rollout_line.ts";
import { nextOrdinal } from "./ordinal.ts";

export interface StampedLine {
  readonly timestamp: string;
  readonly line: RolloutLine;
}

export class RolloutFile implements Disposable {
  readonly #file: Deno.FsFile;
  /** Of the next line, where the file's lines are numbered. */
  #ordinal: number | undefined;
  /** What the disk has not taken yet. */
  readonly #unwritten: Uint8Array[] = [];

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Fails where there is a file already. */
  static create(path: string): RolloutFile {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    return new RolloutFile(Deno.openSync(path, { createNew: true, append: true, mode: 0o600 }));
  }

  /** A line that a kill has torn is ended first, so that it takes no other with it. */
  static reopen(path: string): RolloutFile {
    if (!Deno.lstatSync(path).isFile) throw new Error(`"${path}" is not a regular file`);
    const opened = new RolloutFile(Deno.openSync(path, { read: true, append: true }));
    opened.#ordinal = nextOrdinal(opened.#file);
    if (!endsLine(opened.#file)) opened.#unwritten.push(Uint8Array.of(NEWLINE));
    return opened;
  }

  /** Where this fails, the line is kept, and goes out before the next one. */
  append(line: StampedLine): void {
    this.#unwritten.push(encode(line, this.#ordinal));
    if (this.#ordinal !== undefined) this.#ordinal += 1;
    for (let [bytes] = this.#unwritten; bytes !== undefined; [bytes] = this.#unwritten) {
      const written = this.#file.writeSync(bytes);
      if (written === bytes.length) this.#unwritten.shift();
      else this.#unwritten[0] = bytes.subarray(written);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

const NEWLINE = 0x0a;

function endsLine(file: Deno.FsFile): boolean {
  if (file.statSync().size === 0) return true;
  const last = new Uint8Array(1);
  file.seekSync(-1, Deno.SeekMode.End);
  file.readSync(last);
  return last[0] === NEWLINE;
}

function encode({ timestamp, line }: StampedLine, ordinal: number | undefined): Uint8Array {
  const { type, payload } = line;
  const record = {
    timestamp,
    ...ordinal !== undefined && { ordinal },
    type,
    payload: type === "response_item" ? withoutId(payload) : payload,
  };
  return new TextEncoder().encode(`${JSON.stringify(record, wellFormed)}\n`);
}

/** Codex keeps no ids of items, and neither sends them. */
function withoutId(item: object): object {
  if (!("id" in item)) return item;
  const { id: _, ...rest } = item;
  return rest;
}

/** Half of a surrogate pair is valid for `JSON.parse`, but ends Codex's reading of the line. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}
