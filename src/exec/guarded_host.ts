/** A host process, and a look after each of its commands where nothing else holds protected paths. */

import { restoredNote, withLine } from "../policy/denial.ts";
import { errorMessage, ToolError } from "../protocol/error.ts";
import {
  type Caller,
  type HostCommand,
  HostConnection,
  type HostFacts,
} from "./host_connection.ts";
import type { Method, MethodResult } from "./host_answer.ts";
import { type Hello, isCommand, PROTOCOL_VERSION } from "./host_message.ts";
import { ProtectedGuard, type Restored } from "./sandbox/guard.ts";
import type { Snapshot } from "./sandbox/protected_look.ts";
import type { PutBack } from "./sandbox/put_back.ts";
import { settledWithin } from "./wait.ts";

/** Of a look, and of what follows from it. */
const GUARD_LIMIT_MS = 10_000;

export interface GuardedHostOptions {
  readonly host: HostCommand;
  /** Takes away what was laid out for the process, once it has gone. */
  sweep(): Promise<void>;
  readonly hello: Omit<Hello, "type" | "protocol" | "tellsQuiet">;
  /** Protected paths that a command could change. */
  readonly watched: readonly string[];
  /** Whether who puts back is started at once: later it could be another program by then. */
  readonly helpsAtOnce?: boolean;
  /** Those of the session that look after something: this one is among them while it lives. */
  readonly guarded: Set<GuardedHost>;
}

/**
 * Who looks is this process: a command in the sandbox could end whoever looks from there. Who puts
 * right is a further process in the same sandbox, which is started once there is something to do.
 */
export class GuardedHost {
  readonly #options: GuardedHostOptions;
  readonly #host: HostConnection;
  readonly #guard: ProtectedGuard | undefined;
  #helper: Promise<HostConnection> | undefined;
  /** Commands that have not been answered, and how many of them are questions of our own. */
  #running = 0;
  #asking = 0;
  /** What a question's end found changed: the next command hears of it. */
  #untold: readonly Restored[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #settled: Promise<void> | undefined;

  private constructor(host: HostConnection, options: GuardedHostOptions) {
    this.#host = host;
    this.#options = options;
    const { watched, guarded } = options;
    if (watched.length === 0) return;
    this.#guard = new ProtectedGuard(watched, (all) => this.#putBack(all));
    guarded.add(this);
  }

  /** Fails with the host process's words where it does not come up. */
  static async start(options: GuardedHostOptions): Promise<GuardedHost> {
    try {
      const host = new GuardedHost(await connect(options), options);
      host.#prepare();
      if (options.helpsAtOnce && host.#guard) await host.#helpAtOnce();
      return host;
    } catch (error) {
      await options.sweep();
      throw error;
    }
  }

  /** Settles once the host process has gone, for whatever reason. Never fails. */
  get gone(): Promise<void> {
    return this.#host.gone;
  }

  get facts(): Promise<HostFacts> {
    return this.#host.facts;
  }

  /** It takes no further call, and is gone soon. */
  get isEnding(): boolean {
    return this.#host.isEnding;
  }

  /** As the host process answers; what a command changed against the rules is undone, and said. */
  async call<M extends Method>(
    method: M,
    params: readonly unknown[],
    caller: Caller,
  ): Promise<MethodResult<M>> {
    const guard = this.#guard;
    if (!guard || !isCommand(method)) return await this.#host.call(method, params, caller);
    const isAsking = method === "ask";
    this.#running++;
    if (isAsking) this.#asking++;
    await this.#inTurn(() => isAsking ? this.#beginAsking(guard) : this.#begin(guard));
    const called = this.#host.call(method, params, caller);
    // What has failed or was interrupted may have changed something before.
    const end = () => this.#inTurn(() => this.#end(guard, { isAsking }));
    const changed = called.catch(() => {}).then(end);
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
  settle(): Promise<void> {
    return this.#settled ??= this.#settle();
  }

  async #settle(): Promise<void> {
    await this.#host.ended;
    const guard = this.#guard;
    if (guard) {
      await this.#inTurn(() => this.#inTime(guard.restore({ rest: true }))).catch(() => {});
      this.#options.guarded.delete(this);
    }
    await (await this.#helper?.catch(() => undefined))?.close();
    await this.#options.sweep();
  }

  /** The first command finds less to wait for, and hears of what fails. */
  #prepare(): void {
    const guard = this.#guard;
    if (guard) void this.#inTurn(() => settledWithin(guard.prepare(), { ms: GUARD_LIMIT_MS }));
  }

  /** A question that is under way elsewhere is looked after from here on as well. */
  async #begin(guard: ProtectedGuard): Promise<void> {
    await this.#arm(guard);
    const others = [...this.#options.guarded].filter((other) => other !== this && other.#onlyAsks);
    await Promise.all(others.map((other) => other.#armMeanwhile()));
  }

  /** By itself it changes nothing: while no command can lead it astray, changes are the user's own. */
  async #beginAsking(guard: ProtectedGuard): Promise<void> {
    const all = [...this.#options.guarded];
    if (all.some((each) => each.#isCommanded || each.#guard?.isArmed)) await this.#arm(guard);
  }

  get #isCommanded(): boolean {
    return this.#running > this.#asking;
  }

  get #onlyAsks(): boolean {
    return this.#asking > 0 && !this.#isCommanded;
  }

  async #arm(guard: ProtectedGuard): Promise<void> {
    const guards = [...this.#options.guarded].flatMap((each) => each.#guard ?? []);
    await this.#inTime(guard.arm(guards));
  }

  /** Where that fails its process has gone, and with it the question. */
  async #armMeanwhile(): Promise<void> {
    const guard = this.#guard;
    const arm = async () => {
      // It may have been answered before its turn came.
      if (guard && this.#running > 0) await this.#arm(guard);
    };
    await this.#inTurn(arm).catch(() => {});
  }

  async #end(
    guard: ProtectedGuard,
    { isAsking }: { isAsking: boolean },
  ): Promise<readonly Restored[]> {
    if (isAsking) this.#asking--;
    const isLast = --this.#running === 0;
    const changed = await this.#inTime(guard.restore({ rest: isLast && this.#host.isQuiet }));
    const all = lastOf([...this.#untold, ...changed]);
    this.#untold = isAsking ? all : [];
    return isAsking ? [] : all;
  }

  /** Without the look nothing goes on; where it was a process that was in its way, the last look comes. */
  async #inTime<T>(looked: Promise<T>): Promise<T> {
    try {
      if (await settledWithin(looked, { ms: GUARD_LIMIT_MS })) return await looked;
      throw new Error(`it took longer than ${GUARD_LIMIT_MS / 1000} seconds`);
    } catch (error) {
      await this.#host.close();
      throw new ToolError(`Protected files cannot be looked after: ${errorMessage(error)}`);
    }
  }

  async #putBack(snapshot: Snapshot): Promise<readonly PutBack[]> {
    const helper = await (this.#helper ??= this.#startHelper());
    // An interrupt ends the command, and not what puts right what it did.
    const signal = AbortSignal.timeout(GUARD_LIMIT_MS);
    const caller = { callId: "put back", signal, report: () => {} };
    return await helper.call("protected.putBack", [snapshot], caller);
  }

  async #startHelper(): Promise<HostConnection> {
    const forget = (): void => void (this.#helper = undefined);
    try {
      const helper = await connect(this.#options);
      helper.gone.then(forget);
      return helper;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #helpAtOnce(): Promise<void> {
    try {
      await (this.#helper = this.#startHelper());
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** One after the other: no command begins while it is found out whether one still runs. */
  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(action);
    this.#turn = turn.catch(() => {});
    return await turn;
  }
}

async function connect({ host, hello, watched }: GuardedHostOptions): Promise<HostConnection> {
  return await HostConnection.start(host, {
    ...hello,
    type: "hello",
    protocol: PROTOCOL_VERSION,
    tellsQuiet: watched.length > 0,
  });
}

/** The model has to know that its change is not there any more, or that it should not be. */
function withNote<T>(result: T, changed: readonly Restored[]): T {
  if (changed.length === 0 || !hasOutput(result)) return result;
  const right = shown(changed.filter(({ isRight }) => isRight));
  const left = shown(changed.filter(({ isRight }) => !isRight));
  return withLine(result, restoredNote({ right, left }));
}

/** Of what was changed more than once, how it is now. */
function lastOf(changed: readonly Restored[]): readonly Restored[] {
  return [...new Map(changed.map((each) => [each.path, each])).values()];
}

/** Without what lies in another one, and not all of many. */
function shown(changed: readonly Restored[]): string {
  const all = changed.map(({ path }) => path);
  const paths = all.filter((path) => !all.some((other) => path.startsWith(`${other}/`)));
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : "";
  return `${paths.slice(0, 5).join(", ")}${more}`;
}

function hasOutput(result: unknown): result is { readonly output: string } {
  return typeof result === "object" && result !== null && "output" in result &&
    typeof result.output === "string";
}
