/** Every process that was started and may still run, so that none outlives the session. */

import { type RunningProcess, spawnProcess, type SpawnRequest } from "./spawn.ts";
import { settledWithin } from "./wait.ts";

const CLOSE_GRACE_MS = 1000;
const CLOSE_KILL_MS = 500;
const LOOK_AGAIN_MS = 20;

export class ProcessGroups {
  readonly #running = new Set<RunningProcess>();
  #closed = false;

  spawn(request: SpawnRequest): RunningProcess {
    if (this.#closed) throw new Error("The session has ended");
    const process = spawnProcess(request);
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
    const all = [...this.#running];
    for (const process of all) process.terminate();
    const deadline = performance.now() + CLOSE_GRACE_MS;
    await Promise.all(all.map((process) => gone(process, deadline)));
    for (const process of all) process.kill();
    await settledWithin(Promise.all(all.map(({ ended }) => ended)), { ms: CLOSE_KILL_MS });
    this.#running.clear();
  }
}

async function gone(process: RunningProcess, deadline: number): Promise<void> {
  await settledWithin(process.ended, { ms: deadline - performance.now() });
  while (process.isAlive() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
