/** An update's chunks over a file's bytes: what is not touched stays as it was, to the byte. Pure. */

import { ToolError } from "../../src/protocol/error.ts";
import { type FileLines, joinBytes, lineEnd, sliceLines, splitLines } from "./file_lines.ts";
import { LineIndex } from "./match.ts";
import type { Chunk, PatchLine } from "./parse.ts";

/** A place that was changed, its lines as the file spells them. Lines count from 0. */
export interface Hunk {
  readonly oldStart: number;
  readonly newStart: number;
  readonly lines: readonly PatchLine[];
}

export interface Update {
  readonly content: Uint8Array;
  readonly hunks: readonly Hunk[];
}

/** A chunk and the lines that it takes the place of. */
interface Fit {
  readonly at: number;
  readonly count: number;
  readonly lines: readonly PatchLine[];
}

/** Fails with what could not be found, as codex-cli 0.115.0 says it. */
export function updateContent(
  content: Uint8Array,
  { chunks, path }: { chunks: readonly Chunk[]; path: string },
): Update {
  const file = splitLines(content);
  const index = new LineIndex(file.texts);
  const fits: Fit[] = [];
  let cursor = 0;
  for (const chunk of chunks) {
    const from = afterContexts(index, { chunk, cursor, path });
    // The end of the file needs no search: the context may be the chunk's own first line.
    const fit = fitChunk(index, { chunk, from: chunk.isEndOfFile ? cursor : from, path });
    fits.push(fit);
    // What is only added goes to the end, and the search goes on where it was.
    cursor = fit.count === 0 ? from : fit.at + fit.count;
  }
  return rewrite(file, fits.toSorted((a, b) => a.at - b.at));
}

function afterContexts(
  index: LineIndex,
  { chunk, cursor, path }: { chunk: Chunk; cursor: number; path: string },
): number {
  let from = cursor;
  for (const context of chunk.contexts) {
    const at = index.find([context], { from, atEnd: false });
    if (at === undefined) throw failed(`Failed to find context '${context}' in ${path}`);
    from = at + 1;
  }
  return from;
}

function fitChunk(
  index: LineIndex,
  { chunk, from, path }: { chunk: Chunk; from: number; path: string },
): Fit {
  const { lines, isEndOfFile } = chunk;
  const wanted = oldTexts(lines);
  if (wanted.length === 0) return { at: index.lines.length, count: 0, lines };
  const place = { from, atEnd: isEndOfFile };
  const at = index.find(wanted, place);
  if (at !== undefined) return { at, count: wanted.length, lines };
  if (wanted.at(-1) === "") {
    const fewer = wanted.slice(0, -1);
    const found = fewer.length === 0 ? from : index.find(fewer, place);
    if (found !== undefined) {
      return { at: found, count: fewer.length, lines: withoutLastBlank(lines) };
    }
  }
  throw failed(`Failed to find expected lines in ${path}:\n${wanted.join("\n")}`);
}

function oldTexts(lines: readonly PatchLine[]): string[] {
  return lines.filter(({ kind }) => kind !== "+").map(({ text }) => text);
}

/**
 * The blank line at the end of a chunk may stand for the end of the file: it is no longer looked
 * for, and none is written in its place. Before lines that are added it is one more of them.
 */
function withoutLastBlank(lines: readonly PatchLine[]): PatchLine[] {
  const last = lines.findLastIndex(({ kind }) => kind !== "+");
  const rest = lines.flatMap((line, index): PatchLine[] => {
    if (index !== last) return [line];
    return line.kind === "-" ? [] : [{ kind: "+", text: "" }];
  });
  const end = rest.findLastIndex(({ kind }) => kind !== "-");
  if (rest[end]?.text !== "") return rest;
  const gone: PatchLine[] = rest[end].kind === " " ? [{ kind: "-", text: "" }] : [];
  return rest.toSpliced(end, 1, ...gone);
}

function rewrite(file: FileLines, fits: readonly Fit[]): Update {
  const parts: Uint8Array[] = [];
  const hunks: Hunk[] = [];
  let copied = 0;
  let grown = 0;
  for (const { at, count, lines } of fits) {
    parts.push(sliceLines(file, { from: copied, to: at }));
    parts.push(...newLines(file, { at, lines }));
    const shown = spelledByFile(file, { at, lines });
    hunks.push({ oldStart: at, newStart: at + grown, lines: shown });
    copied = at + count;
    grown += lines.filter(({ kind }) => kind !== "-").length - count;
  }
  parts.push(sliceLines(file, { from: copied, to: file.texts.length }));
  return { content: joinBytes([file.mark, ...parts]), hunks };
}

/** Context is the file's own; what is added ends as the line before it in the chunk does. */
function newLines(
  file: FileLines,
  { at, lines }: { at: number; lines: readonly PatchLine[] },
): Uint8Array[] {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let index = at;
  for (const { kind, text } of lines) {
    if (kind === "+") {
      const neighbour = index > at || index >= file.texts.length ? index - 1 : index;
      parts.push(encoder.encode(text + lineEnd(file, neighbour)));
      continue;
    }
    if (kind === " ") parts.push(sliceLines(file, { from: index, to: index + 1 }));
    index++;
  }
  return parts;
}

function spelledByFile(
  file: FileLines,
  { at, lines }: { at: number; lines: readonly PatchLine[] },
): PatchLine[] {
  let index = at;
  return lines.map((line) =>
    line.kind === "+" ? line : {
      kind: line.kind,
      text: file.texts[index++] ?? line.text,
    }
  );
}

function failed(reason: string): ToolError {
  return new ToolError(`apply_patch verification failed: ${reason}`);
}
