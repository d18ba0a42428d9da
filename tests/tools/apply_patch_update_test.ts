/** apply_patch: where the chunks of an update fit, and what they leave of the file. */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { updateContent } from "../../tools/apply_patch/apply.ts";
import { FUNCTION_DESCRIPTION } from "../../tools/apply_patch/description.ts";
import { type Operation, parsePatch } from "../../tools/apply_patch/parse.ts";

type Update = Extract<Operation, { type: "update" }>;

function chunksOf(...lines: string[]): Update["chunks"] {
  const patch = ["*** Begin Patch", "*** Update File: f", ...lines, "*** End Patch"].join("\n");
  return (parsePatch(patch)[0] as Update).chunks;
}

/** One character is one byte. */
function update(text: string, ...lines: string[]): string {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const { content } = updateContent(bytes, { chunks: chunksOf(...lines), path: "/w/f" });
  return Array.from(content, (byte) => String.fromCharCode(byte)).join("");
}

/** As the bytes of UTF-8. */
function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

type Row = readonly [before: string, patch: readonly string[], after: string];

function check(rows: readonly Row[]): void {
  for (const [before, patch, after] of rows) {
    strictEqual(update(before, ...patch), after, JSON.stringify([before, patch]));
  }
}

Deno.test("chunks go where their lines stand, one after the other", () => {
  check([
    ["a\nb\nc\n", ["@@", " a", "-b", "+B", " c"], "a\nB\nc\n"],
    ["a\nb\n", ["-b", "+c"], "a\nc\n"],
    ["a\nb\n", ["@@", "+0", " a"], "0\na\nb\n"],
    ["a\n", ["@@", "-a"], ""],
    ["x\nx\nx\n", ["@@", "-x", "+1", "@@", "-x", "+2"], "1\n2\nx\n"],
    ["a\nb\nc\n", ["@@", "-a", "+A", "@@", "-c", "+C"], "A\nb\nC\n"],
    ["a\n\nb\n", ["@@", "", "-b", "+c"], "a\n\nc\n"],
    ["+a\n-b\n", ["@@", "-+a", "+-b", " -b"], "-b\n-b\n"],
  ]);
});

Deno.test("the line behind @@ tells which of several places is meant", () => {
  const twice = "def f\n x\ndef g\n x\n";
  check([
    [twice, ["@@ def g", "- x", "+ y"], "def f\n x\ndef g\n y\n"],
    [twice, ["@@ def f", "- x", "+ y"], "def f\n y\ndef g\n x\n"],
    [twice, ["@@ def f", "- x", "+ 1", "@@ def g", "- x", "+ 2"], "def f\n 1\ndef g\n 2\n"],
    [twice, ["@@   def g  ", "- x", "+ y"], "def f\n x\ndef g\n y\n"],
    // Each of several narrows it down further.
    ["a\nm\nx\nb\nm\nx\n", ["@@ b", "@@ m", "-x", "+y"], "a\nm\nx\nb\nm\ny\n"],
  ]);
});

Deno.test("the end of the file is meant where the patch says so", () => {
  check([
    ["x\ny\nx\n", ["@@", "-x", "+z", "*** End of File"], "x\ny\nz\n"],
    ["a\nb\n", ["@@", "-b", "+x", "", "*** End of File"], "a\nx\n"],
    ["a\nb\n", ["@@", " b", "+c", "*** End of File"], "a\nb\nc\n"],
    ["a\nb\n", ["@@ b", "-b", "+c", "*** End of File"], "a\nc\n"],
  ]);
});

Deno.test("what is only added goes to the end of the file", () => {
  check([
    ["a\nb\n", ["@@", "+x"], "a\nb\nx\n"],
    ["a\nb\n", ["@@ a", "+x"], "a\nb\nx\n"],
    ["", ["@@", "+x", "+y"], "x\ny\n"],
    ["a\nb\n", ["@@", "+x", "@@", "-a", "+A"], "A\nb\nx\n"],
    ["a\n", ["@@", "+x", "@@", "+y"], "a\nx\ny\n"],
  ]);
});

Deno.test("lines are found exactly, else more and more loosely", () => {
  check([
    ["a \na\n", ["@@", "-a", "+b"], "a \nb\n"],
    ["a  \n", ["@@", "-a", "+b"], "b\n"],
    ["  a\na \n", ["@@", "-a", "+b"], "  a\nb\n"],
    ["\ta\n", ["@@", "-    a", "+b"], "b\n"],
    [utf8("x – y\n"), ["@@", "-x - y", "+b"], "b\n"],
    ["x - y\n", ["@@", "-x — y", "+b"], "b\n"],
    [utf8("“q” it’s ‚a‛\n"), ["@@", `-"q" it's 'a'`, "+b"], "b\n"],
    [utf8("a\u00a0b\u202fc\u3000d\n"), ["@@", "-a b c d", "+b"], "b\n"],
    [utf8("−1 „x‟\n"), ["@@", '--1 "x"', "+b"], "b\n"],
  ]);
});

Deno.test("a blank line at a chunk's end may stand for the end of its lines", () => {
  check([
    ["a\nz\n", ["@@", "-a", "+b", ""], "b\nz\n"],
    ["a\nz\n", ["@@", "-a", "", "+b"], "\nb\nz\n"],
    ["a\nz\n", ["@@", "-a", "-", "+b"], "b\nz\n"],
    ["a\nz\n", ["@@", "-a", "+b", "+", "-"], "b\nz\n"],
    ["a\n\nz\n", ["@@", "-a", "+b", ""], "b\n\nz\n"],
    ["a\n\nz\n", ["@@", "+b", "", "-"], "a\nb\nz\n"],
    ["", ["@@", "", "+x"], "\nx\n"],
  ]);
});

Deno.test("what is not touched stays as it was, to the byte", () => {
  check([
    // Context keeps the file's spelling, whatever the patch's is.
    ["a  \nb\n", ["@@", " a", "-b", "+c"], "a  \nc\n"],
    ["\tx\ny\n", ["@@", " x", "-y", "+z"], "\tx\nz\n"],
    [utf8("x – y\nb\n"), ["@@", " x - y", "-b", "+c"], utf8("x – y\nc\n")],
    // Line ends, also of a file that has both.
    ["a\r\nb\r\n", ["@@", " a", "-b", "+c", "+d"], "a\r\nc\r\nd\r\n"],
    ["a\r\nb\r\n", ["@@", "+c"], "a\r\nb\r\nc\r\n"],
    ["a\r\nb", ["@@", "-b", "+c"], "a\r\nc\r\n"],
    ["a\r\nb\nc\n", ["@@", "-a", "+A", "+B", "@@", "-c", "+C"], "A\r\nB\r\nb\nC\n"],
    ["a\rb\nc\n", ["@@", "-c", "+d"], "a\rb\nd\n"],
    // Bytes that are no UTF-8, a byte order mark, blank lines at the end.
    ["\xe9t\xe9\nb\n", ["@@", "-b", "+c"], "\xe9t\xe9\nc\n"],
    ["\xe9\nb\n", ["@@", " \ufffd", "-b", "+c"], "\xe9\nc\n"],
    ["\xff\xfe\0\n\xc3\nb\n", ["@@", "-b", "+c"], "\xff\xfe\0\n\xc3\nc\n"],
    ["\xef\xbb\xbfa\nb\n", ["@@", "-a", "+c"], "\xef\xbb\xbfc\nb\n"],
    ["\xef\xbb\xbfa\nb\n", ["@@", " a", "-b"], "\xef\xbb\xbfa\n"],
    ["a\nb\n\n\n", ["@@", "-a", "+c"], "c\nb\n\n\n"],
    // What is added is UTF-8, and the last line ends.
    ["a\nb", ["@@", "-a", "+é"], "\xc3\xa9\nb\n"],
    ["a", ["@@", " a", "+b"], "a\nb\n"],
  ]);
});

Deno.test("lines that are nowhere, or only before the chunk's place, are said", () => {
  const failed = "apply_patch verification failed: ";
  const rows: [string, string[], string][] = [
    [
      "a\n",
      ["@@", " nope", "-nothing", "+x"],
      "Failed to find expected lines in /w/f:\nnope\nnothing",
    ],
    ["a\n", ["@@", "-a", "-b"], "Failed to find expected lines in /w/f:\na\nb"],
    ["", ["@@", "-a"], "Failed to find expected lines in /w/f:\na"],
    ["a\n", ["@@ def foo():", "-a"], "Failed to find context 'def foo():' in /w/f"],
    ["a\nb\n", ["@@", "-b", "@@", "-a"], "Failed to find expected lines in /w/f:\na"],
    ["a\nb\n", ["@@", "-b", "@@ a", "+x"], "Failed to find context 'a' in /w/f"],
    ["a\n", ["@@ a", "-a"], "Failed to find expected lines in /w/f:\na"],
    ["a\nb\n", ["@@", "-a", "*** End of File"], "Failed to find expected lines in /w/f:\na"],
    [
      "b\n",
      ["@@", "-b", "+x", "@@", "-b", "*** End of File"],
      "Failed to find expected lines in /w/f:\nb",
    ],
    ["A\n", ["@@", "-a"], "Failed to find expected lines in /w/f:\na"],
  ];
  for (const [text, patch, message] of rows) {
    throws(() => update(text, ...patch), { name: "ToolError", message: failed + message });
  }
});

Deno.test("an update tells where it has changed what", () => {
  const { hunks } = updateContent(new TextEncoder().encode("a \nb\nc\nd\n"), {
    chunks: chunksOf("@@", "+end", "@@", " a", "-b", "+B", "+B2", "@@", "-d"),
    path: "f",
  });
  deepStrictEqual(hunks, [
    {
      oldStart: 0,
      newStart: 0,
      lines: [
        { kind: " ", text: "a " },
        { kind: "-", text: "b" },
        { kind: "+", text: "B" },
        { kind: "+", text: "B2" },
      ],
    },
    { oldStart: 3, newStart: 4, lines: [{ kind: "-", text: "d" }] },
    { oldStart: 4, newStart: 4, lines: [{ kind: "+", text: "end" }] },
  ]);
});

Deno.test("many chunks fit into a long file soon", () => {
  const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index}`);
  const numbers = Array.from({ length: 400 }, (_, index) => index * 500);
  const patch = numbers.flatMap((n) => ["@@", `-  line ${n}  `, `+changed ${n}`]);
  const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
  const startedAt = performance.now();
  const { content } = updateContent(bytes, { chunks: chunksOf(...patch), path: "f" });
  const took = performance.now() - startedAt;
  for (const n of numbers) lines[n] = `changed ${n}`;
  strictEqual(new TextDecoder().decode(content), `${lines.join("\n")}\n`);
  strictEqual(took < 10_000, true, `${took} ms`);
});

Deno.test("the example that the model is given is a patch that fits", () => {
  const example = /\*\*\* Begin Patch\n[^]*?\n\*\*\* End Patch\n/.exec(FUNCTION_DESCRIPTION)?.[0];
  const operations = parsePatch(example ?? "");
  deepStrictEqual(operations.map(({ type }) => type), ["add", "update", "delete"]);
  const shape = [
    "class Circle:",
    "    def __init__(self, radius):",
    "        self.radius = radius",
    "        self.sides = 0",
    "",
    "    def area(self):",
    "        return 3.14 * self.radius ** 2",
    "",
    "class Square:",
    "    def area(self):",
    "        return self.side * 2",
    "",
  ].join("\n");
  const { chunks } = operations[1] as Update;
  const { content } = updateContent(new TextEncoder().encode(shape), { chunks, path: "f" });
  strictEqual(
    new TextDecoder().decode(content),
    shape.replace("sides", "corners").replace("side * 2", "side ** 2"),
  );
});
