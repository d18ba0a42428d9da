/** The lines of an indented block around a line: what encloses it, as far as is asked for. Pure. */

import { ToolError } from "../src/protocol/error.ts";

export interface BlockOptions {
  /** Counted from 1. */
  readonly anchor: number;
  readonly limit: number;
  readonly anchor_line?: number | undefined;
  readonly max_levels?: number | undefined;
  readonly include_siblings?: boolean | undefined;
  readonly include_header?: boolean | undefined;
  readonly max_lines?: number | undefined;
}

const TAB_WIDTH = 4;
const COMMENT = /^\s*(#|\/\/|--)/;

/** Line numbers in order; grows from the anchor both ways, line by line. */
export function indentedBlock(lines: readonly string[], options: BlockOptions): number[] {
  const anchor = options.anchor_line ?? options.anchor;
  const most = options.max_lines ?? options.limit;
  if (anchor === 0) throw new ToolError("anchor_line must be a 1-indexed line number");
  if (anchor > lines.length) throw new ToolError("anchor_line exceeds file length");
  if (most === 0) throw new ToolError("max_lines must be greater than zero");
  const indents = indentsOf(lines);
  const least = leastIndent(indents[anchor - 1] ?? 0, options.max_levels ?? 0);
  const limit = Math.min(most, options.limit, lines.length);
  const up = new Edge({ lines, indents, least, step: -1, options });
  const down = new Edge({ lines, indents, least, step: 1, options });
  const taken = [anchor];
  let above = anchor - 1;
  let below = anchor + 1;
  while (taken.length < limit && (up.open || down.open)) {
    if (up.open && above >= 1 && up.takes(above)) taken.unshift(above--);
    else up.open = false;
    if (taken.length >= limit) break;
    if (down.open && below <= lines.length && down.takes(below)) taken.push(below++);
    else down.open = false;
  }
  return withoutBlankEnds(taken, lines);
}

function leastIndent(anchorIndent: number, levels: number): number {
  return levels === 0 ? 0 : Math.max(0, anchorIndent - levels * TAB_WIDTH);
}

/** A blank line belongs where the line before it does. */
function indentsOf(lines: readonly string[]): number[] {
  let last = 0;
  return lines.map((line) => {
    if (line.trim() === "") return last;
    const [white = ""] = /^[ \t]*/.exec(line) ?? [];
    last = [...white].reduce((sum, char) => sum + (char === "\t" ? TAB_WIDTH : 1), 0);
    return last;
  });
}

interface EdgeInput {
  readonly lines: readonly string[];
  readonly indents: readonly number[];
  readonly least: number;
  readonly step: 1 | -1;
  readonly options: BlockOptions;
}

/** One end of the block as it grows; it stops at the second line of its outermost level. */
class Edge {
  open = true;
  readonly #input: EdgeInput;
  #metLeast = false;

  constructor(input: EdgeInput) {
    this.#input = input;
  }

  takes(number: number): boolean {
    const { lines, indents, least, step, options } = this.#input;
    const indent = indents[number - 1] ?? 0;
    if (indent < least) return false;
    if (indent > least || options.include_siblings) return true;
    const header = step === -1 && (options.include_header ?? true) &&
      COMMENT.test(lines[number - 1] ?? "");
    if (this.#metLeast) return header;
    this.#metLeast = !header;
    // Downwards a line of the outermost level begins the next block.
    return step === -1 || header;
  }
}

function withoutBlankEnds(numbers: number[], lines: readonly string[]): number[] {
  const isBlank = (n: number | undefined) => n !== undefined && (lines[n - 1] ?? "").trim() === "";
  let start = 0;
  let end = numbers.length;
  while (start < end && isBlank(numbers[start])) start++;
  while (end > start && isBlank(numbers[end - 1])) end--;
  return numbers.slice(start, end);
}
