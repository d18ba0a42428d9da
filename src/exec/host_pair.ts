/** A host process, and beside it where one is needed the process that undoes what it may not do. */

import { RESTORED_NOTE, withLine } from "../policy/denial.ts";
import { ToolError } from "../protocol/error.ts";
import {
  type Caller,
  type HostCommand,
  HostConnection,
  type HostFacts,
} from "./host_connection.ts";
import { type Hello, type Method, type MethodResult, PROTOCOL_VERSION } from "./host_message.ts";

/** What runs commands, which may go on running behind them. */
const COMMANDS: readonly Method[] = ["exec", "processes.start", "processes.write"];
const GUARD_LIMIT_MS = 10_000;

export interface PairOptions {
  readonly host: HostCommand;
  readonly hello: Omit<Hello, "type" | "protocol">;
}

/**
 * What a command did is looked at by a process that it does not see: inside of its sandbox it could
 * end whoever looks. Without the one the other does not go on.
 */
export class HostPair {
  readonly #host: HostConnection;
  readonly #guard: HostConnection | undefined;
  /** Commands that have not been answered. */
  #running = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(host: HostConnection, guard: HostConnection | undefined) {
    this.#host = host;
    this.#guard = guard;
    guard?.gone.then(() => host.close());
  }

  /** Fails with the words of the one that does not come up. */
  static async start({ host, hello }: PairOptions): Promise<HostPair> {
    const { watched, ...rest } = hello;
    const common = { ...rest, type: "hello", protocol: PROTOCOL_VERSION } as const;
    const [first, second] = await Promise.allSettled([
      HostConnection.start(host, { ...common, watched: [] }),
      ...watched.length === 0
        ? []
        : [HostConnection.start({ ...host, sweep: nothing }, { ...common, watched })],
    ]);
    const started = [first, second].flatMap((each) =>
      each?.status === "fulfilled" ? [each.value] : []
    );
    const failed = [first, second].find((each) => each?.status === "rejected");
    if (failed?.status === "rejected") {
      await Promise.all(started.map((connection) => connection.close()));
      throw failed.reason;
    }
    const [connection, guard] = started;
    if (!connection) throw new Error("the host process cannot be started");
    return new HostPair(connection, guard);
  }

  /** Settles once the host process has gone, for whatever reason. Never fails. */
  get gone(): Promise<void> {
    return this.#host.gone;
  }

  get facts(): Promise<HostFacts> {
    return this.#host.facts;
  }

  /** As the host process answers; what a command changed against the rules is as it was, and said. */
  async call<M extends Method>(
    method: M,
    params: readonly unknown[],
    caller: Caller,
  ): Promise<MethodResult<M>> {
    if (!this.#guard || !COMMANDS.includes(method)) {
      return await this.#host.call(method, params, caller);
    }
    await this.#inTurn(() => this.#begin(caller));
    const called = this.#host.call(method, params, caller);
    // What has failed or was interrupted may have changed something before.
    const changed = called.catch(() => {}).then(() => this.#inTurn(() => this.#end(caller)));
    changed.catch(() => {});
    try {
      return withNote(await called, await changed);
    } catch (error) {
      await changed.catch(() => {});
      throw error;
    }
  }

  /** False where a process took too long for its end and was killed. */
  async close(): Promise<boolean> {
    const isOrderly = await this.#host.close();
    await this.settle();
    return isOrderly;
  }

  /** The last look, for when nothing of the host process runs any more. */
  async settle(): Promise<void> {
    await this.#host.ended;
    await this.#guard?.close();
  }

  async #begin(caller: Caller): Promise<void> {
    if (this.#running++ === 0) await this.#askGuard("guard.arm", [], caller);
  }

  async #end(caller: Caller): Promise<readonly string[]> {
    const isLast = --this.#running === 0;
    // In this order: what ends in between has changed its last.
    const rest = isLast && await this.#isQuiet(caller);
    return await this.#askGuard("guard.restore", [{ rest }], caller);
  }

  async #isQuiet(caller: Caller): Promise<boolean> {
    const signal = AbortSignal.timeout(GUARD_LIMIT_MS);
    return await this.#host.call("processes.quiet", [], { ...caller, signal }).catch(() => false);
  }

  async #askGuard<M extends Method>(
    method: M,
    params: readonly unknown[],
    caller: Caller,
  ): Promise<MethodResult<M>> {
    if (!this.#guard) throw new Error("nothing is looked after here");
    // An interrupt ends the command, and not what puts right what it did.
    const signal = AbortSignal.timeout(GUARD_LIMIT_MS);
    try {
      return await this.#guard.call(method, params, { ...caller, signal });
    } catch {
      await this.#guard.close();
      await this.#host.close();
      throw new ToolError("The process that looks after protected files has gone");
    }
  }

  /** One after the other: no command begins while it is found out whether one still runs. */
  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(action);
    this.#turn = turn.catch(() => {});
    return await turn;
  }
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

/** The model has to know that its change is not there any more. */
function withNote<T>(result: T, all: readonly string[]): T {
  if (all.length === 0 || !hasOutput(result)) return result;
  const changed = all.filter((path) => !all.some((other) => path.startsWith(`${other}/`)));
  const shown = changed.slice(0, 5).join(", ");
  const more = changed.length > 5 ? ` and ${changed.length - 5} more` : "";
  return withLine(result, `${RESTORED_NOTE}${shown}${more}]`);
}

function hasOutput(result: unknown): result is { readonly output: string } {
  return typeof result === "object" && result !== null && "output" in result &&
    typeof result.output === "string";
}
