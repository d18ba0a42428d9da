/** The text of a patch becomes operations. Pure; the messages are those of codex-cli 0.115.0. */

import { ToolError } from "../../src/protocol/error.ts";

export interface PatchLine {
  /** Context, added or removed. */
  readonly kind: " " | "+" | "-";
  readonly text: string;
}

export interface Chunk {
  /** Lines that the chunk stands somewhere after, each below the one before. */
  readonly contexts: readonly string[];
  readonly lines: readonly PatchLine[];
  readonly isEndOfFile: boolean;
}

/** Paths as the patch gives them. */
export type Operation =
  | { type: "add"; path: string; lines: readonly string[] }
  | { type: "delete"; path: string }
  | { type: "update"; path: string; movePath?: string; chunks: readonly Chunk[] };

const BEGIN = "*** Begin Patch";
const END = "*** End Patch";
const ADD = "*** Add File: ";
const DELETE = "*** Delete File: ";
const UPDATE = "*** Update File: ";
const MOVE = "*** Move to: ";
const END_OF_FILE = "*** End of File";

/** Lines between the two markers; line `n` of them is line `n + 2` of the patch. */
interface Body {
  readonly lines: readonly string[];
}

/** What was read, and where to go on. */
interface Read<T> {
  readonly value: T;
  readonly next: number;
}

export function parsePatch(text: string): Operation[] {
  const body = bodyOf(text);
  const operations: Operation[] = [];
  for (let at = 0; at < body.lines.length;) {
    const { value, next } = readOperation(body, at);
    operations.push(value);
    at = next;
  }
  if (operations.length === 0) throw new ToolError("patch rejected: empty patch");
  return operations;
}

function bodyOf(text: string): Body {
  const trimmed = text.trim();
  const all = trimmed === "" ? [] : trimmed.split(/\r?\n/);
  const lines = withoutHeredoc(all);
  const first = lines[0]?.trim();
  if (first !== undefined && first !== BEGIN) {
    throw invalid(`The first line of the patch must be '${BEGIN}'`);
  }
  if (lines.length < 2 || lines.at(-1)?.trim() !== END) {
    throw invalid(`The last line of the patch must be '${END}'`);
  }
  return { lines: lines.slice(1, -1) };
}

/** Models wrap a patch in a here-document even where there is no shell. */
function withoutHeredoc(lines: readonly string[]): readonly string[] {
  const isWrapped = lines.length >= 4 && /^<<(?:EOF|'EOF'|"EOF")$/.test(lines[0] ?? "") &&
    (lines.at(-1) ?? "").endsWith("EOF");
  return isWrapped ? lines.slice(1, -1) : lines;
}

function readOperation({ lines }: Body, at: number): Read<Operation> {
  const header = (lines[at] ?? "").trim();
  if (header.startsWith(ADD)) {
    const path = checkedPath(header.slice(ADD.length), { header, at });
    const added: string[] = [];
    let next = at + 1;
    for (; lines[next]?.startsWith("+"); next++) added.push((lines[next] ?? "").slice(1));
    return { value: { type: "add", path, lines: added }, next };
  }
  if (header.startsWith(DELETE)) {
    const path = checkedPath(header.slice(DELETE.length), { header, at });
    return { value: { type: "delete", path }, next: at + 1 };
  }
  if (header.startsWith(UPDATE)) {
    const path = checkedPath(header.slice(UPDATE.length), { header, at });
    return readUpdate({ lines }, at, { path });
  }
  throw invalidHunk(
    at,
    `'${header}' is not a valid hunk header. Valid hunk headers: '${ADD}{path}', ` +
      `'${DELETE}{path}', '${UPDATE}{path}'`,
  );
}

function readUpdate({ lines }: Body, at: number, { path }: { path: string }): Read<Operation> {
  let next = at + 1;
  let movePath: string | undefined;
  const move = lines[next] ?? "";
  if (move.startsWith(MOVE)) {
    movePath = checkedPath(move.slice(MOVE.length).trimEnd(), { header: move.trim(), at: next });
    next++;
  }
  const chunks: Chunk[] = [];
  while (next < lines.length) {
    const line = lines[next] ?? "";
    if (line.trim() === "") {
      next++;
      continue;
    }
    if (line.startsWith("***")) break;
    const read = readChunk({ lines }, next, { isFirst: chunks.length === 0 });
    chunks.push(read.value);
    next = read.next;
  }
  if (chunks.length === 0) {
    throw invalidHunk(at, `Update file hunk for path '${path}' is empty`);
  }
  const value: Operation = {
    type: "update",
    path,
    ...movePath !== undefined && { movePath },
    chunks,
  };
  return { value, next };
}

function readChunk({ lines }: Body, at: number, { isFirst }: { isFirst: boolean }): Read<Chunk> {
  const first = lines[at] ?? "";
  if (!isFirst && !isMarker(first)) {
    throw invalidHunk(
      at,
      `Expected update hunk to start with a @@ context marker, got: '${first}'`,
    );
  }
  const contexts: string[] = [];
  let next = at;
  for (; isMarker(lines[next] ?? ""); next++) contexts.push((lines[next] ?? "").slice(3));
  const changes: PatchLine[] = [];
  let isEndOfFile = false;
  for (; next < lines.length && !isEndOfFile; next++) {
    const line = lines[next] ?? "";
    isEndOfFile = line.trimEnd() === END_OF_FILE;
    const change = isEndOfFile ? undefined : patchLine(line);
    if (change) changes.push(change);
    else if (changes.length === 0) throw emptyChunk(line, { at, isEndOfFile });
    else if (!isEndOfFile) break;
  }
  // 0.115.0 counts from the chunk's first line, whether that is a marker or not.
  if (changes.length === 0) throw invalidHunk(at + 1, "Update hunk does not contain any lines");
  const named = contexts.filter((context) => context.trim() !== "");
  return { value: { contexts: named, lines: changes, isEndOfFile }, next };
}

function isMarker(line: string): boolean {
  return line === "@@" || line.startsWith("@@ ");
}

/** An empty line is context: editors take the space off. */
function patchLine(line: string): PatchLine | undefined {
  const mark = line[0] ?? " ";
  if (mark !== " " && mark !== "+" && mark !== "-") return undefined;
  return { kind: mark, text: line.slice(1) };
}

function emptyChunk(line: string, options: { at: number; isEndOfFile: boolean }): ToolError {
  const { at, isEndOfFile } = options;
  if (isEndOfFile) return invalidHunk(at + 1, "Update hunk does not contain any lines");
  return invalidHunk(
    at + 1,
    `Unexpected line found in update hunk: '${line}'. Every line should start with ' ' ` +
      "(context line), '+' (added line), or '-' (removed line)",
  );
}

function checkedPath(path: string, { header, at }: { header: string; at: number }): string {
  if (path.trim() === "") throw invalidHunk(at, `'${header}' names no path`);
  if (path.includes("\0")) throw invalidHunk(at, "the path holds a NUL character");
  return path;
}

function invalid(reason: string): ToolError {
  return new ToolError(`apply_patch verification failed: invalid patch: ${reason}`);
}

/** `at` counts within the body. */
function invalidHunk(at: number, reason: string): ToolError {
  return new ToolError(
    `apply_patch verification failed: invalid hunk at line ${at + 2}, ${reason}`,
  );
}
