/** Checks a layer: what is as it should be costs little, what is not goes to the schema. */

import { ACCEPTED_KEYS } from "./accepted_keys.ts";
import type { Layer } from "./layer.ts";
import type { ConfigTable } from "./schema.ts";
import { fits, type Shape } from "./shape.ts";
import shape from "./shape.json" with { type: "json" };
import { isTable, type Table } from "./table.ts";

export interface CheckOptions {
  /** Unknown keys are errors. */
  readonly strict: boolean;
  onWarning(message: string): void;
}

/** Fails at a value that does not fit. Unknown keys are told of and left out. */
export async function checkLayer(layer: Layer, options: CheckOptions): Promise<ConfigTable> {
  const table = withoutAccepted(layer.table);
  if (fits(table, shape as Shape)) return table as ConfigTable;
  const { checkBySchema } = await import("./check_by_schema.ts");
  return checkBySchema({ ...layer, table }, options);
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
