/** Checks a layer against the schema: what is wrong is named with its place. */

import * as z from "zod/mini";
import type { CheckOptions } from "./check_layer.ts";
import type { Layer } from "./layer.ts";
import { withoutFaults } from "./layer_faults.ts";
import { configSchema, type ConfigTable } from "./schema.ts";

/** A schema that is used once or twice is not worth compiling. */
const ONCE = { jitless: true };

/** Fails at a value that does not fit. Unknown keys are told of and left out. */
export function checkBySchema(layer: Layer, options: CheckOptions): ConfigTable {
  const schema = configSchema();
  const result = z.safeParse(schema, layer.table, ONCE);
  if (result.success) return result.data;
  const { issues } = result.error;
  return z.parse(schema, withoutFaults(layer, { ...options, schema, issues }), ONCE);
}
