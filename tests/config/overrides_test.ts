/** Tests of src/config/overrides.ts, toml_key.ts and table.ts: keys and values of `-c`. */

import { deepStrictEqual, rejects } from "node:assert/strict";
import { parseOverride } from "../../src/config/overrides.ts";
import { mergeTables } from "../../src/config/table.ts";
import { lineOfKey } from "../../src/config/toml_key.ts";

const OVERRIDES: [string, unknown][] = [
  ["a=1", { a: 1 }],
  ["a = true ", { a: true }],
  ["a=text", { a: "text" }],
  ["a= two words ", { a: "two words" }],
  ['a="quoted"', { a: "quoted" }],
  ["a='single'", { a: "single" }],
  ["a=it's", { a: "it's" }],
  ["a=", { a: "" }],
  ["a=x=y", { a: "x=y" }],
  ["a=https://example.com/v1?b=c", { a: "https://example.com/v1?b=c" }],
  ["a=[1, 'b']", { a: [1, "b"] }],
  ["a=[open", { a: "[open" }],
  ["a={ b = 1 }", { a: { b: 1 } }],
  ["a.b.c=1", { a: { b: { c: 1 } } }],
  ['a."b.c".d=1', { a: { "b.c": { d: 1 } } }],
  ["a.'b=c'.d=1", { a: { "b=c": { d: 1 } } }],
  ['projects."/x y".trust_level=trusted', { projects: { "/x y": { trust_level: "trusted" } } }],
  ["a=2026-01-01", { a: "2026-01-01" }],
  ["a=[2026-01-01]", { a: "[2026-01-01]" }],
  ["a=1\nb=2", { a: "1\nb=2" }],
  ["a=gpt-5.1", { a: "gpt-5.1" }],
  ["a=007", { a: "007" }],
  ["a=$(rm x)", { a: "$(rm x)" }],
];

for (const [text, table] of OVERRIDES) {
  Deno.test(`parseOverride() reads ${JSON.stringify(text)}`, async () => {
    deepStrictEqual(structuredClone(await parseOverride(text)), { table });
  });
}

for (const text of ["", "a", "=1", ".a=1", "a.=1", "a..b=1", 'a"b=1', "a b=1"]) {
  Deno.test(`parseOverride() refuses ${JSON.stringify(text)}`, async () => {
    await rejects(parseOverride(text), { name: "UsageError" });
  });
}

Deno.test("mergeTables() merges tables, replaces the rest, and changes no prototype", () => {
  const over = JSON.parse('{"a":{"y":2},"b":[2],"c":{"z":1},"__proto__":{"d":1}}');
  const merged = mergeTables({ a: { x: 1 }, b: [1], c: 1 }, over);
  deepStrictEqual(
    JSON.stringify(merged),
    '{"a":{"x":1,"y":2},"b":[2],"c":{"z":1},"__proto__":{"d":1}}',
  );
  deepStrictEqual((merged as { d?: unknown }).d, undefined);
});

const TOML = `# a = 0
a = 1
[b]
"c.d" = 1
x = '''
e = 1
'''
e = 2
t = { u = 1 }
[[f]]
g.h = 1
[b . 'i']
j = """one line"""
k = 1
`;

const LINES: [string[], number | undefined][] = [
  [["a"], 2],
  [["b"], 3],
  [["b", "c.d"], 4],
  [["b", "x"], 5],
  [["b", "e"], 8],
  [["b", "t", "u"], 9],
  [["f", "g", "h"], 11],
  [["b", "i"], 12],
  [["b", "i", "k"], 14],
  [["z"], undefined],
];

for (const [path, line] of LINES) {
  Deno.test(`lineOfKey() finds ${path.join(".")}`, () => {
    deepStrictEqual(lineOfKey(TOML, path), line);
    deepStrictEqual(lineOfKey(TOML.replaceAll("\n", "\r\n"), path), line);
  });
}
