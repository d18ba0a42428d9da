/** config.toml as text and as a checked table: what is wrong is named with its place. */

import { parse } from "@std/toml";
import { ConfigError, errorMessage } from "../protocol/error.ts";
import type { Table } from "./overrides.ts";
import { CONFIG, type ConfigTable, knownKeys } from "./schema.ts";
import * as z from "zod/mini";

export interface ConfigText {
  readonly path: string;
  readonly text: string;
  readonly table: Table;
}

/** Nothing for a file that is not there and not asked for by name. */
export async function readConfigFile(
  path: string,
  { required }: { required: boolean },
): Promise<ConfigText | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound && !required) return undefined;
    throw new ConfigError(`Cannot read "${path}": ${errorMessage(cause)}`, { cause });
  }
  try {
    return { path, text, table: parse(text) as Table };
  } catch (cause) {
    const [reason = ""] = errorMessage(cause).replace(/^Invalid TOML document: /, "").split("\n");
    const { line, column } = cause as { line?: number; column?: number };
    const place = line === undefined ? "" : `line ${line}, column ${column}: `;
    throw new ConfigError(`Cannot read "${path}": ${place}${reason}`, { cause });
  }
}

/** Fails with the first key that does not fit: file, line where known, key, what was expected. */
export function checkConfig(table: Table, file: ConfigText | undefined): ConfigTable {
  const result = z.safeParse(CONFIG, table);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).map(String);
  const found = path.reduce<unknown>((at, key) => (at as Table | undefined)?.[key], table);
  const expected = issue ? expectation(issue) : "another value";
  throw new ConfigError(
    `Cannot use ${placeOf(path, file)}: key "${path.join(".")}" has to be ${expected}, ` +
      `not ${JSON.stringify(found)}`,
  );
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int" ? "a whole number" : `of type ${issue.expected}`;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(", ");
    case "too_small":
      return `at least ${issue.minimum}`;
    default:
      return "another value";
  }
}

export interface UnknownKey {
  readonly message: string;
}

/** A misspelt key would be a setting that silently does nothing. */
export function unknownKeys(file: ConfigText): UnknownKey[] {
  return [...unknownIn(file.table, [])].map(({ path, nearest }) => {
    const hint = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
    return { message: `${placeOf(path, file)}: unknown key "${path.join(".")}"${hint}` };
  });
}

function* unknownIn(
  table: Table,
  path: readonly string[],
): Generator<{ path: string[]; nearest: string | undefined }> {
  const known = knownKeys(path);
  for (const [key, value] of Object.entries(table)) {
    const here = [...path, key];
    if (known && !known.includes(key)) yield { path: here, nearest: nearestWord(key, known) };
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      yield* unknownIn(value as Table, here);
    }
  }
}

/** `"config.toml" line 3`, the line being that of the key's last part. */
function placeOf(path: readonly string[], file: ConfigText | undefined): string {
  if (!file) return "the configuration";
  const key = path.at(-1) ?? "";
  const escaped = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const lines = file.text.split("\n");
  const pattern = new RegExp(`^\\s*(\\[.*["'.]?${escaped}["']?\\]|["']?${escaped}["']?\\s*=)`);
  const header = path.length > 1
    ? lines.findIndex((line) => line.trim().startsWith("[") && line.includes(path.at(-2) ?? ""))
    : 0;
  const at = lines.findIndex((line, index) => index >= header && pattern.test(line));
  return at < 0 ? `"${file.path}"` : `"${file.path}" line ${at + 1}`;
}

/** The word with the fewest edits, where they are few. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  const ranked = words.map((candidate) => ({ candidate, distance: edits(word, candidate) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(2, Math.floor(word.length / 3))
    ? best.candidate
    : undefined;
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
