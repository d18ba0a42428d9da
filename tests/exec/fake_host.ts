/** A host process gone wrong: it comes up, takes one call, and answers as its argument says. */

import { encodeFrame, readFrames } from "../../src/exec/frames.ts";
import { PROTOCOL_VERSION } from "../../src/exec/host_message.ts";

const MIB = 1024 * 1024;

if (import.meta.main) await main(Deno.args[0] ?? "");

async function main(conduct: string): Promise<void> {
  const messages = readFrames(Deno.stdin.readable);
  await messages.next();
  const protocol = conduct === "newer" ? PROTOCOL_VERSION + 1 : PROTOCOL_VERSION;
  await send({ type: "ready", protocol, pid: Deno.pid, permissions: {} });
  // Its input is not read any further.
  if (conduct === "deaf") return await forever();
  const { value } = await messages.next();
  await misbehave(conduct, (value as { id: number }).id);
  await messages.next();
}

async function misbehave(conduct: string, id: number): Promise<void> {
  switch (conduct) {
    case "dies":
      await send({ type: "output", id, text: "one\n" });
      await send({ type: "output", id, text: "two\n" });
      console.error("out of luck");
      return Deno.exit(3);
    case "no frames":
      return await write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    case "no message":
      return await send({ type: "result", id: "1" });
    case "no result":
      return await send({ type: "result", id, value: { exitCode: "0" } });
    case "too long":
      return await write(new Uint8Array([0x10, 0, 0, 0, 0, 0, 0, 0]));
    case "too deep":
      return await write(frameOf("[".repeat(MIB) + "]".repeat(MIB), new Uint8Array()));
    case "too often": {
      const place = JSON.stringify({ $bytes: [0, MIB] });
      return await write(frameOf(`[${Array(10_000).fill(place).join()}]`, new Uint8Array(MIB)));
    }
    case "ends":
      return Deno.exit(0);
    case "floods": {
      const text = "x".repeat(MIB);
      for (let n = 0; n < 200; n++) {
        await send({ type: "output", id: n % 2 === 0 ? id : 4711, text });
        await send({ type: "warning", id, message: text, key: `${n}` });
      }
      return Deno.exit(0);
    }
  }
}

async function forever(): Promise<void> {
  await new Promise(() => setInterval(() => {}, 1000));
}

async function send(message: unknown): Promise<void> {
  await write(encodeFrame(message));
}

async function write(bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}

function frameOf(json: string, blobs: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + json.length + blobs.length);
  new DataView(frame.buffer).setUint32(0, frame.length - 4);
  new DataView(frame.buffer).setUint32(4, json.length);
  frame.set(new TextEncoder().encode(json), 8);
  frame.set(blobs, 8 + json.length);
  return frame;
}
