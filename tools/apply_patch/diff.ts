/** A patch as people read it: a unified diff, no longer than a screen or two. Pure. */

import type { Hunk } from "./apply.ts";
import type { Operation } from "./parse.ts";

export interface FileDiff {
  readonly operation: Operation;
  /** Of an update. */
  readonly hunks: readonly Hunk[];
}

const MOST_LINES = 200;
const LONGEST_LINE = 400;

export function formatDiff(files: readonly FileDiff[]): string {
  const lines = files.flatMap(fileLines);
  const shown = lines.length > MOST_LINES ? lines.slice(0, MOST_LINES - 1) : lines;
  const rest = lines.length - shown.length;
  return [...shown, ...rest > 0 ? [`… ${rest} more lines`] : []]
    .map((line) => `${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line}\n`)
    .join("");
}

function fileLines({ operation, hunks }: FileDiff): string[] {
  const { path } = operation;
  switch (operation.type) {
    case "add": {
      const { lines } = operation;
      const head = lines.length === 0 ? [] : [`@@ -0,0 +${range(0, lines.length)} @@`];
      return ["--- /dev/null", `+++ ${path}`, ...head, ...lines.map((line) => `+${line}`)];
    }
    case "delete":
      return [`--- ${path}`, "+++ /dev/null"];
    case "update":
      return [`--- ${path}`, `+++ ${operation.movePath ?? path}`, ...hunks.flatMap(hunkLines)];
  }
}

function hunkLines({ oldStart, newStart, lines }: Hunk): string[] {
  const old = lines.filter(({ kind }) => kind !== "+").length;
  const fresh = lines.filter(({ kind }) => kind !== "-").length;
  const head = `@@ -${range(oldStart, old)} +${range(newStart, fresh)} @@`;
  return [head, ...lines.map(({ kind, text }) => `${kind}${text}`)];
}

/** Of no lines, the line before them is named. */
function range(start: number, count: number): string {
  return `${count === 0 ? start : start + 1},${count}`;
}
