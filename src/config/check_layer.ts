/** Checks a layer against the schema: what is wrong is named with its place. */

import * as z from "zod/mini";
import { ACCEPTED_KEYS } from "./accepted_keys.ts";
import type { Layer } from "./layer.ts";
import { configSchema, type ConfigTable } from "./schema.ts";
import { isTable, type Table } from "./table.ts";

export interface CheckOptions {
  /** Unknown keys are errors. */
  readonly strict: boolean;
  onWarning(message: string): void;
}

/** The check fails at a value that does not fit. Unknown keys are told of and left out. */
export function createChecker(options: CheckOptions): (layer: Layer) => Promise<ConfigTable> {
  const schema = configSchema();
  return (layer) => checkLayer(layer, { ...options, schema });
}

/** A schema that is used once or twice is not worth compiling. */
const ONCE = { jitless: true };

async function checkLayer(
  layer: Layer,
  { schema, ...options }: CheckOptions & { schema: ReturnType<typeof configSchema> },
): Promise<ConfigTable> {
  const table = withoutAccepted(layer.table);
  const result = z.safeParse(schema, table, ONCE);
  if (result.success) return result.data;
  const { withoutFaults } = await import("./layer_faults.ts");
  const { issues } = result.error;
  return z.parse(schema, withoutFaults({ ...layer, table }, { ...options, schema, issues }), ONCE);
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
