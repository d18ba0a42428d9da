/** A file's bytes as lines that can be cut out and put together again unchanged. Pure. */

export interface FileLines {
  /** The byte order mark, or nothing. */
  readonly mark: Uint8Array;
  /** All lines, the last one ended too. */
  readonly bytes: Uint8Array;
  /** Where each line begins in `bytes`, and where the last one ends. */
  readonly starts: readonly number[];
  /** Without their ends, for comparing only: what is no UTF-8 has become U+FFFD. */
  readonly texts: readonly string[];
  readonly usualEnd: LineEnd;
}

export type LineEnd = "\n" | "\r\n";

const NEWLINE = 10;
const RETURN = 13;
const MARK = [0xef, 0xbb, 0xbf];

export function splitLines(content: Uint8Array): FileLines {
  const markLength = MARK.every((byte, index) => content[index] === byte) ? MARK.length : 0;
  const rest = content.subarray(markLength);
  const usualEnd = usualEndOf(rest);
  const bytes = withLastEnd(rest, usualEnd);
  const starts = [0];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    starts.push(at + 1);
  }
  const texts = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split(/\r?\n/);
  texts.pop();
  return { mark: content.subarray(0, markLength), bytes, starts, texts, usualEnd };
}

/** Lines `from` up to `to`, with their ends. */
export function sliceLines(
  { bytes, starts }: FileLines,
  { from, to }: { from: number; to: number },
): Uint8Array {
  return bytes.subarray(starts[from] ?? bytes.length, starts[to] ?? bytes.length);
}

/** The end of a line that is there; the usual one for any other. */
export function lineEnd({ bytes, starts, usualEnd }: FileLines, index: number): LineEnd {
  const next = index < 0 ? undefined : starts[index + 1];
  if (next === undefined) return usualEnd;
  return next - 2 >= (starts[index] ?? 0) && bytes[next - 2] === RETURN ? "\r\n" : "\n";
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function usualEndOf(bytes: Uint8Array): LineEnd {
  let [all, dos] = [0, 0];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    all++;
    if (bytes[at - 1] === RETURN) dos++;
  }
  return dos * 2 > all ? "\r\n" : "\n";
}

function withLastEnd(bytes: Uint8Array, end: LineEnd): Uint8Array {
  if (bytes.length === 0 || bytes.at(-1) === NEWLINE) return bytes;
  return joinBytes([bytes, new TextEncoder().encode(end)]);
}
