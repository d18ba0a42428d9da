/** `decodex __host`: takes calls from standard input, does them here and answers on standard output. */

import { UsageError } from "../protocol/error.ts";
import { encodeFrame, readFrames } from "./frames.ts";
import type { HostCall } from "./host_call.ts";
import { type FromHost, PROTOCOL_VERSION, toFailure, type ToHost } from "./host_message.ts";
import { createLocalHost, type LocalHost } from "./local_host.ts";
import { OutputFeed } from "./output_feed.ts";
import { perform } from "./perform.ts";
import { giveUp, holds, PERMISSION_NAMES } from "./permissions.ts";
import { ProcessTable } from "./process_table.ts";
import { harden } from "./sandbox/harden.ts";

/** What a tool never needs; the environment of commands comes with the first message. */
const GIVEN_UP = ["net", "env", "sys", "import"] as const;
/** While more than this waits to be taken, no further call is read. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** Ends when the front process does, however that ends, and then nothing that was started lives on. */
export async function runHostProcess(): Promise<void> {
  // An interrupt on the terminal is for the front process to deal with.
  for (const signal of ["SIGINT", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
  giveUp(GIVEN_UP);
  const answers = new Answers();
  const messages = readFrames(Deno.stdin.readable) as AsyncGenerator<ToHost>;
  const first = await messages.next();
  if (first.done) return;
  if (first.value.type !== "hello" || first.value.protocol !== PROTOCOL_VERSION) {
    throw new UsageError("__host is a part of decodex that only decodex itself can talk to");
  }
  const { confinement, level } = first.value;
  // Landlock's launcher has filtered them before.
  const filter = level === "bubblewrap";
  if (!harden({ filter, network: confinement.network }) && filter) {
    throw new Error("system calls cannot be filtered");
  }
  if (first.value.sweep !== undefined) endMarked(first.value.sweep);
  const host = createLocalHost({ ...first.value, ownsDescendants: true });
  Deno.addSignalListener("SIGTERM", () => void host.close().finally(() => Deno.exit(143)));
  try {
    answers.send(ready());
    await serve(messages, { host, answers });
  } finally {
    await host.close();
  }
}

function endMarked(variable: string): void {
  for (const pid of new ProcessTable().marked(variable)) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function ready(): FromHost {
  const permissions = Object.fromEntries(
    PERMISSION_NAMES.map((name) => [name, holds(name) ? "granted" : "denied"]),
  );
  return { type: "ready", protocol: PROTOCOL_VERSION, pid: Deno.pid, permissions };
}

interface Service {
  readonly host: LocalHost;
  readonly answers: Answers;
}

async function serve(messages: AsyncGenerator<ToHost>, service: Service): Promise<void> {
  const running = new Map<number, AbortController>();
  let reading = Promise.resolve();
  try {
    for await (const message of messages) {
      if (message.type === "cancel") running.get(message.id)?.abort();
      if (message.type !== "call") continue;
      const abort = new AbortController();
      running.set(message.id, abort);
      const isRead = message.method === "files.readBytes";
      // A file is read when the one before has been taken: each may be large.
      const answered = (isRead ? reading : Promise.resolve())
        .then(() => answer(message, { ...service, signal: abort.signal }))
        .finally(() => running.delete(message.id));
      if (isRead) reading = answered;
      await service.answers.room();
    }
  } finally {
    for (const abort of running.values()) abort.abort();
  }
}

type Call = Extract<ToHost, { type: "call" }>;

async function answer(
  { id, method, callId, params }: Call,
  { host, answers, signal }: Service & { signal: AbortSignal },
): Promise<void> {
  const feed = new OutputFeed((text) => answers.send({ type: "output", id, text }));
  const call: HostCall = {
    callId,
    signal,
    report(item, key = "") {
      if (item.type === "error") answers.send({ type: "warning", id, message: item.message, key });
    },
    onOutput: (bytes) => feed.append(bytes),
  };
  try {
    const value = await perform(host, { method, params, call }).finally(() => feed.close());
    await answers.send({ type: "result", id, value });
  } catch (error) {
    await answers.send({ type: "failure", id, failure: toFailure(error) });
  }
}

/** One message after the other, as fast as they are taken. */
class Answers {
  #last: Promise<void> = Promise.resolve();
  #waitingBytes = 0;

  /** Settles when the message is taken; does not fail. */
  send(message: FromHost): Promise<void> {
    const frame = encodeFrame(message);
    this.#waitingBytes += frame.length;
    // Without the front process nobody hears it, and the end of its messages says so as well.
    this.#last = this.#last.then(() => writeAll(frame)).catch(() => {})
      .then(() => void (this.#waitingBytes -= frame.length));
    return this.#last;
  }

  /** Once there is room for further answers. */
  async room(): Promise<void> {
    if (this.#waitingBytes > MOST_WAITING_BYTES) await this.#last;
  }
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}
