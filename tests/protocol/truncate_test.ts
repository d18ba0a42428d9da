/** Cutting text to a budget, in codex-cli 0.115.0's way. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { approxTokens, countLines, truncateText } from "../../src/protocol/truncate.ts";

const TOKENS = { mode: "tokens", limit: 10_000 } as const;

Deno.test("text within its budget is not touched, one byte more is", () => {
  const whole = "x".repeat(40_000);
  deepStrictEqual(truncateText(whole, TOKENS), { text: whole, truncated: false });
  deepStrictEqual(truncateText(`${whole}x`, TOKENS), {
    text: `${"x".repeat(20_000)}…1 tokens truncated…${"x".repeat(20_000)}`,
    truncated: true,
  });
  const four = truncateText(`${whole}xxxx`, TOKENS).text;
  strictEqual(four.slice(20_000, 20_021), "…1 tokens truncated…x");
});

Deno.test("bytes are counted in characters, and no character is torn", () => {
  const { text } = truncateText("é".repeat(10), { mode: "bytes", limit: 7 });
  strictEqual(text, "é…7 chars truncated…éé");
});

Deno.test("a budget of nothing leaves the mark alone", () => {
  strictEqual(truncateText("hi\n", { mode: "tokens", limit: 0 }).text, "…1 tokens truncated…");
  strictEqual(truncateText("", { mode: "tokens", limit: 0 }).text, "");
});

Deno.test("tokens are a quarter of the bytes, lines count an unfinished last one", () => {
  deepStrictEqual([0, 1, 4, 5].map(approxTokens), [0, 1, 1, 2]);
  deepStrictEqual(["", "a", "a\n", "a\nb", "\n\n"].map(countLines), [0, 1, 1, 2, 2]);
});
