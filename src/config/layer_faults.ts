/** What a layer has wrong, in words with its place. */

import type * as z from "zod/mini";
import { describeIssue } from "./describe_issue.ts";
import { type Layer, layerError, placeOf } from "./layer.ts";
import { nearestWord } from "./nearest_word.ts";
import { isTable, type Table, valueAt } from "./table.ts";

export interface FaultOptions {
  readonly issues: readonly z.core.$ZodIssue[];
  readonly schema: z.core.$ZodType;
  /** Unknown keys are errors. */
  readonly strict: boolean;
  onWarning(message: string): void;
}

/** The layer's table without unknown keys, each told of. Fails at a value that does not fit. */
export function withoutFaults(
  layer: Layer,
  { issues, schema, strict, onWarning }: FaultOptions,
): Table {
  const wrong = issues.filter((issue) => issue.code !== "unrecognized_keys");
  if (wrong.length > 0) throw layerError(layer, describeAll(wrong, layer));
  const paths = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : []
  );
  for (const path of paths) {
    const message = describeUnknown(path, { layer, schema });
    if (strict) throw layerError(layer, `Cannot use ${message}`);
    onWarning(message);
  }
  return withoutPaths(layer.table, paths);
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
