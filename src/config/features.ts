/** Feature switches and hosted search, in the newer and the older spellings of Codex. */

import type { ConfigTable } from "./schema.ts";

/** Only what is set: each reader knows the default of its own switch. */
export function featuresOf(table: ConfigTable): Record<string, boolean> {
  const older = {
    unified_exec: table.experimental_use_unified_exec_tool,
    apply_patch_freeform: table.experimental_use_freeform_apply_patch,
  };
  const entries = [...Object.entries(older), ...Object.entries(table.features ?? {})];
  return Object.fromEntries(entries.flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [[name, typeof value === "boolean" ? value : value["enabled"] !== false]];
  }));
}

export function webSearchOf(
  table: ConfigTable,
  features: Readonly<Record<string, boolean>>,
): "disabled" | "cached" | "live" {
  if (table.web_search !== undefined) return table.web_search;
  const asTool = table.tools?.web_search ?? table.tools?.web_search_request;
  if (asTool === true || features["web_search_request"] === true) return "live";
  if (asTool === false) return "disabled";
  return "cached";
}
