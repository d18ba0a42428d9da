/** Tests of src/config/shape.ts: what fits needs no schema, and fits the schema as well. */

import { deepStrictEqual } from "node:assert/strict";
import * as z from "zod/mini";
import { configShape } from "../../scripts/write_config_shape.ts";
import { configSchema } from "../../src/config/schema.ts";
import { fits, type Shape } from "../../src/config/shape.ts";
import shape from "../../src/config/shape.json" with { type: "json" };

Deno.test("the description is that of the schema; `deno task generate` writes it", () => {
  deepStrictEqual(JSON.stringify(shape), JSON.stringify(configShape()));
});

const TABLES: readonly [fit: boolean, table: Record<string, unknown>][] = [
  [true, {}],
  [true, { model: "m", sandbox_mode: "read-only", no_shell: false }],
  [true, { approval_policy: "never", ca_certs: ["a", "b"] }],
  [true, { approval_policy: { granular: 1 }, ca_certs: "a" }],
  [true, { model_providers: { p: { base_url: "u", stream_max_retries: 0, auth: { any: [1] } } } }],
  [true, { projects: { "/a": { trust_level: "trusted", other: 1 } } }],
  [true, { profiles: { p: { model: "m" } }, features: { a: true, b: { c: 1 } } }],
  [true, { model_context_window: 1, project_doc_max_bytes: 0 }],
  [true, { tools: { web_search: { x: 1 }, unknown: 1 } }],
  [false, { unknown: 1 }],
  [false, { model: 5 }],
  [false, { model: undefined }],
  [false, { sandbox_mode: "readonly" }],
  [false, { no_shell: "yes" }],
  [false, { ca_certs: ["a", 1] }],
  [false, { model_context_window: 0 }],
  [false, { model_context_window: 1.5 }],
  [false, { model_context_window: Infinity }],
  [false, { model_providers: { p: { stream_max_retries: 101 } } }],
  [false, { model_providers: { p: { unknown: 1 } } }],
  [false, { model_providers: [] }],
  [false, { profiles: { p: { profile: "q" } } }],
  [false, { projects: { "/a": { trust_level: "perhaps" } } }],
  [false, { toString: "x" }],
];

Deno.test("fits() takes a date for no table, which the schema does", () => {
  const table = { model_providers: { p: new Date(0) } };
  deepStrictEqual(fits(table, shape as Shape), false);
});

Deno.test("fits() says of each table what the schema says", () => {
  for (const [fit, table] of TABLES) {
    const byShape = fits(table, shape as Shape);
    const bySchema = z.safeParse(configSchema(), table).success;
    // An optional key that is there without a value never comes out of a file.
    const expected = "model" in table && table["model"] === undefined ? true : fit;
    deepStrictEqual([table, byShape, bySchema], [table, fit, expected]);
  }
});
