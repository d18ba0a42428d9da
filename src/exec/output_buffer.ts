/** What a process has printed: its first and last bytes, and how much it was. */

import { brokenStart, wholeCharacters } from "../protocol/utf8.ts";

const MIB = 1024 * 1024;
const FIRST_SIZE = 4096;
const NEWLINE = 0x0a;

export interface OutputText {
  readonly output: string;
  readonly totalBytes: number;
  /** Lines of everything; only where the middle of `output` is left out. */
  readonly totalLines?: number;
}

export class OutputBuffer {
  readonly #half: number;
  #head = new Uint8Array(0);
  #headLength = 0;
  /** A ring: its oldest byte is at `#tailNext` once it is full. */
  #tail = new Uint8Array(0);
  #tailNext = 0;
  #total = 0;
  #newlines = 0;
  #lastByte = NEWLINE;

  constructor(limit: number = MIB) {
    this.#half = Math.floor(limit / 2);
  }

  get totalBytes(): number {
    return this.#total;
  }

  /** The bytes are copied. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#total += bytes.length;
    this.#newlines += countNewlines(bytes);
    this.#lastByte = bytes.at(-1) ?? NEWLINE;
    const fits = Math.min(bytes.length, this.#half - this.#headLength);
    if (fits > 0) this.#appendHead(bytes.subarray(0, fits));
    if (fits < bytes.length) this.#appendTail(bytes.subarray(fits));
  }

  /** Decodes what was kept; what is no UTF-8 becomes U+FFFD. */
  read(): OutputText {
    const head = this.#head.subarray(0, this.#headLength);
    const tail = this.#orderedTail();
    const left = this.#total - head.length - tail.length;
    if (left === 0) return { output: decode(join(head, tail)), totalBytes: this.#total };
    const start = head.subarray(0, wholeCharacters(head));
    const end = tail.subarray(brokenStart(tail));
    const omitted = this.#total - start.length - end.length;
    return {
      output: `${decode(start)}\n... ${omitted} bytes omitted ...\n${decode(end)}`,
      totalBytes: this.#total,
      totalLines: this.#newlines + (this.#lastByte === NEWLINE ? 0 : 1),
    };
  }

  /** Like `read`, and starts anew. */
  take(): OutputText {
    const text = this.read();
    this.#head = new Uint8Array(0);
    this.#tail = new Uint8Array(0);
    this.#headLength =
      this.#tailNext =
      this.#total =
      this.#newlines =
        0;
    this.#lastByte = NEWLINE;
    return text;
  }

  #appendHead(bytes: Uint8Array): void {
    const length = this.#headLength + bytes.length;
    if (length > this.#head.length) {
      const size = Math.min(this.#half, Math.max(length, 2 * this.#head.length, FIRST_SIZE));
      const larger = new Uint8Array(size);
      larger.set(this.#head.subarray(0, this.#headLength));
      this.#head = larger;
    }
    this.#head.set(bytes, this.#headLength);
    this.#headLength = length;
  }

  #appendTail(bytes: Uint8Array): void {
    if (this.#tail.length === 0) this.#tail = new Uint8Array(this.#half);
    const size = this.#tail.length;
    const last = bytes.subarray(Math.max(0, bytes.length - size));
    const start = (this.#tailNext + bytes.length - last.length) % size;
    const first = last.subarray(0, size - start);
    this.#tail.set(first, start);
    this.#tail.set(last.subarray(first.length), 0);
    this.#tailNext = (start + last.length) % size;
  }

  #orderedTail(): Uint8Array {
    const inTail = this.#total - this.#headLength;
    if (inTail < this.#tail.length) return this.#tail.subarray(0, inTail);
    return join(this.#tail.subarray(this.#tailNext), this.#tail.subarray(0, this.#tailNext));
  }
}

/** Byte by byte: output of short lines would make a search per line many times slower. */
function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] === NEWLINE) count++;
  }
  return count;
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (second.length === 0) return first;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
