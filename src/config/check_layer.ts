/** Checks a layer against the schema: what is wrong is named with its place. */

import * as z from "zod/mini";
import { ACCEPTED_KEYS } from "./accepted_keys.ts";
import { describeIssue } from "./describe_issue.ts";
import { type Layer, layerError, placeOf } from "./layer.ts";
import { nearestWord } from "./nearest_word.ts";
import { configSchema, type ConfigTable } from "./schema.ts";
import { isTable, type Table, valueAt } from "./table.ts";

export interface CheckOptions {
  /** Unknown keys are errors. */
  readonly strict: boolean;
  onWarning(message: string): void;
}

/** The check fails at a value that does not fit. Unknown keys are told of and left out. */
export function createChecker(options: CheckOptions): (layer: Layer) => ConfigTable {
  const schema = configSchema();
  return (layer) => checkLayer(layer, { ...options, schema });
}

/** A schema that is used once or twice is not worth compiling. */
const ONCE = { jitless: true };

function checkLayer(
  layer: Layer,
  { schema, strict, onWarning }: CheckOptions & { schema: ReturnType<typeof configSchema> },
): ConfigTable {
  const table = withoutAccepted(layer.table);
  const result = z.safeParse(schema, table, ONCE);
  if (result.success) return result.data;
  const wrong = result.error.issues.filter((issue) => issue.code !== "unrecognized_keys");
  if (wrong.length > 0) throw layerError(layer, describeAll(wrong, { ...layer, table }));
  const paths = result.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : []
  );
  for (const path of paths) {
    const message = describeUnknown(path, { layer, schema });
    if (strict) throw layerError(layer, `Cannot use ${message}`);
    onWarning(message);
  }
  return z.parse(schema, withoutPaths(table, paths), ONCE);
}

function withoutAccepted(table: Table): Table {
  const known = (settings: Table) =>
    Object.fromEntries(Object.entries(settings).filter(([key]) => !ACCEPTED_KEYS.has(key)));
  const top = known(table);
  if (!isTable(top["profiles"])) return top;
  const profiles = Object.entries(top["profiles"]).map((
    [name, settings],
  ) => [name, isTable(settings) ? known(settings) : settings]);
  return { ...top, profiles: Object.fromEntries(profiles) };
}

function withoutPaths(table: Table, paths: readonly PropertyKey[][]): Table {
  const copy = structuredClone(table);
  for (const path of paths) {
    const parent = valueAt(copy, path.slice(0, -1));
    if (isTable(parent)) delete parent[String(path.at(-1))];
  }
  return copy;
}

const SHOWN_ISSUES = 5;

function describeAll(issues: readonly z.core.$ZodIssue[], layer: Layer): string {
  const lines = issues.slice(0, SHOWN_ISSUES).map((issue) => {
    const found = valueAt(layer.table, issue.path);
    return `${placeOf(layer, issue.path)} ${describeIssue(issue, found)}`;
  });
  return lines.map((line) => `Cannot use ${line}`).join("\n");
}

function describeUnknown(
  path: readonly PropertyKey[],
  { layer, schema }: { layer: Layer; schema: z.core.$ZodType },
): string {
  const siblings = keysAt(schema, path.slice(0, -1));
  const nearest = nearestWord(String(path.at(-1)), siblings);
  const hint = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  return `${placeOf(layer, path)} is no key of the configuration${hint}`;
}

/** The keys of the table that the schema expects at a path. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const [key, ...rest] = path;
  switch (def.type) {
    case "optional":
      return keysAt(def.innerType, path);
    case "record":
      return key === undefined ? [] : keysAt(def.valueType, rest);
    case "object": {
      if (key === undefined) return Object.keys(def.shape);
      const inner = def.shape[String(key)];
      return inner ? keysAt(inner, rest) : [];
    }
    default:
      return [];
  }
}
