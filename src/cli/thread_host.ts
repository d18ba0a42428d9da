/** The host of a thread: what it is given, what it may, and what is known of it. */

import type { Config } from "../config/config.ts";
import type { ClosableHost, HostOptions } from "../exec/host.ts";
import type { LevelReport } from "../exec/host_pool.ts";
import type { Redactor } from "../protocol/redact.ts";
import { makeTempDir, newTempPath } from "../exec/sandbox/temp_dir.ts";
import { startableSelf } from "../exec/self_command.ts";
import { lazyHost } from "./lazy_host.ts";

export interface ThreadHostOptions {
  readonly threadId: string;
  readonly config: Config;
  readonly cwd: string;
  readonly home: string | undefined;
  readonly environment: HostOptions["environment"];
  readonly redactor: Redactor;
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
  close(): Promise<void>;
}

export function openHost(options: ThreadHostOptions): ThreadHost {
  const { config, cwd, home, environment } = options;
  const { promise: begun, resolve: onSpawn } = Promise.withResolvers<void>();
  let opening: ReturnType<typeof open> | undefined;
  let isClosed = false;
  const opened = () => opening ??= isClosed ? sessionEnded() : open(options, onSpawn);
  const { promise: confined, resolve, reject } = Promise.withResolvers<LevelReport>();
  // A call that needs it fails with the same words.
  confined.catch(() => {});
  let isBegun = false;
  const begin = (): void => {
    if (isBegun) return;
    isBegun = true;
    const turn = { cwd, sandboxPolicy: config.sandboxPolicy };
    opened().then(({ runner, exec: { placesIn, prepareTurn } }) =>
      prepareTurn(runner, turn, placesIn(environment, home))
    ).then(resolve, reject);
  };
  const host = lazyHost(async () => {
    begin();
    const { hostOptions, runner } = await opened();
    const { createHost } = await import("../exec/host.ts");
    return createHost(hostOptions, runner);
  });
  return {
    host,
    confined,
    async prepare() {
      begin();
      await Promise.race([begun, confined]).catch(() => {});
      // While the process starts.
      host.load();
    },
    async close() {
      isClosed = true;
      const parts = await opening?.catch(() => undefined);
      await parts?.runner.close();
      parts?.tempDir?.remove();
    },
  };
}

function sessionEnded(): Promise<never> {
  return Promise.reject(new Error("The session has ended"));
}

/** Only what it takes to start a process: its start is what the first call waits for. */
async function open(
  { threadId, config, home, environment, redactor }: ThreadHostOptions,
  onSpawn: () => void,
) {
  const exec = await import("../exec/runner.ts");
  const inProcess = !mayStartProcesses();
  const tempPath = newTempPath(environment);
  const reaper = inProcess ? undefined : new exec.Reaper({ threadId, tempDir: tempPath });
  const tempDir = makeTempDir(tempPath);
  const hostOptions: HostOptions = {
    environment,
    environmentPolicy: config.shellEnvironmentPolicy,
    secretNames: config.secretNames,
    threadId,
    redactor,
    ...home !== undefined && { codexHome: home },
    ...tempDir && { tempDir: tempDir.path },
    sandboxLevel: config.sandboxLevel,
    inProcess,
    onSpawn,
    ...reaper && { reaper },
  };
  return { exec, hostOptions, tempDir, runner: exec.openRunner(hostOptions) };
}

/** Without that there are no commands, and the other tools work in this process. */
export function mayStartProcesses(): boolean {
  return startableSelf() !== undefined;
}
