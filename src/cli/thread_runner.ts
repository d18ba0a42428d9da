/** What does the work of a thread's tools: loaded and started while the model thinks. */

import type { HostOptions } from "../exec/host.ts";
import type { LevelReport, Runner } from "../exec/host_pool.ts";
import { openRunner, placesIn, prepareTurn, Reaper } from "../exec/runner.ts";
import type { GitCall } from "../exec/confined_git.ts";
import { makeTempDir, newTempPath } from "../exec/sandbox/temp_dir.ts";
import type { ThreadHostOptions } from "./thread_host.ts";

export interface ThreadRunner {
  readonly runner: Runner;
  readonly hostOptions: HostOptions;
  /** Begins to get ready for a turn that was granted nothing; gives what confines its calls. */
  prepare(): Promise<LevelReport>;
  /** What git prints under what confines the turn's commands. */
  runGit(call: GitCall): Promise<string | undefined>;
  /** Ends all that was started, and removes the thread's folder. */
  close(): Promise<void>;
}

/** No more than it takes to start a process: its start is what the first call waits for. */
export function openThreadRunner(
  options: ThreadHostOptions,
  { inProcess, onSpawn }: { inProcess: boolean; onSpawn: () => void },
): ThreadRunner {
  const { threadId, config, cwd, home, environment, redactor } = options;
  const tempPath = newTempPath(environment);
  const reaper = inProcess ? undefined : new Reaper({ threadId, tempDir: tempPath });
  const tempDir = makeTempDir(tempPath);
  const places = placesIn(environment, home);
  const hostOptions: HostOptions = {
    places,
    environment,
    environmentPolicy: config.shellEnvironmentPolicy,
    secretNames: config.secretNames,
    threadId,
    redactor,
    ...home !== undefined && { codexHome: home },
    ...tempDir && { tempDir: tempDir.path },
    sandboxLevel: config.sandboxLevel,
    inProcess,
    readsLoginFiles: config.features["shell_snapshot"] === false,
    onSpawn,
    ...reaper && { reaper },
  };
  const runner = openRunner(hostOptions);
  const turn = { cwd, sandboxPolicy: config.sandboxPolicy };
  return {
    runner,
    hostOptions,
    prepare: () => prepareTurn(runner, turn, places),
    async runGit(call) {
      const { runConfinedGit } = await import("../exec/confined_git.ts");
      return await runConfinedGit(call, { runner, places });
    },
    async close() {
      await runner.close();
      tempDir?.remove();
    },
  };
}
