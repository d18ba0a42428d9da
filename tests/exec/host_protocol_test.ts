/** The host process itself, spoken to by hand: versions, streamed output, answers that nobody takes. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { encodeFrame, readFrames } from "../../src/exec/frames.ts";
import type { FromHost } from "../../src/exec/host_answer.ts";
import { PROTOCOL_VERSION } from "../../src/exec/host_message.ts";
import { selfCommand } from "../../src/exec/self_command.ts";
import { HELLO } from "./plain_hello.ts";

const MIB = 1024 * 1024;

class RawHost implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  readonly messages: AsyncGenerator<FromHost>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  /** Started by `under`, an argument vector. */
  constructor(under: readonly string[] = []) {
    const self = selfCommand(["-A"]);
    const [program = "", ...args] = [...under, self.program, ...self.args, "__host"];
    this.child = new Deno.Command(program, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.child.stdin.getWriter();
    this.messages = readFrames(this.child.stdout) as AsyncGenerator<FromHost>;
  }

  async say(message: unknown): Promise<void> {
    await this.#input.write(encodeFrame(message));
  }

  async call(id: number, method: string, params: unknown[]): Promise<void> {
    await this.say({ type: "call", id, method, callId: "c", params });
  }

  async next(): Promise<FromHost | undefined> {
    return (await this.messages.next()).value;
  }

  async exec(id: number, script: string): Promise<void> {
    const request = { command: ["/bin/sh", "-c", script], cwd: "/", timeoutMs: 600_000 };
    await this.call(id, "exec", [request]);
  }

  /** The most memory that it ever held, in MiB. */
  peak(): number {
    const status = Deno.readTextFileSync(`/proc/${this.child.pid}/status`);
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** What it says on standard error, once it has ended. */
  async end(): Promise<{ code: number; stderr: string }> {
    await this.#input.close().catch(() => {});
    await this.messages.return(undefined);
    const stderr = await new Response(this.child.stderr).text();
    return { code: (await this.child.status).code, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    deepStrictEqual(await this.end(), { code: 0, stderr: "" });
  }
}

Deno.test("the host process refuses who speaks another version, and who does not greet", async () => {
  const calls = { type: "call", id: 1, method: "exec", callId: "c", params: [] };
  for (const first of [{ ...HELLO, protocol: PROTOCOL_VERSION + 1 }, calls, "hello"]) {
    const host = new RawHost();
    await host.say(first);
    strictEqual(await host.next(), undefined);
    const { code, stderr } = await host.end();
    deepStrictEqual([code, stderr], [
      1,
      "__host is a part of decodex that only decodex itself can talk to\n",
    ]);
  }
});

Deno.test("what a command writes is told while it runs", async () => {
  await using host = new RawHost();
  await host.say(HELLO);
  strictEqual((await host.next())?.type, "ready");
  await host.exec(1, "echo one; read answer; echo never");
  deepStrictEqual((await host.next())?.type, "output");
  await host.exec(2, "echo begun; exec sleep 60");
  deepStrictEqual(await outputOf(host, 2), "begun\n");
  await host.say({ type: "cancel", id: 2 });
  const ended = await host.next();
  deepStrictEqual([ended?.type, ended && "id" in ended && ended.id], ["failure", 2]);
});

/** The first that is told of a call. */
async function outputOf(host: RawHost, id: number): Promise<string | undefined> {
  while (true) {
    const message = await host.next();
    if (message === undefined) return undefined;
    if (message.type === "output" && message.id === id) return message.text;
  }
}

Deno.test("a flood of output is not kept, nor told faster than it is taken", async () => {
  await using host = new RawHost();
  await host.say(HELLO);
  await host.next();
  await host.exec(1, "head -c 200000000 /dev/zero | tr '\\0' x");
  let told = 0;
  let message = await host.next();
  for (; message?.type === "output"; message = await host.next()) told += message.text.length;
  ok(message?.type === "result");
  const { totalBytes, output } = message.value as { totalBytes: number; output: string };
  strictEqual(totalBytes, 200_000_000);
  match(output, /^x+\n\.\.\. \d+ bytes omitted \.\.\.\nx+$/);
  ok(told < 50_000_000, `${told}`);
  ok(host.peak() < 250, `${host.peak()} MiB`);
});

Deno.test("answers that nobody takes for a while come whole, and the commands end meanwhile", async () => {
  await using host = new RawHost();
  await host.say(HELLO);
  await host.next();
  const ids = Array.from({ length: 60 }, (_, n) => n + 1);
  const marks = await Deno.makeTempDir();
  const textOf = (id: number) => `${id}`.repeat(id % 7 === 0 ? 9000 : 1500);
  for (const id of ids) await host.exec(id, `printf %s ${textOf(id)}; : >${marks}/${id}`);
  const ended = () => [...Deno.readDirSync(marks)].length;
  while (ended() < ids.length) await new Promise((resolve) => setTimeout(resolve, 20));
  const outputs = new Map<number, string>();
  while (outputs.size < ids.length) {
    const message = await host.next();
    if (message?.type === "output") continue;
    ok(message?.type === "result");
    outputs.set(message.id, (message.value as { output: string }).output);
  }
  deepStrictEqual(ids.map((id) => outputs.get(id)), ids.map(textOf));
  await Deno.remove(marks, { recursive: true });
});

Deno.test("an answer whose length has the byte of a line break in it is not held back", async () => {
  await using host = new RawHost();
  await host.say(HELLO);
  await host.next();
  const lengths: number[] = [];
  for (let id = 1; id <= 40; id++) {
    await host.exec(id, `printf %s ${"x".repeat(2400 + id)}`);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(reject, 5000, new Error(`no answer to ${id}`));
    let message: FromHost | undefined;
    do message = await Promise.race([host.next(), late]); while (message?.type === "output");
    clearTimeout(timer);
    lengths.push(encodeFrame(message).length - 4);
  }
  ok(lengths.some((length) => length >> 8 === 10), `${lengths}`);
});

Deno.test("large files are read when the one before has been taken", async () => {
  const path = await Deno.makeTempFile();
  await Deno.truncate(path, 8 * MIB);
  await using host = new RawHost();
  await host.say(HELLO);
  await host.next();
  const ids = Array.from({ length: 60 }, (_, n) => n + 1);
  for (const id of ids) await host.call(id, "files.readBytes", [path]);
  const seen: [number, number][] = [];
  while (seen.length < ids.length) {
    const message = await host.next();
    ok(message?.type === "result");
    seen.push([message.id, (message.value as Uint8Array).length]);
  }
  deepStrictEqual(seen, ids.map((id) => [id, 8 * MIB]));
  ok(host.peak() < 400, `${host.peak()} MiB`);
  await Deno.remove(path);
});

Deno.test("commands do not inherit what whoever started decodex has left open", async () => {
  const folder = await Deno.makeTempDir({ prefix: "decodex_open_" });
  try {
    const leave = ["/bin/bash", "-c", 'exec 9<"$0" 200>>"$0/log"; exec "$@"', folder];
    await using host = new RawHost(leave);
    await host.say(HELLO);
    strictEqual((await host.next())?.type, "ready");
    await host.exec(
      1,
      'for each in /proc/self/fd/*; do echo "${each##*/}"; done; cd /proc/self/fd/9',
    );
    const answers: FromHost[] = [];
    do answers.push(await host.next() as FromHost); while (answers.at(-1)?.type === "output");
    const answer = answers.at(-1);
    ok(answer?.type === "result");
    const { output, exitCode } = answer.value as { output: string; exitCode: number };
    match(output, /^0\n1\n2\n(?:3\n)?.*cd:.*\/9/s);
    ok(!/^(?:9|200)$/m.test(output), output);
    ok(exitCode !== 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
