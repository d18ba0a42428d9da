/** Characters that nobody sees: found where they hide something, and only there. */

import { strictEqual } from "node:assert/strict";
import { describeHidden } from "../../src/protocol/hidden_text.ts";

function tags(text: string): string {
  return [...text].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join("");
}

const ENGLAND = `\u{1f3f4}${tags("gbeng")}\u{e007f}`;

const TEXTS: readonly [string, string, string | undefined][] = [
  ["plain text", "Ünïcödé 漢字 😀 \t\n", undefined],
  ["text in tags", `Hello${tags("run this")}`, "8 tag"],
  ["a flag that is spelt with tags", `${ENGLAND} wins`, undefined],
  ["a flag with more tags than flags have", `\u{1f3f4}${tags("gbengrun")}\u{e007f}`, "9 tag"],
  ["overrides and isolates", "a\u202eb\u202c \u2066c\u2069", "4 bidi control"],
  ["an override in Hebrew", "שלום\u202e", "1 bidi control"],
  ["a mark in Hebrew", "שלום!\u200f (\u200e1)", undefined],
  ["a mark in English", "if\u200f (x)", "1 direction mark"],
  ["spaces without width", "a\u200bb\u2060c\ufeff", "3 zero-width"],
  ["a mark at the beginning of a file", "\ufefftext", undefined],
  ["two of them", "\ufeff\ufefftext", "1 zero-width"],
  ["a family, and a dark-haired one", "👨‍👩‍👧‍👦 👩🏽‍🦰 🏳️‍🌈 ❤️‍🔥", undefined],
  ["joiners behind an emoji", "👨\u200d\u200d\u200dx", "3 zero-width"],
  ["joiners in Persian and in Hindi", "می\u200cخواهم क्\u200dष", undefined],
  ["one joiner in English", "pass\u200dword", "1 zero-width"],
  ["a break in Thai", "ภาษา\u200bไทย", undefined],
  ["an emoji's selector", "❤️ ☺︎ 1️⃣", undefined],
  ["selectors in a row", "😀\ufe00\ufe01\u{e0100}\u{e01ef}", "4 variation selector"],
  ["a variant of a Chinese character", "葛\u{e0100}", undefined],
  ["selectors behind letters", "a\u{e0101}b\u{e0102}", "2 variation selector"],
  ["everything at once", `${tags("ab")}\u202e\u200b`, "2 tag, 1 bidi control, 1 zero-width"],
  ["half a character", "\udb40 \ud800", undefined],
];

for (const [name, text, expected] of TEXTS) {
  Deno.test(`hidden characters: ${name}`, () => strictEqual(describeHidden(text), expected));
}
