/** The front's end of one host process: it starts it, asks it, and notices when it has gone. */

import { errorMessage, ToolError } from "../protocol/error.ts";
import type { ToolContext } from "../protocol/tool.ts";
import { spawnApart } from "./aside.ts";
import { encodeFrame, readFrames } from "./frames.ts";
import type { FromHost, Method, MethodResult } from "./host_answer.ts";
import {
  fromFailure,
  type Hello,
  isCommand,
  PROTOCOL_VERSION,
  type ToHost,
} from "./host_message.ts";
import { OutputBuffer } from "./output_buffer.ts";
import { type Patience, SilenceWatch } from "./silence_watch.ts";
import { settledWithin } from "./wait.ts";

const READY_LIMIT_MS = 10_000;
/** The host process ends what runs in it within a second and a half. */
const CLOSE_LIMIT_MS = 2000;
/** A large file on a slow disk may hold up all that a host process does. */
const PATIENCE: Patience = { silenceMs: 5000, wordMs: 60_000 };
/** What one that was told to end may take for it. */
const ENDING_LIMIT_MS = 4000;
const ENDED = "it was told to end";
/** What an interrupted call may take to say so: a patch is put back first. */
const CANCEL_LIMIT_MS = 1000;
const ERROR_BYTES = 4096;
/** A file of the largest size that is read, and something around it. */
const FRAME_BYTES = 65 * 1024 * 1024;
/** Of what a command has written, for the case that nothing else comes of it. */
const WRITTEN_BYTES = 32 * 1024;
/** Of one call, and of one warning; what is said beyond them is let go. */
const MOST_WARNINGS = 8;
const WARNING_LETTERS = 1000;

export interface HostCommand {
  /** An argument vector, with what confines the process in front. */
  readonly command: readonly string[];
  /** All that the host process itself sees of an environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A minute where absent. */
  readonly patience?: Patience;
  /** Fails where it must not be started any more. */
  verify?(): void;
  /** Hears the process's number, or that of what confines it, long before it answers. */
  onSpawn?(pid: number): void;
}

/** What a call of a tool lends to its work. */
export type Caller = Pick<ToolContext, "callId" | "signal" | "report">;

interface Pending {
  readonly method: Method;
  /** The process may have begun with it. */
  isSent: boolean;
  readonly caller: Caller;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** What its command has written so far. */
  readonly written: OutputBuffer;
  warnings: number;
}

export interface HostFacts {
  readonly pid: number;
  /** What Deno still lets it do, by permission. */
  readonly permissions: Readonly<Record<string, string>>;
}

export class HostConnection {
  /** Settles once the process has gone and its last calls have failed. Never fails. */
  readonly ended: Promise<void>;
  readonly #gone = Promise.withResolvers<void>();
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #pending = new Map<number, Pending>();
  readonly #ready = Promise.withResolvers<HostFacts>();
  /** One message is on its way at a time, and no other is put into bytes meanwhile. */
  #sent: Promise<void> = Promise.resolve();
  /** Why there is no process any more. */
  #fault: string | undefined;
  #stderr = "";
  #lastId = 0;
  #isQuiet = true;
  #isEnding = false;
  /** Loaded while the process starts. */
  readonly #checks = import("./host_answer.ts");
  /** A command can stop the process, or keep it busy. */
  readonly #watch: SilenceWatch;

  private constructor(child: Deno.ChildProcess, patience: Patience) {
    this.#child = child;
    this.#watch = new SilenceWatch({
      patience,
      isWaiting: () => this.#pending.size > 0,
      ask: () => this.#send({ type: "ping" }).catch(() => {}),
      giveUp: () => {
        this.#fault = "it does not answer";
        this.#kill();
      },
    });
    this.#input = child.stdin.getWriter();
    this.#ready.promise.catch(() => {});
    this.ended = this.#serve();
  }

  /** Fails with the process's own words where it does not come up, or not in time. */
  static async start(host: HostCommand, hello: Hello): Promise<HostConnection> {
    host.verify?.();
    const connection = new HostConnection(
      spawnApart(host.command, { env: host.env, output: "piped" }),
      host.patience ?? PATIENCE,
    );
    connection.#send(hello).catch(() => {});
    host.onSpawn?.(connection.#child.pid);
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

  /** It takes no further call, and is gone soon. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Whether nothing runs that a command has started; known where the hello asks for it. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  /** Fails with the signal's reason after an interrupt, and with a `ToolError` if the process goes. */
  async call<M extends Method>(
    method: M,
    params: readonly unknown[],
    caller: Caller,
  ): Promise<MethodResult<M>> {
    const { signal, callId } = caller;
    signal.throwIfAborted();
    if (this.#fault !== undefined) throw goneWith(this.#fault);
    if (this.#isEnding) throw goneWith(ENDED);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const cancel = (): void => {
      this.#send({ type: "cancel", id }).catch(() => {});
      timer = setTimeout(reject, CANCEL_LIMIT_MS, signal.reason);
    };
    const written = new OutputBuffer(WRITTEN_BYTES);
    this.#pending.set(id, {
      ...{ method, caller, resolve, reject, written },
      isSent: false,
      warnings: 0,
    });
    this.#watch.begin();
    signal.addEventListener("abort", cancel, { once: true });
    this.#send({ type: "call", id, method, callId, params }, signal).catch(reject);
    try {
      return await this.#checked(method, await promise);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      this.#pending.delete(id);
    }
  }

  /** Asks the process to end everything and itself; false where it took too long and was killed. */
  async close(): Promise<boolean> {
    this.#sent.then(() => this.#input.close()).catch(() => {});
    const isOrderly = await settledWithin(this.ended, { ms: CLOSE_LIMIT_MS });
    if (!isOrderly) this.#kill();
    return isOrderly;
  }

  /** Settles when the process has taken it; fails where it is no message. */
  #send(message: ToHost, signal?: AbortSignal): Promise<void> {
    const sent = this.#sent.then(async () => {
      if (signal?.aborted) return;
      this.#noteSent(message);
      const frame = encodeFrame(message);
      // A process that has gone is noticed where its answers end.
      await this.#input.write(frame).catch(() => {});
    });
    this.#sent = sent.catch(() => {});
    return sent;
  }

  /** Whoever gives a wrong answer once is not asked again. */
  async #checked<M extends Method>(method: M, value: unknown): Promise<MethodResult<M>> {
    const { parseResult } = await this.#checks;
    try {
      return parseResult(method, value);
    } catch {
      this.#fault = `its answer to ${method} is none`;
      this.#kill();
      throw goneWith(this.#fault);
    }
  }

  async #serve(): Promise<void> {
    const stderr = this.#readErrors();
    try {
      const { parseFromHost } = await this.#checks;
      for await (const message of readFrames(this.#child.stdout, FRAME_BYTES)) {
        this.#watch.heard();
        this.#take(parseFromHost(message));
      }
    } catch (error) {
      this.#fault = errorMessage(error);
      this.#kill();
    }
    // Whoever says nothing any more has no reason to stay.
    if (!await settledWithin(this.#child.status, { ms: CLOSE_LIMIT_MS })) this.#kill();
    const { code, signal } = await this.#child.status;
    await settledWithin(stderr, { ms: 200 });
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const words = this.#stderr.trim().split("\n").at(-1) ?? "";
    this.#fail(words === "" ? `${this.#fault ?? "it ended"} (${how})` : words);
  }

  #take(message: FromHost): void {
    switch (message.type) {
      case "ready":
        checkVersion(message.protocol);
        return this.#ready.resolve(message);
      case "result":
        return this.#answered(message)?.resolve(message.value);
      case "failure":
        return this.#answered(message)?.reject(fromFailure(message.failure));
      case "warning": {
        const pending = this.#pending.get(message.id);
        if (!pending || ++pending.warnings > MOST_WARNINGS) return;
        const text = message.message.slice(0, WARNING_LETTERS);
        return pending.caller.report({ type: "error", message: text }, message.key.slice(0, 100));
      }
      case "pong":
        return;
      case "ending":
        return this.#endSoon();
      case "output": {
        const { written } = this.#pending.get(message.id) ?? {};
        return written?.append(new TextEncoder().encode(message.text));
      }
    }
  }

  /** Its calls fail now: it answers none any more. */
  #endSoon(): void {
    this.#isEnding = true;
    this.#failPending(ENDED);
    settledWithin(this.gone, { ms: ENDING_LIMIT_MS }).then((isGone) => isGone || this.#kill());
  }

  #noteSent(message: ToHost): void {
    const pending = message.type === "call" ? this.#pending.get(message.id) : undefined;
    if (!pending) return;
    pending.isSent = true;
    if (isCommand(pending.method)) this.#isQuiet = false;
  }

  /** Another command may have been sent since the process looked whether anything runs. */
  #answered({ id, quiet }: Extract<FromHost, { type: "result" | "failure" }>): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    const isRunning = [...this.#pending.values()]
      .some(({ method, isSent }) => isSent && isCommand(method));
    if (quiet !== undefined) this.#isQuiet = quiet && !isRunning;
    return pending;
  }

  #fail(reason: string): void {
    this.#fault = reason;
    this.#watch.stop();
    this.#gone.resolve();
    this.#ready.reject(new Error(reason));
    this.#failPending(reason);
  }

  #failPending(reason: string): void {
    for (const { reject, written } of this.#pending.values()) {
      const { output } = written.read();
      reject(goneWith(output === "" ? reason : `${reason}\nThe command had written:\n${output}`));
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

  /** The process alone: what it has started ends with it, or by who sweeps up after it. */
  #kill(): void {
    try {
      // By its number (`Deno.kill`) it would take leave to run anything.
      this.#child.kill("SIGKILL");
    } catch {
      // It has gone already.
    }
  }
}

/** The program may have been exchanged while this one ran. */
function checkVersion(protocol: number): void {
  if (protocol === PROTOCOL_VERSION) return;
  throw new Error(`it speaks version ${protocol} of the protocol, not ${PROTOCOL_VERSION}`);
}

function goneWith(reason: string): ToolError {
  return new ToolError(`The process that runs commands has gone: ${reason}`);
}
