/** Secrets in text: every spelling that programs print, and nothing else. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { KnownSecret } from "../../src/protocol/known_secret.ts";
import { createRedactor } from "../../src/protocol/redact.ts";

const KEY = "sk-proj-0123456789abcdefXYZ";
const ODD = 'p@ss "w\\ord"/?ü+';
const LONG = `eyJ${"a1B2c3D4e5".repeat(20)}`;
const PEM_LINES = [
  "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3",
  "ODk2NTQzMjFhYmNkZWZnaGlqa2xtbm9wcXJzdHV2",
];
const PEM = `-----BEGIN PRIVATE KEY-----\n${PEM_LINES.join("\n")}\n-----END PRIVATE KEY-----`;

const SECRETS: readonly KnownSecret[] = [
  { name: "KEY", value: KEY },
  { name: "ODD", value: ODD },
  { name: "LONG", value: LONG },
  { name: "PEM", value: PEM },
];
const { text, data, pieces } = createRedactor(SECRETS);

function base64(value: string): string {
  return new TextEncoder().encode(value).toBase64();
}

function wrapped(value: string): string {
  return base64(value).replace(/.{76}(?=.)/g, "$&\n");
}

/** What is printed, and what is left of it. */
const SPELLINGS: readonly [string, string, string][] = [
  ["the value itself, twice", `a${KEY}b${KEY}c`, "a[redacted: KEY]b[redacted: KEY]c"],
  ["inside JSON", JSON.stringify({ x: ODD }), '{"x":"[redacted: ODD]"}'],
  ["inside a URL", `?k=${encodeURIComponent(ODD)}&`, "?k=[redacted: ODD]&"],
  ["with a line end, in base64", `${base64(`${KEY}\n`)}\n`, "[redacted: KEY]\n"],
  [
    "in the base64 of URLs",
    base64(ODD).replaceAll("/", "_").replaceAll("+", "-"),
    "[redacted: ODD]",
  ],
  ["in lines of base64", `${wrapped(`${LONG}\n`)}\n`, "[redacted: LONG]\n"],
  ["in the middle of base64", base64(`a=${KEY};`), `${base64("a=s")}[redacted: KEY]`],
  ["a key of many lines", `<${PEM}>`, "<[redacted: PEM]>"],
  [
    "a key of numbered lines",
    PEM_LINES.map((l, n) => `L${n}: ${l}`).join("\n"),
    "L0: [redacted: PEM]\nL1: [redacted: PEM]",
  ],
  ["less than the value", KEY.slice(0, -1), KEY.slice(0, -1)],
  ["another case", KEY.toUpperCase(), KEY.toUpperCase()],
];

for (const [name, printed, left] of SPELLINGS) {
  Deno.test(`redaction: ${name}`, () => strictEqual(text(printed), left));
}

Deno.test("base64 of any length leaves nothing of the secret", () => {
  for (let length = 8; length < 57; length++) {
    const value = LONG.slice(0, length);
    const redactor = createRedactor([{ name: "S", value }]);
    for (const end of ["", "\n"]) {
      for (const spell of [base64, wrapped]) {
        strictEqual(redactor.text(spell(value + end)), "[redacted: S]", `${length}${end}`);
      }
    }
  }
});

Deno.test("a secret that another one begins with takes nothing from it", () => {
  const secrets = [{ name: "A", value: "12345678" }, { name: "B", value: "123456789" }];
  const redactor = createRedactor([...secrets, { name: "C", value: "12345678" }]);
  strictEqual(redactor.text("123456789 12345678"), "[redacted: B] [redacted: A]");
});

Deno.test("a value of signs is looked for as it stands", () => {
  const value = "a.*(b|c)+[$^]{2}\\";
  const redactor = createRedactor([{ name: "S", value }]);
  strictEqual(redactor.text(`${value} aXXbb`), "[redacted: S] aXXbb");
});

Deno.test("data keeps its shape, its images and, without a secret, itself", () => {
  const item = {
    type: "function_call_output",
    call_id: "c",
    output: [
      { type: "input_text", text: `k=${KEY}` },
      { type: "input_image", image_url: `data:${KEY}` },
    ],
  };
  deepStrictEqual(data(item), {
    ...item,
    output: [{ type: "input_text", text: "k=[redacted: KEY]" }, item.output[1]],
  });
  const plain = { a: ["b", { c: null, d: 1, e: undefined }] };
  strictEqual(data(plain), plain);
});

Deno.test("a secret in pieces is found, wherever they end, and all else comes through", () => {
  const whole = `sk-pro and sk-${KEY} eyJa ${ODD}s`;
  const expected = "sk-pro and sk-[redacted: KEY] eyJa [redacted: ODD]s";
  for (let first = 0; first <= whole.length; first++) {
    for (const second of [first + 1, first + 5]) {
      const piece = pieces();
      const parts = [whole.slice(0, first), whole.slice(first, second), whole.slice(second), "."];
      strictEqual(parts.map(piece).join(""), `${expected}.`, `${first} ${second}`);
    }
  }
  const piece = pieces();
  strictEqual([...whole, "."].map(piece).join(""), `${expected}.`);
});

Deno.test("without secrets nothing is touched", () => {
  const none = createRedactor([]);
  deepStrictEqual([none.text(KEY), none.data([KEY]), none.pieces()(KEY)], [KEY, [KEY], KEY]);
});
