/** `-c key=value`: one key of the configuration from the command line. */

import { parse } from "@std/toml";
import { UsageError } from "../protocol/error.ts";

export type Table = Record<string, unknown>;

/** Sets each key in a copy of the table; the value is TOML, else a string. */
export function applyOverrides(table: Table, overrides: readonly string[]): Table {
  const result = structuredClone(table);
  for (const override of overrides) {
    const at = override.indexOf("=");
    const path = at < 0 ? undefined : splitKey(override.slice(0, at).trim());
    if (!path) throw new UsageError(`Cannot read -c "${override}": it has to be key=value`);
    setAt(result, path, { value: readValue(override.slice(at + 1)), override });
  }
  return result;
}

/** `a."b.c".d` → a, b.c, d; nothing for what is no key. */
function splitKey(key: string): string[] | undefined {
  const parts = [...key.matchAll(/"([^"]*)"|'([^']*)'|([^."']+)|(\.)/g)];
  const names = parts.flatMap((part) => part[4] ? [] : [part[1] ?? part[2] ?? part[3] ?? ""]);
  const complete = parts.map((part) => part[0]).join("") === key;
  const alternates = parts.every((part, index) => (index % 2 === 1) === (part[4] !== undefined));
  return complete && alternates && parts.length % 2 === 1 ? names : undefined;
}

function readValue(text: string): unknown {
  try {
    return (parse(`value = ${text}`) as Table)["value"];
  } catch {
    return text.trim().replace(/^(["'])(.*)\1$/s, "$2");
  }
}

function setAt(
  table: Table,
  path: readonly string[],
  { value, override }: { value: unknown; override: string },
): void {
  let at = table;
  for (const name of path.slice(0, -1)) {
    if (!Object.hasOwn(at, name)) at[name] = {};
    const next = at[name];
    if (typeof next !== "object" || next === null || Array.isArray(next)) {
      throw new UsageError(`Cannot read -c "${override}": "${name}" is no table`);
    }
    at = next as Table;
  }
  at[path.at(-1) ?? ""] = value;
}

/** Tables are merged key by key; anything else replaces what was there. */
export function merge(base: Table, over: Table): Table {
  const result: Table = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    result[key] = isTable(before) && isTable(value) ? merge(before, value) : value;
  }
  return result;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
