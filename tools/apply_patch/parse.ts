/** The text of a patch becomes operations. Pure; the messages are those of codex-cli 0.115.0. */

import { ToolError } from "../../src/protocol/error.ts";

export interface Chunk {
  /** The text behind `@@`, which the chunk stands after. */
  readonly context: string | undefined;
  readonly lines: { kind: " " | "+" | "-"; text: string }[];
  isEndOfFile: boolean;
}

export type Operation =
  | { type: "add"; path: string; lines: string[] }
  | { type: "delete"; path: string }
  | { type: "update"; path: string; movePath?: string; chunks: Chunk[] };

const BEGIN = "*** Begin Patch";
const END = "*** End Patch";
const ADD = "*** Add File: ";
const DELETE = "*** Delete File: ";
const UPDATE = "*** Update File: ";
const MOVE = "*** Move to: ";
const END_OF_FILE = "*** End of File";

export function parsePatch(text: string): Operation[] {
  const lines = patchLines(text);
  if (text.trim() !== "" && lines[0]?.trim() !== BEGIN) {
    throw invalid(`The first line of the patch must be '${BEGIN}'`);
  }
  if (lines.at(-1)?.trim() !== END) {
    throw invalid(`The last line of the patch must be '${END}'`);
  }
  const operations: Operation[] = [];
  for (let at = 1; at < lines.length - 1;) {
    if ((lines[at] ?? "").trim() === "") {
      at++;
      continue;
    }
    const { operation, next } = readOperation(lines, at);
    operations.push(operation);
    at = next;
  }
  if (operations.length === 0) throw new ToolError("patch rejected: empty patch");
  return operations;
}

/** Without white space around it, and without the here-document that models wrap it in. */
function patchLines(text: string): string[] {
  const lines = text.trim().split("\n").map((line) =>
    line.endsWith("\r") ? line.slice(0, -1) : line
  );
  const isHeredoc = /^<<-?\s*(['"]?)EOF\1$/.test(lines[0] ?? "") && lines.at(-1)?.trim() === "EOF";
  return isHeredoc && lines.length >= 4 ? lines.slice(1, -1) : lines;
}

function readOperation(
  lines: readonly string[],
  at: number,
): { operation: Operation; next: number } {
  const header = (lines[at] ?? "").trim();
  if (header.startsWith(ADD)) return readAdd(lines, at, header.slice(ADD.length));
  if (header.startsWith(DELETE)) {
    return {
      operation: { type: "delete", path: checked(header.slice(DELETE.length)) },
      next: at + 1,
    };
  }
  if (header.startsWith(UPDATE)) return readUpdate(lines, at, header.slice(UPDATE.length));
  throw invalidHunk(
    at + 1,
    `'${header}' is not a valid hunk header. Valid hunk headers: '${ADD}{path}', ` +
      `'${DELETE}{path}', '${UPDATE}{path}'`,
  );
}

function readAdd(lines: readonly string[], at: number, path: string) {
  const added: string[] = [];
  let next = at + 1;
  while (lines[next]?.startsWith("+")) added.push((lines[next++] ?? "").slice(1));
  const operation: Operation = { type: "add", path: checked(path), lines: added };
  return { operation, next };
}

function readUpdate(lines: readonly string[], at: number, path: string) {
  let next = at + 1;
  const isMove = lines[next]?.startsWith(MOVE) ?? false;
  const movePath = isMove ? (lines[next++] ?? "").slice(MOVE.length).trim() : undefined;
  const chunks: Chunk[] = [];
  while (next < lines.length - 1) {
    const line = lines[next] ?? "";
    if (line.trim() === "" && isHeaderAhead(lines, next)) next++;
    else if (line.startsWith("***") && line.trim() !== END_OF_FILE) break;
    else next = readChunk(lines, next, chunks);
  }
  if (chunks.length === 0) {
    throw invalidHunk(at + 1, `Update file hunk for path '${path}' is empty`);
  }
  const operation: Operation = {
    type: "update",
    path: checked(path),
    ...movePath !== undefined && { movePath: checked(movePath) },
    chunks,
  };
  return { operation, next };
}

/** Blank lines between operations belong to none of them. */
function isHeaderAhead(lines: readonly string[], at: number): boolean {
  const line = lines.slice(at).find((text) => text.trim() !== "") ?? "";
  return /^\*\*\* (Add|Delete|Update) File: |^\*\*\* End Patch/.test(line);
}

function readChunk(lines: readonly string[], at: number, chunks: Chunk[]): number {
  const first = lines[at] ?? "";
  let next = at;
  let context: string | undefined;
  if (first === "@@" || first.startsWith("@@ ")) {
    context = first.slice(3) || undefined;
    next++;
  } else if (chunks.length > 0) {
    throw invalidHunk(
      at + 1,
      `Expected update hunk to start with a @@ context marker, got: '${first}'`,
    );
  }
  const chunk: Chunk = { context, lines: [], isEndOfFile: false };
  for (; next < lines.length - 1; next++) {
    const line = lines[next] ?? "";
    const [mark = ""] = line;
    if (line.trim() === END_OF_FILE) {
      chunk.isEndOfFile = true;
      next++;
      break;
    }
    if (line === "") chunk.lines.push({ kind: " ", text: "" });
    else if (mark === " " || mark === "+" || mark === "-") {
      chunk.lines.push({ kind: mark, text: line.slice(1) });
    } else break;
  }
  if (chunk.lines.length === 0) throw emptyChunk(lines, next);
  chunks.push(chunk);
  return next;
}

function emptyChunk(lines: readonly string[], at: number): ToolError {
  const line = lines[at] ?? "";
  if (at >= lines.length - 1 || line.startsWith("***")) {
    return invalidHunk(at + 1, "Update hunk does not contain any lines");
  }
  return invalidHunk(
    at + 2, // 0.115.0 counts from the line behind
    `Unexpected line found in update hunk: '${line}'. Every line should start with ' ' ` +
      "(context line), '+' (added line), or '-' (removed line)",
  );
}

function checked(path: string): string {
  const trimmed = path.trim();
  if (trimmed === "" || trimmed.includes("\0")) throw invalid("A path is empty or holds a NUL");
  return trimmed;
}

function invalid(reason: string): ToolError {
  return new ToolError(`apply_patch verification failed: invalid patch: ${reason}`);
}

function invalidHunk(line: number, reason: string): ToolError {
  return new ToolError(`apply_patch verification failed: invalid hunk at line ${line}, ${reason}`);
}
