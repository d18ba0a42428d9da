/** Where the lines of a chunk stand in a file: exactly, else more and more loosely. Pure. */

/** In the order in which they are tried over the whole file. */
const GRADES: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plain(line.trim()),
];

/** Index of the first line of `wanted` at or after `from`; at the end of the file first where asked. */
export function findLines(
  lines: readonly string[],
  wanted: readonly string[],
  { from, atEnd }: { from: number; atEnd: boolean },
): number | undefined {
  if (wanted.length === 0) return from;
  if (wanted.length > lines.length) return undefined;
  const last = lines.length - wanted.length;
  const start = atEnd ? Math.max(last, from) : from;
  for (const grade of GRADES) {
    const target = wanted.map(grade);
    for (let at = start; at <= last; at++) {
      if (target.every((line, index) => grade(lines[at + index] ?? "") === line)) return at;
    }
  }
  return undefined;
}

const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/[\u2010-\u2015\u2212]/g, "-"],
  [/[\u2018-\u201b]/g, "'"],
  [/[\u201c-\u201f]/g, '"'],
  [/[\u00a0\u2002-\u200a\u202f\u205f\u3000]/g, " "],
];

/** Typographic punctuation as a keyboard has it. */
function plain(line: string): string {
  return PLAIN.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}
