/** An update's chunks over a file's bytes: what is not touched stays as it was, to the byte. Pure. */

import { ToolError } from "../../src/protocol/error.ts";
import { findLines } from "./match.ts";
import type { Chunk } from "./parse.ts";

interface Line {
  /** The bytes, without the line end. */
  readonly bytes: Uint8Array;
  readonly end: "\n" | "\r\n";
}

interface Replacement {
  readonly at: number;
  readonly count: number;
  readonly lines: Line[];
}

/** Fails with what could not be found, as codex-cli 0.115.0 says it. */
export function updateContent(
  content: Uint8Array,
  { chunks, path }: { chunks: readonly Chunk[]; path: string },
): Uint8Array {
  const lines = toLines(content);
  const decoder = new TextDecoder();
  const texts = lines.map(({ bytes }) => decoder.decode(bytes));
  const usual = lines.filter(({ end }) => end === "\r\n").length * 2 > lines.length ? "\r\n" : "\n";
  const replacements: Replacement[] = [];
  let cursor = 0;
  for (const chunk of chunks) {
    const place = locate(texts, { chunk, cursor, path });
    replacements.push({ ...place, lines: newLines(chunk, { lines, at: place.at, usual }) });
    cursor = Math.max(cursor, place.at + place.count);
  }
  return toBytes(replaceAll(lines, replacements));
}

function locate(
  texts: readonly string[],
  { chunk, cursor, path }: { chunk: Chunk; cursor: number; path: string },
): { at: number; count: number } {
  let from = cursor;
  if (chunk.context !== undefined) {
    const options = { from, atEnd: false };
    const at = findLines(texts, [chunk.context], options) ??
      findLines(texts, [chunk.context], { ...options, from: 0 });
    if (at === undefined) {
      throw failed(`Failed to find context '${chunk.context}' in ${path}`);
    }
    from = at + 1;
  }
  const old = chunk.lines.flatMap(({ kind, text }) => kind === "+" ? [] : [text]);
  if (old.length === 0) return { at: texts.length, count: 0 };
  const atEnd = chunk.isEndOfFile;
  for (const wanted of [old, ...old.at(-1) === "" ? [old.slice(0, -1)] : []]) {
    const at = findLines(texts, wanted, { from, atEnd }) ??
      findLines(texts, wanted, { from: 0, atEnd });
    if (at !== undefined) return { at, count: wanted.length };
  }
  throw failed(`Failed to find expected lines in ${path}:\n${old.join("\n")}`);
}

/** Context keeps the file's own spelling; what is added takes the line end of where it goes. */
function newLines(
  chunk: Chunk,
  { lines, at, usual }: { lines: readonly Line[]; at: number; usual: Line["end"] },
): Line[] {
  const encoder = new TextEncoder();
  const result: Line[] = [];
  let index = at;
  for (const { kind, text } of chunk.lines) {
    const own = lines[index];
    if (kind === "+") {
      result.push({ bytes: encoder.encode(text), end: own?.end ?? lines[index - 1]?.end ?? usual });
      continue;
    }
    if (kind === " " && own) result.push(own);
    index++;
  }
  return result;
}

function replaceAll(lines: readonly Line[], replacements: readonly Replacement[]): Line[] {
  const sorted = replacements.toSorted((a, b) => a.at - b.at);
  const result: Line[] = [];
  let at = 0;
  for (const replacement of sorted) {
    result.push(...lines.slice(at, replacement.at), ...replacement.lines);
    at = Math.max(at, replacement.at + replacement.count);
  }
  for (const line of lines.slice(at)) result.push(line);
  return result;
}

const NEWLINE = 10;
const RETURN = 13;

function toLines(content: Uint8Array): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < content.length;) {
    const newline = content.indexOf(NEWLINE, start);
    const stop = newline < 0 ? content.length : newline;
    const isDos = newline > start && content[newline - 1] === RETURN;
    lines.push({
      bytes: content.subarray(start, isDos ? stop - 1 : stop),
      end: isDos ? "\r\n" : "\n",
    });
    start = stop + 1;
  }
  return lines;
}

function toBytes(lines: readonly Line[]): Uint8Array {
  const size = lines.reduce((sum, { bytes, end }) => sum + bytes.length + end.length, 0);
  const result = new Uint8Array(size);
  let at = 0;
  for (const { bytes, end } of lines) {
    result.set(bytes, at);
    at += bytes.length;
    if (end === "\r\n") result[at++] = RETURN;
    result[at++] = NEWLINE;
  }
  return result;
}

function failed(reason: string): ToolError {
  return new ToolError(`apply_patch verification failed: ${reason}`);
}
