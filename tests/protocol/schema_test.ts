/** What a wrong call is answered: codex-cli 0.115.0's words and places. */

import { deepStrictEqual, throws } from "node:assert/strict";
import * as z from "zod/mini";
import {
  choice,
  count,
  flag,
  integer,
  list,
  parseArguments,
  text,
} from "../../src/protocol/schema.ts";

const SCHEMA = z.object({
  cmd: text("c"),
  yield_time_ms: z.optional(count("y")),
  tty: z.optional(flag("t")),
  mode: z.optional(choice(["use_default", "require_escalated"], "m")),
  names: z.optional(list(z.string())),
  id: z.optional(integer("i")),
});

const WRONG: readonly [string, string][] = [
  ["{bad json", "key must be a string at line 1 column 2"],
  ["{}", "missing field `cmd` at line 1 column 2"],
  [`{"cmd":5}`, "invalid type: integer `5`, expected a string at line 1 column 8"],
  [`{"cmd":1.5}`, "invalid type: floating point `1.5`, expected a string at line 1 column 10"],
  [`{"cmd":true}`, "invalid type: boolean `true`, expected a string at line 1 column 11"],
  [`{"cmd":null}`, "invalid type: null, expected a string at line 1 column 11"],
  [
    `{"cmd":"sleep 60","yield_time_ms":-5}`,
    "invalid value: integer `-5`, expected u64 at line 1 column 36",
  ],
  [
    `{"cmd":"x","yield_time_ms":"1"}`,
    'invalid type: string "1", expected u64 at line 1 column 30',
  ],
  [`{"cmd":"x","id":"abc"}`, 'invalid type: string "abc", expected i32 at line 1 column 21'],
  [`{"cmd":"x","tty":1}`, "invalid type: integer `1`, expected a boolean at line 1 column 18"],
  [
    `{"cmd":"x","mode":"bogus"}`,
    "unknown variant `bogus`, expected one of `use_default`, `require_escalated` at line 1 column 25",
  ],
  [`{"cmd":"x","names":[1]}`, "invalid type: integer `1`, expected a string at line 1 column 21"],
  [`{"cmd":"x","names":{}}`, "invalid type: map, expected a sequence at line 1 column 20"],
  ["x", "expected value at line 1 column 1"],
  ["", "EOF while parsing a value at line 1 column 0"],
  [`{"cmd":"x"`, "EOF while parsing an object at line 1 column 10"],
  [`{"cmd":"x",}`, "trailing comma at line 1 column 12"],
  [`{"cmd":"x"} y`, "trailing characters at line 1 column 13"],
  [`{"cmd":"x"\n"tty":true}`, "expected `,` or `}` at line 2 column 1"],
];

for (const [json, message] of WRONG) {
  Deno.test(`${JSON.stringify(json)} is answered: ${message}`, () => {
    throws(() => parseArguments(SCHEMA, json), {
      name: "ToolError",
      message: `failed to parse function arguments: ${message}`,
    });
  });
}

Deno.test("null stands for what is left out, and further fields are let go", () => {
  deepStrictEqual(parseArguments(SCHEMA, `{"cmd":"x","tty":null,"more":[{"a":1}]}`), { cmd: "x" });
});

Deno.test("arguments nested without end are refused, not followed", () => {
  throws(() => parseArguments(SCHEMA, `{"cmd":"x","more":${"[".repeat(5000)}`), {
    name: "ToolError",
  });
});
