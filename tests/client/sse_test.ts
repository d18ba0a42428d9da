/** Bytes to events by the rules of event streams, however the bytes are cut. */

import { deepStrictEqual, rejects } from "node:assert/strict";
import { readSse } from "../../src/client/sse.ts";
import { CodexError } from "../../src/protocol/error.ts";

const TEXT = '{"type":"a","text":"grün 🦕 \\n"}';

function streamOf(bytes: Uint8Array, chunkBytes = bytes.length): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkBytes));
      at += chunkBytes;
    },
  });
}

async function read(text: string, chunkBytes?: number): Promise<string[]> {
  const stream = streamOf(new TextEncoder().encode(text), chunkBytes);
  return (await Array.fromAsync(readSse(stream, { idleTimeoutMs: 60_000 }))).flat();
}

const FRAMINGS: readonly [string, string, string[]][] = [
  ["LF", `event: a\ndata: ${TEXT}\n\ndata: 2\n\n`, [TEXT, "2"]],
  ["CRLF", `event: a\r\ndata: ${TEXT}\r\n\r\ndata: 2\r\n\r\n`, [TEXT, "2"]],
  ["CR", `event: a\rdata: ${TEXT}\r\rdata: 2\r\r`, [TEXT, "2"]],
  ["mixed ends", `data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r`, ["1", "2", "3"]],
  ["a BOM that is text", `data: a\uFEFF\n\ndata: \uFEFFb\n\n`, ["a\uFEFF", "\uFEFFb"]],
  ["a BOM", `\uFEFFdata: ${TEXT}\n\n`, [TEXT]],
  ["no space after the colon", `data:${TEXT}\n\n`, [TEXT]],
  ["comments", `: ping\n\n:\ndata: ${TEXT}\n: in between\n\n`, [TEXT]],
  ["several data lines", `data: {"a":\ndata: 1}\n\n`, ['{"a":\n1}']],
  ["other fields", `id: 7\nretry: 100\nfoo: bar\nbaz\ndata: ${TEXT}\n\n`, [TEXT]],
  ["no data", `event: a\n\n`, []],
  ["an end without an empty line", `data: 1\n\ndata: ${TEXT}`, ["1", TEXT]],
  ["nothing", ``, []],
];

for (const [name, text, expected] of FRAMINGS) {
  Deno.test(`a stream with ${name} gives its events, in chunks of any size`, async () => {
    for (const chunkBytes of [undefined, 1, 2, 3, 7]) {
      deepStrictEqual(await read(text, chunkBytes), expected, `chunks of ${chunkBytes}`);
    }
  });
}

Deno.test("an event that a lone CR ends is not held back for the next chunk", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const events = readSse(readable, { idleTimeoutMs: 60_000 });
  const written = writer.write(new TextEncoder().encode("data: 1\r\r"));
  deepStrictEqual(await events.next(), { done: false, value: ["1"] });
  await written;
  await events.return(undefined);
});

Deno.test("bytes that are no text, and a character that never ends, are marked as such", async () => {
  const bytes = Uint8Array.of(0x31, 0xff, 0xc3, 0x32, 0xf0, 0x9f);
  const start = new TextEncoder().encode("data: ");
  for (const chunkBytes of [1, 2, 3, 99]) {
    const stream = streamOf(new Uint8Array([...start, ...bytes]), chunkBytes);
    const events = (await Array.fromAsync(readSse(stream, { idleTimeoutMs: 60_000 }))).flat();
    deepStrictEqual(events, ["1\ufffd\ufffd2\ufffd"], `chunks of ${chunkBytes}`);
  }
});

Deno.test("silence longer than the limit ends the stream", async () => {
  let cancelled = false;
  const silent = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  await rejects(
    Array.fromAsync(readSse(silent, { idleTimeoutMs: 1 })),
    new CodexError(
      "response_stream_disconnected",
      "stream disconnected before completion: idle timeout waiting for SSE",
    ),
  );
  deepStrictEqual(cancelled, true);
});

Deno.test("an event without end does not fill the memory", async () => {
  const bytes = new TextEncoder().encode(`data: ${"x".repeat(100)}`);
  const endless = new ReadableStream<Uint8Array>({ pull: (c) => c.enqueue(bytes) });
  await rejects(
    Array.fromAsync(readSse(endless, { idleTimeoutMs: 60_000, maxEventChars: 10_000 })),
    /an event is longer than 10000 characters/,
  );
});

Deno.test("comments without end are no event and stay allowed", async () => {
  const bytes = new TextEncoder().encode(": ping\n\n".repeat(1000) + "data: 1\n\n");
  const events = readSse(streamOf(bytes, 9), { idleTimeoutMs: 60_000, maxEventChars: 100 });
  deepStrictEqual((await Array.fromAsync(events)).flat(), ["1"]);
});
