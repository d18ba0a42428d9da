/** Planted faults, which the architecture check has to find. */

import { deepStrictEqual } from "node:assert/strict";
import { toSource } from "../../scripts/architecture/source.ts";
import { checkArchitecture } from "../../scripts/check_architecture.ts";

const HEADER = "/** A file. */\n";

Deno.test("checkArchitecture() finds imports that leave their layer", () => {
  const table: [path: string, line: string, fault?: string][] = [
    ["src/protocol/a.ts", 'import { b } from "./b.ts";'],
    ["src/protocol/a.ts", 'import * as z from "zod/mini";'],
    ["src/session/a.ts", 'import type { B } from "../protocol/b.ts";'],
    ["src/exec/a.ts", 'import { b } from "../policy/b.ts";'],
    ["src/cli/a.ts", 'const b = await import("../rollout/b.ts");'],
    ["src/context/prompts.ts", 'import b from "../../prompts/b.md" with { type: "text" };'],
    ["tests/session/a_test.ts", 'import { b } from "../../src/exec/b.ts";'],
    ["src/session/a.ts", "// import { b } from '../exec/b.ts';"],
    ["src/session/a.ts", "const text = 'import { b } from \"../exec/b.ts\"';"],
    ["src/session/a.ts", 'import { sep } from "node:path/posix";'],
    [
      "src/protocol/a.ts",
      'import type { B } from "../session/b.ts";',
      'src/protocol may not import "src/session/b.ts"',
    ],
    [
      "src/session/a.ts",
      'export { b } from "../exec/b.ts";',
      'src/session may not import "src/exec/b.ts"',
    ],
    ["tools/a.ts", 'import("../src/exec/b.ts");', 'tools may not import "src/exec/b.ts"'],
    ["tools/a.ts", "type B = import('../src/cli/b.ts').B;", 'tools may not import "src/cli/b.ts"'],
    ["tools/a.ts", "await import(path);", "tools may not import what it does not name"],
    ["src/client/a.ts", 'import "../config/b.ts";', 'src/client may not import "src/config/b.ts"'],
    ["src/cli/a.ts", 'import "../../scripts/b.ts";', 'src/cli may not import "scripts/b.ts"'],
    ["main.ts", 'import "./src/exec/b.ts";', 'main.ts may not import "src/exec/b.ts"'],
    ["src/session/a.ts", 'import "node:fs";', 'src/session may not use "node:fs"'],
    ["src/rollout/a.ts", 'import "node:child_process";', "src/rollout may not start processes"],
    [
      "src/cli/a.ts",
      'import b from "../../prompts/b.md" with { type: "text" };',
      'imports "prompts/b.md", which only src/context/prompts.ts reads',
    ],
    ["src/elsewhere/a.ts", "", "belongs to no layer"],
  ];
  for (const [path, line, fault] of table) {
    const at = line === "" ? 1 : 2;
    deepStrictEqual(check(path, line), fault === undefined ? [] : [`${path}:${at}: ${fault}`]);
  }
});

Deno.test("checkArchitecture() finds doors outside their layer", () => {
  const table: [path: string, line: string, fault?: string][] = [
    ["src/exec/a.ts", 'new Deno.Command("x");'],
    ["src/client/a.ts", "await fetch(url);"],
    ["src/session/a.ts", "this.#fetch(url); files.fetch(url); // Deno.exit() fetch(url)"],
    ["src/session/a.ts", "const text = `Deno.exit() ${name} console.log(1)`;"],
    ["src/cli/a.ts", "console.log(1);"],
    ["tests/a_test.ts", "console.log(await fetch(Deno.cwd()));"],
    ["src/session/a.ts", "Deno.exit();", "src/session may not use Deno"],
    ["src/session/a.ts", "`${Deno.cwd()}`;", "src/session may not use Deno"],
    ["src/rollout/a.ts", 'new Deno.Command("x");', "src/rollout may not start processes"],
    ["src/cli/a.ts", "const { Command } = Deno;", "src/cli may not use Deno but as Deno.x"],
    ["tools/a.ts", "fetch (url);", "tools may not call fetch"],
    ["src/config/a.ts", "console.error(1);", "src/config may not use console"],
    ["tools/a.ts", "globalThis.fetch(url);", "tools may not reach a door by globalThis"],
  ];
  for (const [path, line, fault] of table) {
    deepStrictEqual(check(path, line), fault === undefined ? [] : [`${path}:2: ${fault}`]);
  }
});

Deno.test("checkArchitecture() finds long files, long functions and deep lines", () => {
  const path = "tests/a_test.ts";
  deepStrictEqual(check(path, "a();\n".repeat(349)), []);
  deepStrictEqual(check(path, "a();\n".repeat(350)), [`${path}:351: 351 lines, at most 350`]);
  const body = (lines: number) => "  a();\n".repeat(lines);
  const heads = [
    "function a(b: { c: number }): { d: string } | undefined {",
    "export async function* a<T>(): AsyncGenerator<T> {",
    'test("…", async () => {',
    "class A {\n  a(b: string): void {",
    "const a = {\n  async a(): Promise<Record<string, { b: 1 }>> {",
  ];
  for (const head of heads) {
    const end = head.includes("\n") ? "  }\n}" : "}";
    const line = head.includes("\n") ? 3 : 2;
    deepStrictEqual(check(path, `${head}\n${body(58)}${end}`), []);
    deepStrictEqual(check(path, `${head}\n${body(59)}${end}`), [
      `${path}:${line}: a function of 61 lines, at most 60`,
    ]);
  }
  deepStrictEqual(check(path, `${" ".repeat(10)}a();`), []);
  deepStrictEqual(check(path, `${" ".repeat(12)}a();`), [`${path}:2: deeper than 5 levels`]);
  deepStrictEqual(check(path, `const a = \`\n${" ".repeat(12)}text\n\`;`), []);
  deepStrictEqual(check(path, "const a = `\nend of the template`;"), []);
});

Deno.test("checkArchitecture() finds bad names, missing headers and default exports", () => {
  const faults = (path: string, text: string) =>
    checkArchitecture(new Map([[path, text]])).map(({ line, message }) => `${line}: ${message}`);
  deepStrictEqual(faults("src/cli/a.ts", "export const a = 1;\n"), ["1: no header sentence"]);
  deepStrictEqual(faults("src/cli/a.ts", "/** No full stop */\n"), ["1: no header sentence"]);
  deepStrictEqual(faults("main.ts", `#!/usr/bin/env -S deno run\n${HEADER}`), []);
  deepStrictEqual(faults("src/cli/utils.ts", HEADER), ['1: "utils" says nothing']);
  deepStrictEqual(faults("src/cli/argList.ts", HEADER), ['1: "argList" is not snake_case']);
  const text = [
    "export default 1;",
    "export { a as default };",
    "export const a = (b: number): number => b;",
    "const c = async d => d;",
    "let e = 1;",
    "const f = [1].map((g) => g);",
  ].join("\n");
  deepStrictEqual(faults("src/cli/a.ts", HEADER + text), [
    "2: a default export",
    "3: a default export",
    "4: an arrow function at top level",
    "5: an arrow function at top level",
    "6: mutable state at top level",
  ]);
});

Deno.test("checkArchitecture() finds a tool that is not offered or not tested", () => {
  const tool = `${HEADER}export function a(): Tool {\n  return defineTool({});\n}\n`;
  const files = new Map([
    ["tools/handlers.ts", `${HEADER}export { a } from "./known.ts";\n`],
    ["tools/known.ts", tool],
    ["tools/forgotten.ts", tool],
    ["tools/folder/mod.ts", tool],
    ["tools/folder/parse.ts", HEADER],
    ["tools/words.ts", HEADER],
    ["tests/tools/known_test.ts", `${HEADER}import { a } from "../../tools/known.ts";\n`],
  ]);
  const expected = ["tools/folder/mod.ts", "tools/forgotten.ts"].flatMap((path) => [
    `${path}:1: has no line in tools/handlers.ts`,
    `${path}:1: has no test in tests/tools`,
  ]);
  deepStrictEqual(format(files), expected);
});

Deno.test("checkArchitecture() finds paths of somebody's machine in any text", () => {
  const foreign = "/wo" + "rk/main";
  const files = new Map([["README.md", `# a\nsee ${foreign}\n`], ["deno.json", "{}"]]);
  deepStrictEqual(format(files), [`README.md:2: names "${foreign.slice(0, 6)}"`]);
});

Deno.test("toSource() leaves code, and blanks what stands in strings, patterns and comments", () => {
  const table: [text: string, code: string][] = [
    ['a("b\\"c"); // d', 'a("    ");     '],
    ["a('b' + \"it's\")", "a(' ' + \"    \")"],
    ["`a${b + `c${d}e`}f` + g", "` ${b + ` ${d} `} ` + g"],
    ["a = /[/\"']/g.test(b) / c", "a = /     /g.test(b) / c"],
    ["if (a) { b } /* {\n */ c", "if (a) { b }     \n    c"],
    ["'😀' + a", "'  ' + a"],
  ];
  for (const [text, code] of table) deepStrictEqual(toSource("a.ts", text).code, code);
});

function check(path: string, body: string): string[] {
  return format(new Map([[path, HEADER + body]]));
}

function format(files: ReadonlyMap<string, string>): string[] {
  return checkArchitecture(files).map(({ path, line, message }) => `${path}:${line}: ${message}`);
}
