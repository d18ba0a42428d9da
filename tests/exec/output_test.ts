/** What is kept of an output, where UTF-8 may be cut, and which variables a command sees. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { OutputBuffer } from "../../src/exec/output_buffer.ts";
import { OutputFeed } from "../../src/exec/output_feed.ts";
import { brokenStart, wholeCharacters } from "../../src/protocol/utf8.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("OutputBuffer gives all of what fits", () => {
  const buffer = new OutputBuffer(10);
  for (const part of ["abc", "", "defgh", "ij"]) buffer.append(bytes(part));
  deepStrictEqual(buffer.read(), { output: "abcdefghij", totalBytes: 10 });
});

Deno.test("OutputBuffer keeps both ends, in pieces of every size", () => {
  const text = Array.from({ length: 37 }, (_, index) => String.fromCharCode(65 + index)).join("");
  for (let size = 1; size <= text.length; size++) {
    const buffer = new OutputBuffer(10);
    for (let at = 0; at < text.length; at += size) buffer.append(bytes(text.slice(at, at + size)));
    deepStrictEqual(buffer.read(), {
      output: `${text.slice(0, 5)}\n... 27 bytes omitted ...\n${text.slice(-5)}`,
      totalBytes: 37,
      totalLines: 1,
    });
  }
});

Deno.test("OutputBuffer cuts between characters and counts what that costs", () => {
  const buffer = new OutputBuffer(10);
  buffer.append(bytes("€€€€€€€\n"));
  deepStrictEqual(buffer.read(), {
    output: "€\n... 15 bytes omitted ...\n€\n",
    totalBytes: 22,
    totalLines: 1,
  });
});

Deno.test("OutputBuffer starts anew after it was taken", () => {
  const buffer = new OutputBuffer(4);
  buffer.append(bytes("a\nb\nc\n"));
  strictEqual(buffer.take().totalLines, 3);
  buffer.append(bytes("xyz"));
  deepStrictEqual(buffer.take(), { output: "xyz", totalBytes: 3 });
  deepStrictEqual(buffer.read(), { output: "", totalBytes: 0 });
});

Deno.test("OutputBuffer keeps a byte order mark", () => {
  const buffer = new OutputBuffer();
  buffer.append(bytes("\ufeffa"));
  strictEqual(buffer.read().output, "\ufeffa");
});

Deno.test("a started character is left for the next piece, rubbish is not", () => {
  const rows: [number[], number][] = [
    [[], 0],
    [[0x61], 1],
    [[0x61, 0xc3], 1],
    [[0xc3, 0xa9], 2],
    [[0xe2, 0x82], 0],
    [[0xe2, 0x82, 0xac], 3],
    [[0x61, 0xf0, 0x9f, 0x98], 1],
    [[0xf0, 0x9f, 0x98, 0x80], 4],
    [[0x80, 0x80, 0x80, 0x80], 4],
    [[0x61, 0xff], 2],
    [[0xc3, 0xa9, 0x80], 3],
  ];
  for (const [input, expected] of rows) {
    strictEqual(wholeCharacters(Uint8Array.from(input)), expected, JSON.stringify(input));
  }
  deepStrictEqual(
    [[0x61], [0x82, 0xac, 0x61], [0x80, 0x80, 0x80, 0x80], []].map((input) =>
      brokenStart(Uint8Array.from(input))
    ),
    [0, 2, 3, 0],
  );
});

Deno.test("OutputFeed tells the first at once, and of what gathers meanwhile the last", async () => {
  const told: string[] = [];
  const second = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  const feed = new OutputFeed((text) => {
    told.push(text);
    if (told.length === 2) second.resolve();
    return taken.promise;
  });
  const bytes = (text: string) => new TextEncoder().encode(text);
  feed.append(bytes("first"));
  for (const text of ["ä".repeat(20_000), "b".repeat(5_000), "c".repeat(3)]) {
    feed.append(bytes(text));
  }
  deepStrictEqual(told, ["first"]);
  taken.resolve();
  await second.promise;
  feed.close();
  feed.append(bytes("never"));
  deepStrictEqual(told, ["first", `\n... 40000 bytes omitted ...\n${"b".repeat(5000)}ccc`]);
});
