/** Where the lines of a chunk stand in a file: exactly, else more and more loosely. Pure. */

/** In the order in which they are tried, each over all that may be searched. */
const GRADES: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plain(line.trim()),
];

/** A file's lines, each grade of them prepared once however many chunks look for their place. */
export class LineIndex {
  readonly #grades: Grade[] = [];

  constructor(readonly lines: readonly string[]) {}

  /** The first of the lines that are `wanted`, at or after `from`; only the last ones `atEnd`. */
  find(
    wanted: readonly string[],
    { from, atEnd }: { from: number; atEnd: boolean },
  ): number | undefined {
    const last = this.lines.length - wanted.length;
    const start = atEnd ? Math.max(last, from) : from;
    if (start > last) return undefined;
    for (const [number, loosen] of GRADES.entries()) {
      const grade = this.#grades[number] ??= new Grade(this.lines.map(loosen));
      const at = grade.find(wanted.map(loosen), { from: start, to: last });
      if (at !== undefined) return at;
    }
    return undefined;
  }
}

class Grade {
  readonly #lines: readonly string[];
  readonly #first = new Map<string, number>();
  /** For each line the next one that is equal; -1 after the last. */
  readonly #next: Int32Array;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#next = new Int32Array(lines.length).fill(-1);
    for (let at = lines.length - 1; at >= 0; at--) {
      const line = lines[at] ?? "";
      this.#next[at] = this.#first.get(line) ?? -1;
      this.#first.set(line, at);
    }
  }

  find(wanted: readonly string[], { from, to }: { from: number; to: number }): number | undefined {
    const [line = ""] = wanted;
    for (let at = this.#first.get(line) ?? -1; at >= 0 && at <= to; at = this.#next[at] ?? -1) {
      if (at < from) continue;
      if (wanted.every((text, offset) => this.#lines[at + offset] === text)) return at;
    }
    return undefined;
  }
}

const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/[\u2010-\u2015\u2212]/g, "-"],
  [/[\u2018-\u201b]/g, "'"],
  [/[\u201c-\u201f]/g, '"'],
  [/[\u00a0\u2002-\u200a\u202f\u205f\u3000]/g, " "],
];

/** Typographic punctuation as a keyboard has it. */
function plain(line: string): string {
  if (!/[\u00a0-\uffff]/.test(line)) return line;
  return PLAIN.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}
