/** Where the lines of a chunk stand in a file: exactly, else more and more loosely. Pure. */

/** In the order in which they are tried, each over all that may be searched. */
const GRADES: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plain(line.trim()),
];

/** A file's lines, each grade of them made once however many chunks look for their place. */
export class LineIndex {
  readonly #grades: (readonly string[])[];

  constructor(readonly lines: readonly string[]) {
    this.#grades = [lines];
  }

  /** The first of the lines that are `wanted`, at or after `from`; only the last ones `atEnd`. */
  find(
    wanted: readonly string[],
    { from, atEnd }: { from: number; atEnd: boolean },
  ): number | undefined {
    const last = this.lines.length - wanted.length;
    const start = atEnd ? Math.max(last, from) : from;
    if (start > last) return undefined;
    for (const [grade, loosen] of GRADES.entries()) {
      const lines = this.#grades[grade] ??= this.lines.map(loosen);
      const target = grade === 0 ? wanted : wanted.map(loosen);
      for (let at = start; at <= last; at++) {
        if (target.every((line, offset) => lines[at + offset] === line)) return at;
      }
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
