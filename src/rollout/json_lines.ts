/** Reads a file of JSON lines piece by piece, so that its size is no matter. */

/** No line that an agent writes comes near it; a longer one is skipped. */
const MAX_LINE_BYTES = 128 * 1024 * 1024;

export interface ReadOptions {
  /** Only the end of the file, which mostly begins inside a line. */
  readonly tailBytes?: number;
}

/** Yields each line's value, and `undefined` for a line that is no JSON. */
export async function* readJsonLines(
  path: string,
  { tailBytes = Infinity }: ReadOptions = {},
): AsyncGenerator<unknown> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  if (size > tailBytes) await file.seek(size - tailBytes, Deno.SeekMode.Start);
  const buffer = new Uint8Array(256 * 1024);
  const line = new LineBuffer();
  for (let n = await file.read(buffer); n !== null; n = await file.read(buffer)) {
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end !== -1 && end < n;) {
      line.push(buffer.subarray(start, end));
      yield* line.take();
      start = end + 1;
      end = buffer.indexOf(NEWLINE, start);
    }
    line.push(buffer.slice(start, n));
  }
  yield* line.take();
}

const NEWLINE = 0x0a;

/** The pieces of one line. */
class LineBuffer {
  #pieces: Uint8Array[] = [];
  #length = 0;

  push(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > MAX_LINE_BYTES) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  /** The value of the line, where it has one; a blank line has none. */
  *take(): Generator<unknown> {
    const [pieces, length] = [this.#pieces, this.#length];
    [this.#pieces, this.#length] = [[], 0];
    if (length > MAX_LINE_BYTES) return yield undefined;
    const text = decode(pieces);
    if (text.trim() !== "") yield parse(text);
  }
}

function decode(pieces: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  const texts = pieces.map((piece) => decoder.decode(piece, { stream: true }));
  return texts.join("") + decoder.decode();
}

/** A torn or foreign line is no reason to lose the others. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
