/** Text cut to a budget: its first and last part stay, the middle is counted. */

import type { TruncationPolicy } from "./model_info.ts";

/** A token is taken for four bytes. */
const BYTES_PER_TOKEN = 4;

/** Rounded up. */
export function approxTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function budgetBytes({ mode, limit }: TruncationPolicy): number {
  return mode === "tokens" ? limit * BYTES_PER_TOKEN : limit;
}

/** Half of the budget from each end, whole characters only; text within it is not touched. */
export function truncateText(
  text: string,
  policy: TruncationPolicy,
): { text: string; truncated: boolean } {
  const budget = budgetBytes(policy);
  if (text.length * 3 <= budget) return { text, truncated: false };
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= budget) return { text, truncated: false };
  const left = Math.floor(budget / 2);
  const headEnd = boundaryBefore(bytes, left);
  const tailStart = boundaryAfter(bytes, bytes.length - (budget - left));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const removed = policy.mode === "tokens"
    ? `${approxTokens(tailStart - headEnd)} tokens`
    : `${countCharacters(bytes.subarray(headEnd, tailStart))} chars`;
  const head = decoder.decode(bytes.subarray(0, headEnd));
  const tail = decoder.decode(bytes.subarray(tailStart));
  return { text: `${head}…${removed} truncated…${tail}`, truncated: true };
}

/** How many lines a text has, an unfinished last one counted. */
export function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return text === "" || text.endsWith("\n") ? lines : lines + 1;
}

function boundaryBefore(bytes: Uint8Array, at: number): number {
  let index = at;
  while (index > 0 && isContinuation(bytes[index])) index--;
  return index;
}

function boundaryAfter(bytes: Uint8Array, at: number): number {
  let index = at;
  while (index < bytes.length && isContinuation(bytes[index])) index++;
  return index;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function countCharacters(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (!isContinuation(byte)) count++;
  return count;
}
