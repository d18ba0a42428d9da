/** Text of others on its way to a terminal: nothing in it commands one. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { reveal, sanitize, Sanitizer } from "../../src/cli/render/sanitize.ts";

/** Whatever stands there, a terminal does not obey it. */
// deno-lint-ignore no-control-regex
const COMMANDS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const CASES: readonly [string, string, string][] = [
  ["plain text", "plain\ttext\n", "plain\ttext\n"],
  ["letters of any script", "Ünïcödé 漢字 😀 שלום", "Ünïcödé 漢字 😀 שלום"],
  ["colours", "a\x1b[31mred\x1b[0m", "ared"],
  ["cursor and screen", "a\x1b[2J\x1b[1;1H\x1b[?1049h\x1b[>4;2m\x1b[!pb", "ab"],
  ["CSI with intermediates", 'a\x1b[1 q\x1b[0"qb', "ab"],
  ["CSI that breaks off", "a\x1b[31\nb\x1b[3", "a\nb"],
  ["a title that ends in BEL", "\x1b]0;title\x07b", "b"],
  ["the clipboard, ended by ST", "\x1b]52;c;Y2xpcA==\x1b\\b", "b"],
  ["the clipboard, ended by ST in one byte", "\x1b]52;c;Y2xpcA==\x9cb", "b"],
  ["a link", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"],
  ["DCS", "\x1bPq#0\x1b\\b", "b"],
  ["SOS, PM and APC", "a\x1bXx\x1b\\b\x1b^x\x1b\\c\x1b_x\x1b\\d", "abcd"],
  ["the same in one byte", "a\x98x\x9cb\x9ex\x9cc\x9fx\x9cd\x90x\x9ce\x9d0;x\x07f", "abcdef"],
  ["CSI in one byte", "\x9b31mb\x9d0;t\x9cc", "bc"],
  ["other C1 controls", "a\x84b\x85c\x8dd\x8ee\x8ff\x9ag", "abcdefg"],
  ["reset and character sets", "\x1bcb\x1b(0c\x1b#8d\x1b7e\x1b=f\x1bNg", "bcdefg"],
  ["what overwrites a line", "a\rb\r\nc\x08\x08d", "ab\ncd"],
  ["single controls", "\x08\x07\x00\x7f\x85\x0b\x0c\x0e", ""],
  ["bidi overrides, isolates and marks", "a\u202eb\u2066c\u200fd\u061ce\u202c\u2069", "abcde"],
  // What a string without an end would swallow is shown: it may be what somebody wants hidden.
  ["a title without an end", "a\x1b]0;rest", "a0;rest"],
  ["a title that another sequence breaks off", "a\x1b]0;t\x1b[2Jb", "a0;tb"],
  ["a title that CAN breaks off", "a\x1b]0;t\x18b\x07", "a0;tb"],
  ["one string in another", "a\x1b]0;\x1b]0;t\x07b", "a0;b"],
  ["an escape at the end", "a\x1b", "a"],
  ["an escape before an escape", "a\x1b\x1b[31mb", "ab"],
  ["a sequence that its own removal would make", "\x1b\x1b[m[31mb\x1b]\x1b[m0;t\x07", "[31mb0;t"],
];

for (const [name, text, expected] of CASES) {
  Deno.test(`sanitize(): ${name}`, () => {
    strictEqual(sanitize(text), expected);
    for (let at = 0; at <= text.length; at++) {
      const sanitizer = new Sanitizer();
      const parts = [sanitizer.push(text.slice(0, at)), sanitizer.push(text.slice(at))];
      strictEqual(parts.join("") + sanitizer.end(), expected, `split at ${at}`);
    }
    const sanitizer = new Sanitizer();
    const single = [...text].map((char) => sanitizer.push(char)).join("") + sanitizer.end();
    strictEqual(single, expected, "letter by letter");
  });
}

/** The same numbers at every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state;
  }
}

Deno.test("no mixture of controls commands a terminal, whole or in pieces", () => {
  const alphabet = [..."\x1b[]PX^_\\\x07\x9b\x9d\x90\x9c\x18\r\n0;?m!q(c", "\u202e", "ü"];
  const random = numbers(7);
  const next = (below: number) => random.next().value % below;
  for (let round = 0; round < 5000; round++) {
    const text = Array.from({ length: 1 + next(16) }, () => alphabet[next(alphabet.length)]).join(
      "",
    );
    const sanitizer = new Sanitizer();
    const at = next(text.length);
    const pieces = sanitizer.push(text.slice(0, at)) + sanitizer.push(text.slice(at)) +
      sanitizer.end();
    for (const shown of [sanitize(text), pieces]) {
      ok(!COMMANDS.test(shown), JSON.stringify([text, shown]));
    }
  }
});

Deno.test("Sanitizer holds no more than a sequence could need", () => {
  const sanitizer = new Sanitizer();
  const shown = sanitizer.push(`\x1b]0;${"x".repeat(20_000)}`) + sanitizer.push("y".repeat(5000));
  deepStrictEqual(shown, `0;${"x".repeat(20_000)}${"y".repeat(5000)}`);
});

Deno.test("a megabyte of beginnings is no more work than other text", () => {
  for (const begin of ["\x1b]", "\x9d", "\x1b[", "\x9b", "\x1b", "\x1b[0;", "\x1bP \x1b"]) {
    const text = begin.repeat(1_000_000 / begin.length);
    deepStrictEqual(COMMANDS.test(sanitize(text)), false, begin);
    deepStrictEqual(COMMANDS.test(new Sanitizer().push(text)), false, begin);
  }
});

Deno.test("reveal() hides nothing of a command", () => {
  const cases: [string, string][] = [
    ["echo hi\n\techo ü 漢", "echo hi\n\techo ü 漢"],
    ["ls \x1b]0; && rm -rf ~\x07", "ls \\x1b]0; && rm -rf ~\\x07"],
    ["ls\r\x9b8mhidden", "ls\\x0d\\x9b8mhidden"],
    ["a\u202eb\u200bc\ufeffd", "a\\u{202e}b\\u{200b}c\\u{feff}d"],
    ["x\u{e0041}\u{e0100}", "x\\u{e0041}\\u{e0100}"],
    ["a\u3164b\u00adc\u2800d\ufe0f", "a\\u{3164}b\\xadc\\u{2800}d\\u{fe0f}"],
  ];
  deepStrictEqual(cases.map(([text]) => [text, reveal(text)]), cases);
});
