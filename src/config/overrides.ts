/** `-c key=value`: one key of the configuration from the command line. */

import { UsageError } from "../protocol/error.ts";
import type { Layer } from "./layer.ts";
import { isTable, nestValue } from "./table.ts";
import { splitAssignment } from "./toml_key.ts";

/** The value is TOML, else it is text: quotes that a shell has eaten are not missed. */
export async function parseOverride(override: string): Promise<Layer> {
  const assignment = splitAssignment(override);
  if (!assignment) {
    // The whole is not printed: it may be a secret whose key was forgotten.
    const remedy = 'use -c KEY=VALUE, for example -c model="gpt-5.3-codex"';
    const key = /^[\w.-]{1,40}$/.test(override) ? ` ${override}` : "";
    throw new UsageError(`Cannot read -c${key}: it has no "key=" at its start; ${remedy}`);
  }
  return { table: nestValue(assignment.path, await readValue(assignment.value.trim())) };
}

async function readValue(text: string): Promise<unknown> {
  const { parse } = await import("./parse_toml.ts");
  try {
    const table = parse(`value = ${text}`);
    // A line break in the value could carry further keys.
    if (Object.keys(table).length === 1 && !holdsDate(table["value"])) return table["value"];
  } catch {
    // Not TOML, hence text.
  }
  return /^(["'])([^]*)\1$/.exec(text)?.[2] ?? text;
}

/** No key of ours is a date: a model named `2026-01-01` is text. */
function holdsDate(value: unknown): boolean {
  if (value instanceof Date) return true;
  return Array.isArray(value)
    ? value.some(holdsDate)
    : isTable(value) && Object.values(value).some(holdsDate);
}
