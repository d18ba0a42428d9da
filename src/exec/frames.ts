/** Messages between the two processes: JSON with byte arrays beside it, each behind its length. */

/** A longer frame is no frame: whoever sent it has gone wrong. */
const MOST_BYTES = 512 * 1024 * 1024;
const HEAD_BYTES = 8;
/** Stands in the JSON for a byte array: its place in what follows. */
const BYTES_KEY = "$bytes";

/**
 * `[length of all that follows: u32][length of the JSON: u32][JSON][bytes…]`, numbers big-endian.
 * A `Uint8Array` anywhere in the message travels as it is.
 */
export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const blobs: Uint8Array[] = [];
  let blobBytes = 0;
  const json = new TextEncoder().encode(JSON.stringify(message, (_, value) => {
    if (!(value instanceof Uint8Array)) return value;
    blobs.push(value);
    blobBytes += value.length;
    return { [BYTES_KEY]: [blobBytes - value.length, value.length] };
  }));
  const frame = new Uint8Array(HEAD_BYTES + json.length + blobBytes);
  const head = new DataView(frame.buffer);
  head.setUint32(0, 4 + json.length + blobBytes);
  head.setUint32(4, json.length);
  frame.set(json, HEAD_BYTES);
  let at = HEAD_BYTES + json.length;
  for (const blob of blobs) {
    frame.set(blob, at);
    at += blob.length;
  }
  return frame;
}

/**
 * Every message in its order, no faster than they are taken; ends with the stream. Fails for what is
 * no frame, and for one of more than `mostBytes`.
 */
export async function* readFrames(
  stream: ReadableStream<Uint8Array>,
  mostBytes: number = MOST_BYTES,
): AsyncGenerator<unknown> {
  let buffer = new Uint8Array(64 * 1024);
  let held = 0;
  for await (const chunk of stream) {
    if (held + chunk.length > buffer.length) buffer = grown(buffer, held + chunk.length);
    buffer.set(chunk, held);
    held += chunk.length;
    let at = 0;
    while (held - at >= HEAD_BYTES) {
      const length = frameLength(buffer.subarray(at), mostBytes);
      if (held - at < length) break;
      yield decode(buffer.subarray(at, at + length));
      at += length;
    }
    buffer.copyWithin(0, at, held);
    held -= at;
  }
  if (held > 0) throw new Error("the stream ended within a message");
}

function grown(buffer: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, buffer.length * 2));
  larger.set(buffer);
  return larger;
}

function frameLength(buffer: Uint8Array, mostBytes: number): number {
  const length = new DataView(buffer.buffer, buffer.byteOffset).getUint32(0);
  if (length > mostBytes || length < 4) throw noMessage();
  return length + 4;
}

function noMessage(): Error {
  return new Error("this is no message of the protocol");
}

function decode(frame: Uint8Array): unknown {
  const jsonBytes = new DataView(frame.buffer, frame.byteOffset).getUint32(4);
  const blobs = frame.subarray(HEAD_BYTES + jsonBytes);
  const json = new TextDecoder().decode(frame.subarray(HEAD_BYTES, HEAD_BYTES + jsonBytes));
  // Looking at every value takes several times as long.
  if (!json.includes(BYTES_KEY)) return JSON.parse(json);
  let left = blobs.length;
  return JSON.parse(json, (_, value) => {
    const place = value?.[BYTES_KEY];
    if (!Array.isArray(place)) return value;
    const bytes = blobs.slice(Number(place[0]), Number(place[0]) + Number(place[1]));
    // Named again and again, a few bytes would become more than there is memory for.
    left -= bytes.length;
    if (left < 0) throw noMessage();
    return bytes;
  });
}
