/** `decodex __host`: takes calls from standard input, does them here and answers on standard output. */

import { UsageError } from "../protocol/error.ts";
import { encodeFrame, readFrames } from "./frames.ts";
import type { HostCall } from "./host_call.ts";
import { type FromHost, PROTOCOL_VERSION, toFailure, type ToHost } from "./host_message.ts";
import { createLocalHost, type LocalHost } from "./local_host.ts";
import { perform } from "./perform.ts";
import { ProcessTable } from "./process_table.ts";
import { harden } from "./sandbox/harden.ts";
import { settledWithin } from "./wait.ts";

/** What a tool never needs. */
const GIVEN_UP = ["net", "env"] as const;
/** As long as the end of commands may take beside it; the front process waits for both. */
const END_LIMIT_MS = 1500;
const PERMISSIONS = ["read", "write", "net", "env", "run", "ffi", "sys"] as const;

/** Ends when the front process does, however that ends, and then nothing that was started lives on. */
export async function runHostProcess(): Promise<void> {
  // An interrupt on the terminal is for the front process to deal with.
  for (const signal of ["SIGINT", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
  for (const name of GIVEN_UP) Deno.permissions.revokeSync({ name });
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
  const calls = new RunningCalls();
  const end = () => Promise.all([calls.end(), host.close()]);
  Deno.addSignalListener("SIGTERM", () => void end().finally(() => Deno.exit(143)));
  try {
    answers.send(ready());
    await serve(messages, { host, answers, calls });
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
    if (!sessions.has(session)) continue;
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function ready(): FromHost {
  const permissions = Object.fromEntries(
    PERMISSIONS.map((name) => [name, stateOf(name)]),
  );
  return { type: "ready", protocol: PROTOCOL_VERSION, pid: Deno.pid, permissions };
}

/** What may still be asked for is denied: nobody is there to say yes. */
function stateOf(name: (typeof PERMISSIONS)[number]): "granted" | "denied" {
  return Deno.permissions.querySync({ name }).state === "granted" ? "granted" : "denied";
}

interface Service {
  readonly host: LocalHost;
  readonly answers: Answers;
  readonly calls: RunningCalls;
}

async function serve(messages: AsyncGenerator<ToHost>, service: Service): Promise<void> {
  const { calls } = service;
  for await (const message of messages) {
    if (message.type === "cancel") calls.cancel(message.id);
    if (message.type !== "call") continue;
    calls.start(message.id, (signal) => answer(message, { ...service, signal }));
  }
}

class RunningCalls {
  readonly #running = new Map<number, { abort: AbortController; done: Promise<void> }>();

  start(id: number, work: (signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController();
    const done = work(abort.signal).finally(() => this.#running.delete(id));
    this.#running.set(id, { abort, done });
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
  { host, answers, signal }: Pick<Service, "host" | "answers"> & { signal: AbortSignal },
): Promise<void> {
  const call: HostCall = {
    callId,
    signal,
    report(item, key = "") {
      if (item.type === "error") answers.send({ type: "warning", id, message: item.message, key });
    },
  };
  try {
    answers.send({ type: "result", id, value: await perform(host, { method, params, call }) });
  } catch (error) {
    answers.send({ type: "failure", id, failure: toFailure(error) });
  }
}

/** One message after the other, as fast as they are taken. */
class Answers {
  #last: Promise<void> = Promise.resolve();

  send(message: FromHost): void {
    const frame = encodeFrame(message);
    // Without the front process nobody hears it, and the end of its messages says so as well.
    this.#last = this.#last.then(() => writeAll(frame)).catch(() => {});
  }
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}
