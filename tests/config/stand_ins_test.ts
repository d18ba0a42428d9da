/** Tests of the stand-ins in src/jsr: they do what the packages of these names do. */

import { deepStrictEqual, rejects, throws } from "node:assert/strict";
import {
  assert,
  assertEquals,
  AssertionError,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseArgs, type ParseOptions } from "@std/cli";
import { parse as parseDotenv } from "@std/dotenv";
import { parse as parseToml, stringify } from "@std/toml";

const ARGUMENTS: [string[], ParseOptions, Record<string, unknown>][] = [
  [[], {}, { _: [] }],
  [["a", "1", "--", "b", "-c"], {}, { _: ["a", 1, "b", "-c"] }],
  [["a", "--", "b"], { "--": true }, { _: ["a"], "--": ["b"] }],
  [["--x", "1", "--y=z", "w"], {}, { _: ["w"], x: 1, y: "z" }],
  [["--x", "1"], { string: ["x"] }, { _: [], x: "1" }],
  [["--x", "-1"], { string: ["x"] }, { _: [], x: "", "1": true }],
  [["--x=-1"], { string: ["x"] }, { _: [], x: "-1" }],
  [["--x="], {}, { _: [], "x=": true }],
  [["--x", "w"], { boolean: ["x"] }, { _: ["w"], x: true }],
  [["w"], { boolean: ["x"] }, { _: ["w"], x: false }],
  [["--x", "false", "w"], { boolean: ["x"] }, { _: ["w"], x: false }],
  [["--x=false"], { boolean: ["x"] }, { _: [], x: false }],
  [["--x", "w"], { boolean: true }, { _: ["w"], x: true }],
  [["--no-x"], { boolean: ["x"], negatable: ["x"] }, { _: [], x: false }],
  [["--no-x"], {}, { _: [], "no-x": true }],
  [["-x", "1", "--xx", "2"], { string: ["xx"], alias: { xx: "x" } }, { _: [], x: "2", xx: "2" }],
  [["-c", "a=1", "-c=b=2"], { string: ["c"], collect: ["c"] }, { _: [], c: ["a=1", "b=2"] }],
  [[], { string: ["c"], collect: ["c"] }, { _: [], c: [] }],
  [["-abc", "w"], {}, { _: [], a: true, b: true, c: "w" }],
  [["-n5", "-p/x"], {}, { _: [], n: 5, p: "/x" }],
  [["-o", "-"], { string: ["o"] }, { _: [], o: "-" }],
  [["-"], {}, { _: ["-"] }],
  [["a", "--x", "b"], { stopEarly: true }, { _: ["a", "--x", "b"] }],
  [["--y"], { default: { x: 1 }, boolean: ["y"] }, { _: [], y: true, x: 1 }],
  [["--a.b=1"], {}, { _: [], a: { b: 1 } }],
  [["007", "0x1f", "1e3", " "], {}, { _: [7, 31, 1000, " "] }],
  [["007"], { string: ["_"] }, { _: ["007"] }],
];

for (const [argv, options, expected] of ARGUMENTS) {
  Deno.test(`parseArgs() reads ${JSON.stringify(argv)} with ${JSON.stringify(options)}`, () => {
    deepStrictEqual({ ...parseArgs(argv, options) }, expected);
  });
}

Deno.test("parseArgs() asks about what it does not know", () => {
  const asked: unknown[][] = [];
  const unknown = (...args: unknown[]) => {
    asked.push(args);
    return false;
  };
  deepStrictEqual({ ...parseArgs(["w", "--x=1", "-y", "z"], { boolean: ["y"], unknown }) }, {
    _: [],
    y: true,
  });
  deepStrictEqual(asked, [["w"], ["--x=1", "x", "1"], ["z"]]);
});

Deno.test("parseArgs() types what it is told of", () => {
  const args = parseArgs(["--a", "1", "--b", "-c", "x"], {
    string: ["a", "c"],
    boolean: ["b"],
    collect: ["c"],
  });
  const typed: [string | undefined, boolean, string[]] = [args.a, args.b, args.c];
  deepStrictEqual(typed, ["1", true, ["x"]]);
});

const DOTENV: [string, Record<string, string>][] = [
  ["A=1\n# B=2\n\nC = x y ", { A: "1", C: "x y" }],
  ["export A=1 # note\nB=a#b", { A: "1", B: "a" }],
  ["A='$B \\n' # c\nB=\"x\\ty\"", { A: "$B \\n", B: "x\ty" }],
  ['A="one\ntwo"\nB=', { A: "one\ntwo", B: "" }],
  ["A=1\nB=${A}2\nC=${NOT_SET_ANYWHERE:-d}\nD=\\$A", { A: "1", B: "12", C: "d", D: "\\$A" }],
  ["A=${B}\nB=${A}", { A: "${A}", B: "${B}" }],
  ["1A=1\nB-C=2\nno line\nD=ä", { D: "ä" }],
  ["A=$(id)\r\nB=`id`\r\n", { A: "$(id)", B: "`id`" }],
];

for (const [text, expected] of DOTENV) {
  Deno.test(`@std/dotenv parse() reads ${JSON.stringify(text)}`, () => {
    deepStrictEqual(parseDotenv(text), expected);
  });
}

Deno.test("@std/toml parses, writes, and says where an error is", () => {
  const table = { a: { "b.c": [1, "x"] } };
  deepStrictEqual(structuredClone(parseToml(stringify(table))), table);
  throws(() => parseToml("a = 1\nb = = 2"), {
    name: "SyntaxError",
    message: "Parse error on line 2, column 5: invalid value",
  });
});

Deno.test("@std/assert passes what holds and throws at what does not", async () => {
  assert(1);
  assertEquals({ a: [1] }, { a: [1] });
  assertStrictEquals("a", "a");
  assertMatch("abc", /b/);
  assertStringIncludes("abc", "b");
  deepStrictEqual(assertThrows(() => JSON.parse("{"), SyntaxError) instanceof SyntaxError, true);
  const error = new TypeError("it is so");
  deepStrictEqual(await assertRejects(() => Promise.reject(error), TypeError, "is"), error);
  for (
    const fails of [
      () => assert(0),
      () => assertEquals<unknown>({ a: 1 }, { a: "1" }),
      () => assertStrictEquals({}, {}),
      () => assertMatch("a", /b/),
      () => assertStringIncludes("a", "b"),
      () => assertThrows(() => {}),
      () => assertThrows(() => JSON.parse("{"), TypeError),
    ]
  ) throws(fails, AssertionError);
  await rejects(assertRejects(() => Promise.resolve()), AssertionError);
});
