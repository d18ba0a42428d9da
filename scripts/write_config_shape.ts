/** Writes the schema of config.toml as plain data to `src/config/shape.json`, for `deno task generate`. */

import type * as z from "zod/mini";
import { configSchema } from "../src/config/schema.ts";
import type { Shape } from "../src/config/shape.ts";

const PATH = new URL("../src/config/shape.json", import.meta.url);

export function configShape(): Shape {
  return shapeOf(configSchema());
}

/** Fails for a kind of schema that the description has no word for. */
function shapeOf(schema: z.core.SomeType): Shape {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
      return shapeOf(def.innerType);
    case "string":
      return "text";
    case "boolean":
      return "flag";
    case "unknown":
      return "any";
    case "number":
      return { number: limitsOf(def.checks) };
    case "enum":
      return { words: Object.values(def.entries).map(String) };
    case "array":
      return { list: shapeOf(def.element) };
    case "record":
      return { record: shapeOf(def.valueType) };
    case "union":
      return { either: def.options.map(shapeOf) };
    case "object": {
      const entries = Object.entries(def.shape).map(([key, inner]) => [key, shapeOf(inner)]);
      const isStrict = def.catchall?._zod.def.type === "never";
      return { table: Object.fromEntries(entries), ...!isStrict && { rest: true } };
    }
    default:
      throw new Error(`Cannot describe a schema of the kind "${def.type}"`);
  }
}

function limitsOf(checks: readonly z.core.$ZodCheck<never>[] = []): [number, number] {
  let [least, most] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  for (const { _zod: { def } } of checks) {
    const { check, value, inclusive } = def as z.core.$ZodCheckGreaterThanDef;
    if (String(check) === "number_format") continue;
    if (inclusive !== true) throw new Error(`Cannot describe a check "${check}"`);
    if (check === "greater_than") least = Number(value);
    else most = Number(value);
  }
  return [least, most];
}

if (import.meta.main) {
  await Deno.writeTextFile(PATH, `${JSON.stringify(configShape(), null, 2)}\n`);
}
