/** Where the prompt comes from. */

import { deepStrictEqual, rejects } from "node:assert/strict";
import { readPrompt, type Stdin } from "../../src/cli/stdin.ts";

/** Gives the texts; `open` never ends. */
function stdin(texts: readonly string[], { open = false, terminal = false } = {}): Stdin {
  return reading(texts.map((text) => new TextEncoder().encode(text)), { open, terminal });
}

function reading(
  pieces: readonly Uint8Array[],
  { open = false, terminal = false } = {},
): Stdin {
  const left = [...pieces];
  return {
    read(into) {
      const piece = left.shift();
      if (!piece) return open ? new Promise(() => {}) : Promise.resolve(null);
      into.set(piece);
      return Promise.resolve(piece.length);
    },
    isTerminal: () => terminal,
  };
}

const QUICK = { firstByteMs: 5, silenceMs: 5 };

async function read(prompt: string | undefined, from: Stdin): Promise<[string, number]> {
  let notices = 0;
  const onWaiting = () => notices++;
  return [await readPrompt({ prompt, stdin: from, onWaiting, limits: QUICK }), notices];
}

Deno.test("piped text follows the prompt, and nothing follows where nothing was piped", async () => {
  deepStrictEqual(await read("p", stdin(["more"])), ["p\n\n<stdin>\nmore\n</stdin>", 0]);
  deepStrictEqual(await read("p", stdin(["mo", "re\n"])), ["p\n\n<stdin>\nmore\n</stdin>", 0]);
  deepStrictEqual(await read("p", stdin([])), ["p", 0]);
  deepStrictEqual(await read("p", stdin(["x"], { terminal: true })), ["p", 0]);
});

Deno.test("without words, or with -, standard input is the prompt as it stands", async () => {
  deepStrictEqual(await read(undefined, stdin(["from stdin\n"])), ["from stdin\n", 0]);
  deepStrictEqual(await read("-", stdin(["a\r\nb"])), ["a\r\nb", 0]);
});

Deno.test("a standard input that never ends holds up no prompt, and that is said", async () => {
  const [silent, silentNotices] = await read("p", stdin([], { open: true }));
  deepStrictEqual([silent, silentNotices > 0], ["p", true]);
  const [begun, begunNotices] = await read("p", stdin(["begun"], { open: true }));
  deepStrictEqual([begun, begunNotices > 0], ["p\n\n<stdin>\nbegun\n</stdin>", true]);
});

Deno.test("no clock runs before the prompt is needed", async () => {
  const { promise: needed, resolve } = Promise.withResolvers<void>();
  let isRead = false;
  const input = { prompt: "p", stdin: stdin([], { open: true }), onWaiting: () => {}, needed };
  const reading = readPrompt({ ...input, limits: QUICK }).finally(() => isRead = true);
  await new Promise((passed) => setTimeout(passed, 4 * QUICK.firstByteMs));
  deepStrictEqual(isRead, false);
  resolve();
  deepStrictEqual(await reading, "p");
});

Deno.test("a prompt that ends in a hyphen waits for the end of standard input", async () => {
  deepStrictEqual(await read("p -", stdin(["late"])), ["p\n\n<stdin>\nlate\n</stdin>", 0]);
});

Deno.test("no prompt at all, an empty one and one without a limit are refused", async () => {
  const refused = { name: "UsageError" };
  await rejects(read(undefined, stdin([])), {
    ...refused,
    message: "No prompt provided via stdin.",
  });
  await rejects(read("-", stdin([" \n"])), {
    ...refused,
    message: "No prompt provided via stdin.",
  });
  await rejects(read(undefined, stdin([], { terminal: true })), refused);
  await rejects(read(" ", stdin([])), { ...refused, message: "The prompt is empty" });
  const input = { prompt: "-", stdin: stdin(["too much"]), onWaiting: () => {} };
  await rejects(readPrompt({ ...input, limits: { bytes: 3 } }), refused);
});

Deno.test("text that is split inside a character arrives whole", async () => {
  const bytes = new TextEncoder().encode("ä€😀");
  const [text] = await read("-", reading([...bytes].map((byte) => Uint8Array.of(byte))));
  deepStrictEqual(text, "ä€😀");
});
