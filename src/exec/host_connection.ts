/** The front's end of one host process: it starts it, asks it, and notices when it has gone. */

import { errorMessage, ToolError } from "../protocol/error.ts";
import type { ToolContext } from "../protocol/tool.ts";
import { encodeFrame, readFrames } from "./frames.ts";
import {
  FROM_HOST,
  fromFailure,
  type FromHost,
  type Hello,
  type Method,
  type MethodResult,
  parseResult,
  type ToHost,
} from "./host_message.ts";
import { settledWithin } from "./wait.ts";

const READY_LIMIT_MS = 10_000;
/** The host process ends what runs in it within a second and a half. */
const CLOSE_LIMIT_MS = 2000;
/** What an interrupted call may take to say so: a patch is put back first. */
const CANCEL_LIMIT_MS = 1000;
const ERROR_BYTES = 4096;

export interface HostCommand {
  /** An argument vector, with what confines the process in front. */
  readonly command: readonly string[];
  /** All that the host process itself sees of an environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes away what was laid out for the process, once it has gone. */
  sweep(): Promise<void>;
}

/** What a call of a tool lends to its work. */
export type Caller = Pick<ToolContext, "callId" | "signal" | "report">;

interface Pending {
  readonly caller: Caller;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** What its command has written so far, for the case that nothing else comes. */
  written: string;
}

export interface HostFacts {
  readonly pid: number;
  /** What Deno still lets it do, by permission. */
  readonly permissions: Readonly<Record<string, string>>;
}

export class HostConnection {
  /** Settles once the process has gone and what was laid out for it as well. Never fails. */
  readonly ended: Promise<void>;
  readonly #gone = Promise.withResolvers<void>();
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #pending = new Map<number, Pending>();
  readonly #ready = Promise.withResolvers<HostFacts>();
  /** Why there is no process any more. */
  #fault: string | undefined;
  #stderr = "";
  #lastId = 0;

  private constructor(child: Deno.ChildProcess, sweep: () => Promise<void>) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#ready.promise.catch(() => {});
    this.ended = this.#serve().then(sweep);
  }

  /** Fails with the process's own words where it does not come up, or not in time. */
  static async start(host: HostCommand, hello: Hello): Promise<HostConnection> {
    const connection = new HostConnection(await spawn(host), () => host.sweep());
    connection.#send(hello);
    if (!await settledWithin(connection.#ready.promise, { ms: READY_LIMIT_MS })) {
      connection.#kill();
      throw new Error(`the host process did not answer within ${READY_LIMIT_MS / 1000} seconds`);
    }
    await connection.#ready.promise;
    return connection;
  }

  /** Settles once the process has gone, for whatever reason: before its last calls fail. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  get facts(): Promise<HostFacts> {
    return this.#ready.promise;
  }

  /** Fails with the signal's reason after an interrupt, and with a `ToolError` if the process goes. */
  async call<M extends Method>(
    method: M,
    params: readonly unknown[],
    caller: Caller,
  ): Promise<MethodResult<M>> {
    const { signal, callId } = caller;
    signal.throwIfAborted();
    if (this.#fault !== undefined) throw goneError(this.#fault);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const cancel = (): void => {
      this.#send({ type: "cancel", id });
      timer = setTimeout(reject, CANCEL_LIMIT_MS, signal.reason);
    };
    this.#pending.set(id, { caller, resolve, reject, written: "" });
    signal.addEventListener("abort", cancel, { once: true });
    this.#send({ type: "call", id, method, callId, params });
    try {
      return parseResult(method, await promise);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      this.#pending.delete(id);
    }
  }

  /** Asks the process to end everything and itself, and ends it where that takes too long. */
  async close(): Promise<void> {
    this.#input.close().catch(() => {});
    if (!await settledWithin(this.ended, { ms: CLOSE_LIMIT_MS })) this.#kill();
  }

  #send(message: ToHost): void {
    // A process that has gone is noticed where its answers end.
    this.#input.write(encodeFrame(message)).catch(() => {});
  }

  async #serve(): Promise<void> {
    const stderr = this.#readErrors();
    let fault = "it ended";
    try {
      for await (const message of readFrames(this.#child.stdout)) {
        this.#take(FROM_HOST.parse(message));
      }
    } catch (error) {
      fault = errorMessage(error);
      this.#kill();
    }
    const { code, signal } = await this.#child.status;
    await settledWithin(stderr, { ms: 200 });
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const words = this.#stderr.trim().split("\n").at(-1) ?? "";
    this.#fail(words === "" ? `${fault} (${how})` : words);
  }

  #take(message: FromHost): void {
    switch (message.type) {
      case "ready":
        return this.#ready.resolve(message);
      case "result":
        return this.#pending.get(message.id)?.resolve(message.value);
      case "failure":
        return this.#pending.get(message.id)?.reject(fromFailure(message.failure));
      case "warning":
        return this.#pending.get(message.id)?.caller.report(
          { type: "error", message: message.message },
          message.key,
        );
      case "output": {
        const pending = this.#pending.get(message.id);
        if (pending) pending.written += message.text;
      }
    }
  }

  #fail(reason: string): void {
    this.#fault = reason;
    this.#gone.resolve();
    this.#ready.reject(new Error(reason));
    for (const { reject, written } of this.#pending.values()) {
      reject(goneError(reason, written));
    }
    this.#pending.clear();
  }

  async #readErrors(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stderr) {
      const room = ERROR_BYTES - this.#stderr.length;
      if (room > 0) this.#stderr += decoder.decode(bytes, { stream: true }).slice(0, room);
    }
  }

  #kill(): void {
    for (const pid of [-this.#child.pid, this.#child.pid]) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has gone already.
      }
    }
  }
}

function goneError(reason: string, written = ""): ToolError {
  const output = written === "" ? "" : `\nIt had written:\n${written}`;
  return new ToolError(`The process that runs commands has gone: ${reason}${output}`);
}

async function spawn({ command, env, sweep }: HostCommand): Promise<Deno.ChildProcess> {
  const [program = "", ...args] = command;
  try {
    return new Deno.Command(program, {
      args,
      env: { ...env },
      clearEnv: true,
      cwd: "/",
      // Ctrl-C on the terminal is ours to answer.
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    await sweep();
    throw error;
  }
}
