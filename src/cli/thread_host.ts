/** The host of a thread: what it is given, what it may, and what is known of it. */

import type { ConfinedGit } from "../context/mod.ts";
import type { Config } from "../config/config.ts";
import type { ClosableHost, HostOptions } from "../exec/host.ts";
import type { LevelReport } from "../exec/host_pool.ts";
import type { Redactor } from "../protocol/redact.ts";
import { startableSelf } from "../exec/self_command.ts";
import { lazyHost } from "./lazy_host.ts";
import type { ThreadRunner } from "./thread_runner.ts";

export interface ThreadHostOptions {
  readonly threadId: string;
  readonly config: Config;
  readonly cwd: string;
  readonly home: string | undefined;
  readonly environment: HostOptions["environment"];
  readonly redactor: Redactor;
  /** This process is there for the thread alone: before commands can run it is closed to them. */
  readonly ownProcess?: boolean;
}

export interface ThreadHost {
  readonly host: ClosableHost;
  /** What confines the calls of tools; known once `prepare` has been called, and has come to its end. */
  readonly confined: Promise<LevelReport>;
  /**
   * Starts what does the work of tools, the first time that it is called. Settles once that is on
   * its way, and does not fail.
   */
  prepare(): Promise<void>;
  /** Absent where this process does the work, and there are no commands. */
  readonly confinedGit: ConfinedGit | undefined;
  close(): Promise<void>;
}

export function openHost(options: ThreadHostOptions): ThreadHost {
  const { promise: begun, resolve: onSpawn } = Promise.withResolvers<void>();
  let opening: Promise<ThreadRunner> | undefined;
  let isClosed = false;
  const open = async (): Promise<ThreadRunner> => {
    if (isClosed) throw new Error("The session has ended");
    const { openThreadRunner } = await import("./thread_runner.ts");
    return openThreadRunner(options, { inProcess: !mayStartProcesses(), onSpawn });
  };
  const { promise: confined, resolve, reject } = Promise.withResolvers<LevelReport>();
  // A call that needs it fails with the same words.
  confined.catch(() => {});
  const opened = (): Promise<ThreadRunner> => {
    if (opening) return opening;
    opening = open();
    opening.then((runner) => runner.prepare()).then(resolve, reject);
    return opening;
  };
  const host = lazyHost(async () => {
    const { hostOptions, runner } = await opened();
    const { createHost } = await import("../exec/host.ts");
    return createHost(hostOptions, runner);
  });
  const confinedGit: ConfinedGit = (turn) => async (args, place) => {
    const runner = await opened().catch(() => undefined);
    return await runner?.runGit({ turn, args, ...place });
  };
  return {
    host,
    confined,
    confinedGit: mayStartProcesses() ? confinedGit : undefined,
    async prepare() {
      opened();
      await Promise.race([begun, confined]).catch(() => {});
      // While the process starts.
      host.load();
      if (!options.ownProcess || !mayStartProcesses()) return;
      const { closeOwnMemory } = await import("../exec/own_memory.ts");
      closeOwnMemory();
    },
    async close() {
      isClosed = true;
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

/** Without that there are no commands, and the other tools work in this process. */
export function mayStartProcesses(): boolean {
  return startableSelf() !== undefined;
}
