/** `decodex __host`: takes calls from standard input, does them here and answers on standard output. */

import { UsageError } from "../protocol/error.ts";
import { encodeFrame, readFrames } from "./frames.ts";
import type { HostCall } from "./host_call.ts";
import type { FromHost } from "./host_answer.ts";
import { isCommand, PROTOCOL_VERSION, toFailure, type ToHost } from "./host_message.ts";
import { type Bytes, bytesOf, openLibc } from "./libc.ts";
import { createLocalHost, type LocalHost } from "./local_host.ts";
import { OutputFeed } from "./output_feed.ts";
import { perform } from "./perform.ts";
import { giveUp, holds, PERMISSION_NAMES } from "./permissions.ts";
import { ProcessTable } from "./process_table.ts";
import { harden } from "./sandbox/harden.ts";
import { signalOne } from "./spawn.ts";
import { settledWithin } from "./wait.ts";

/** What a tool never needs; the environment of commands comes with the first message. */
const GIVEN_UP = ["net", "env", "sys", "import"] as const;
/** While more than this waits to be taken, no further call is read. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
/** As long as the end of commands may take beside it; the front process waits for both. */
const END_LIMIT_MS = 1500;

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
  const { confinement, level, tellsQuiet } = first.value;
  // Landlock's launcher has filtered them before.
  const filter = level === "bubblewrap";
  if (!harden({ filter, network: confinement.network }) && filter) {
    throw new Error("system calls cannot be filtered");
  }
  if (first.value.sweep !== undefined) endMarked(first.value.sweep);
  const host = createLocalHost({ ...first.value, ownsDescendants: true });
  const calls = new RunningCalls();
  const end = () => Promise.all([calls.end(), host.close()]);
  Deno.addSignalListener("SIGTERM", () => {
    answers.sendLast({ type: "ending" });
    end().finally(() => Deno.exit(143));
  });
  try {
    answers.send(ready());
    answers.prepare();
    // The first answer to a command finds open what it takes to tell.
    if (tellsQuiet) void host.isQuiet();
    await serve(messages, { host, answers, calls, tellsQuiet });
  } finally {
    await end();
  }
}

/** With the sessions of the marked ones, where some may have lost the mark. */
function endMarked(variable: string): void {
  const table = new ProcessTable();
  const marked = new Set(table.marked(variable));
  const all = table.read() ?? [];
  const sessions = new Set(all.filter(({ pid }) => marked.has(pid)).map(({ session }) => session));
  for (const { pid, session } of all) {
    if (sessions.has(session)) signalOne(pid, "SIGKILL");
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
  readonly calls: RunningCalls;
  readonly tellsQuiet: boolean;
}

async function serve(messages: AsyncGenerator<ToHost>, service: Service): Promise<void> {
  const { calls, answers } = service;
  let reading = Promise.resolve();
  for await (const message of messages) {
    if (message.type === "cancel") calls.cancel(message.id);
    if (message.type === "ping") answers.send({ type: "pong" });
    if (message.type !== "call") continue;
    const isRead = message.method === "files.readBytes";
    // A file is read when the one before has been taken: each may be large.
    const before = isRead ? reading : Promise.resolve();
    const answered = calls.start(
      message.id,
      (signal) => before.then(() => answer(message, { ...service, signal })),
    );
    if (isRead) reading = answered;
    await answers.room();
  }
}

class RunningCalls {
  readonly #running = new Map<number, { abort: AbortController; done: Promise<void> }>();

  start(id: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const done = work(abort.signal).finally(() => this.#running.delete(id));
    this.#running.set(id, { abort, done });
    return done;
  }

  cancel(id: number): void {
    this.#running.get(id)?.abort.abort();
  }

  /** A patch that is under way is finished or put back; nothing else takes long. */
  async end(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { abort } of all) abort.abort();
    await settledWithin(Promise.all(all.map(({ done }) => done)), { ms: END_LIMIT_MS });
  }
}

type Call = Extract<ToHost, { type: "call" }>;

async function answer(
  { id, method, callId, params }: Call,
  { host, answers, tellsQuiet, signal }: Omit<Service, "calls"> & { signal: AbortSignal },
): Promise<void> {
  const quiet = async () => tellsQuiet && isCommand(method) ? { quiet: await host.isQuiet() } : {};
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
    await answers.send({ type: "result", id, value, ...await quiet() });
  } catch (error) {
    await answers.send({ type: "failure", id, failure: toFailure(error), ...await quiet() });
  }
}

/** One message after the other, as fast as they are taken. */
class Answers {
  #last: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #isOver = false;
  #writeAtOnce = (_: Bytes): boolean => false;

  /** What can wait until the first message is on its way. */
  prepare(): void {
    this.#writeAtOnce = writerAtOnce(STDOUT);
  }

  /** Settles when the message is taken; does not fail. */
  send(message: FromHost): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    const frame = encodeFrame(message);
    if (this.#waitingBytes === 0 && this.#writeAtOnce(frame)) return Promise.resolve();
    this.#waitingBytes += frame.length;
    // Without the front process nobody hears it, and the end of its messages says so as well.
    this.#last = this.#last.then(() => writeAll(frame)).catch(() => {})
      .then(() => void (this.#waitingBytes -= frame.length));
    return this.#last;
  }

  sendLast(message: FromHost): void {
    this.send(message);
    this.#isOver = true;
  }

  /** Once there is room for further answers. */
  async room(): Promise<void> {
    if (this.#waitingBytes > MOST_WAITING_BYTES) await this.#last;
  }
}

const STDOUT = 1;
/** A pipe that has room takes as many in one piece (`PIPE_BUF`). */
const PIPE_BYTES = 4096;
const POLLOUT = 4;

/**
 * What writes all of it, or nothing where that would have to wait. Deno's own way takes another
 * thread, or keeps back what follows a line break; the front waits for all of that.
 */
function writerAtOnce(pipe: number): (bytes: Bytes) => boolean {
  const libc = openLibc(["poll", "write"]);
  if (!libc) return () => false;
  const asked = bytesOf(8);
  const view = new DataView(asked.buffer);
  view.setInt32(0, pipe, true);
  view.setInt16(4, POLLOUT, true);
  const hasRoom = (): boolean =>
    libc.poll(asked, 1n, 0) === 1 && view.getInt16(6, true) === POLLOUT;
  return (bytes) => {
    if (bytes.length > PIPE_BYTES || !hasRoom()) return false;
    return Number(libc.write(pipe, bytes, BigInt(bytes.length))) === bytes.length;
  };
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}
