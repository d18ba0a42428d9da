/** Messages between the processes: whole, split anywhere, and no messages at all. */

import { deepStrictEqual, rejects } from "node:assert/strict";
import { encodeFrame, readFrames } from "../../src/exec/frames.ts";

async function read(chunks: readonly Uint8Array[]): Promise<unknown[]> {
  return await Array.fromAsync(readFrames(ReadableStream.from(chunks)));
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, at) => bytes.slice(at * size, (at + 1) * size));
}

const MESSAGES = [
  { type: "call", text: "größer\u0000\n", nothing: null },
  { changes: [{ content: new Uint8Array([0, 255, 10]) }, { content: new Uint8Array() }] },
  { big: "x".repeat(100_000), bytes: new Uint8Array(70_000).fill(7) },
];

Deno.test("messages and the bytes in them arrive as they were sent, however they are cut", async () => {
  const frames = MESSAGES.map(encodeFrame);
  const stream = new Uint8Array(frames.flatMap((frame) => [...frame]));
  for (const size of [1, 7, 65_536, stream.length]) {
    deepStrictEqual(await read(pieces(stream, size)), MESSAGES);
  }
  deepStrictEqual(await read([]), []);
});

Deno.test("text that looks like the place of bytes stays text", async () => {
  const message = { text: '{"$bytes":[0,4]}' };
  deepStrictEqual(await read([encodeFrame(message)]), [message]);
});

Deno.test("a stream that is cut or no stream of messages fails", async () => {
  const frame = encodeFrame({ a: 1 });
  await rejects(read([frame.slice(0, 10)]), /ended within a message/);
  await rejects(read([new TextEncoder().encode("GET / HTTP/1.1")]), /no message of the protocol/);
  await rejects(read([new Uint8Array(12)]), /no message of the protocol/);
});
