/** Every process that was started and may still run, so that none outlives the session. */

import { LoginShells, type RunShell, type ShellRun } from "./login_shells.ts";
import { OutputBuffer } from "./output_buffer.ts";
import { descendants, ProcessTable } from "./process_table.ts";
import { type RunningProcess, signalOne, spawnProcess, type SpawnRequest } from "./spawn.ts";
import { Terminals } from "./terminal.ts";
import { settledWithin, type WaitOptions } from "./wait.ts";

const CLOSE_GRACE_MS = 1000;
const CLOSE_KILL_MS = 500;
const LOOK_AGAIN_MS = 20;

type GroupRequest = Omit<SpawnRequest, "table" | "terminals">;

export interface GroupsOptions {
  /** Every login shell reads its files. */
  readonly readsLoginFiles?: boolean;
  /** Somebody acts on `isQuiet` after each command: nothing is begun behind it. */
  readonly tellsQuiet?: boolean;
  /** This process is there for them alone, and orphans come to it: all below it is theirs. */
  readonly ownsDescendants?: boolean;
}

export class ProcessGroups {
  readonly #running = new Set<RunningProcess>();
  readonly #table = new ProcessTable();
  readonly #terminals = new Terminals();
  readonly #ownsDescendants: boolean;
  readonly #loginShells: LoginShells | undefined;
  #closed = false;

  constructor(options: GroupsOptions = {}) {
    const { ownsDescendants = false, readsLoginFiles = false, tellsQuiet = false } = options;
    this.#ownsDescendants = ownsDescendants;
    if (readsLoginFiles) return;
    const run: RunShell = async (shell, ms) => {
      const output = await this.outputOf(shell, { ms });
      return output?.includes("\ufffd") ? undefined : output;
    };
    this.#loginShells = new LoginShells(run, { atOnce: tellsQuiet });
  }

  spawn(request: GroupRequest): RunningProcess {
    if (request.stdin === "terminal") return this.#spawn(request);
    const process = this.#spawn(this.#loginShells?.shortened(request) ?? request);
    process.ended.then(() => this.#loginShells?.ended(request));
    return process;
  }

  #spawn(request: GroupRequest): RunningProcess {
    if (this.#closed) throw new Error("The session has ended");
    const process = spawnProcess({ ...request, table: this.#table, terminals: this.#terminals });
    this.#running.add(process);
    process.ended.then(() => {
      // What a command leaves running in the background is ended with the session.
      if (!process.isAlive()) this.#running.delete(process);
    });
    return process;
  }

  /** Asks all of them to end, then ends them; at most a second and a half. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#loginShells?.close();
    const all = [...this.#running];
    for (const process of all) process.terminate();
    this.#signalOrphans("SIGTERM");
    const deadline = performance.now() + CLOSE_GRACE_MS;
    await Promise.all(all.map((process) => gone(process, deadline)));
    while (this.#orphans().length > 0 && performance.now() < deadline) await lookAgain();
    for (const process of all) process.kill();
    this.#signalOrphans("SIGKILL");
    const killed = performance.now() + CLOSE_KILL_MS;
    await settledWithin(Promise.all(all.map(({ ended }) => ended)), { ms: CLOSE_KILL_MS });
    // One that was being born while the others died.
    this.#signalOrphans("SIGKILL");
    while (this.#orphans().length > 0 && performance.now() < killed) {
      await lookAgain();
      this.#signalOrphans("SIGKILL");
    }
    this.#running.clear();
  }

  /** Whether nothing below this process runs; false where that cannot be known. */
  async isQuiet(): Promise<boolean> {
    await this.#loginShells?.idle;
    if (this.#table.isChildless()) return true;
    const table = this.#table.read();
    return table !== undefined && descendants(table, Deno.pid).length === 0;
  }

  /** All that it writes, where it ends well and in time; nothing of it is left running. */
  async outputOf(
    run: ShellRun & Pick<SpawnRequest, "dropsErrors">,
    wait: WaitOptions,
  ): Promise<string | undefined> {
    const written = new OutputBuffer();
    const onOutput = (bytes: Uint8Array): void => written.append(bytes);
    const process = this.#spawn({ ...run, stdin: "empty", onOutput });
    let inTime = false;
    try {
      inTime = await settledWithin(process.ended, wait);
    } finally {
      process.kill();
    }
    const { output, totalLines } = written.read();
    const isWhole = totalLines === undefined;
    return inTime && isWhole && (await process.ended).code === 0 ? output : undefined;
  }

  #orphans(): number[] {
    return this.#ownsDescendants ? descendants(this.#table.read() ?? [], Deno.pid) : [];
  }

  /**
   * With their groups: what goes from process to process is seldom seen itself, but stays in its
   * group, and the processes that it has left are children of this one.
   */
  #signalOrphans(signal: Deno.Signal): void {
    if (!this.#ownsDescendants) return;
    const table = this.#table.read() ?? [];
    const orphans = new Set(descendants(table, Deno.pid));
    const own = table.find(({ pid }) => pid === Deno.pid)?.group;
    // Below two it would be everybody.
    const groups = table
      .filter(({ pid, parent }) => orphans.has(pid) || parent === Deno.pid)
      .flatMap(({ group }) => group > 1 && group !== own ? [-group] : []);
    for (const target of [...new Set(groups), ...orphans]) signalOne(target, signal);
  }
}

async function gone(process: RunningProcess, deadline: number): Promise<void> {
  await settledWithin(process.ended, { ms: deadline - performance.now() });
  while (process.isAlive() && performance.now() < deadline) await lookAgain();
}

async function lookAgain(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
}
