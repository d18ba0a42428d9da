/** The host of a thread: what it is given, what it may, and what is known of it. */

import type { Config } from "../config/config.ts";
import type { ClosableHost, HostOptions } from "../exec/host.ts";
import type { LevelReport } from "../exec/host_pool.ts";
import type { Redactor } from "../protocol/redact.ts";
import { makeTempDir, newTempPath, type TempDir } from "../exec/sandbox/temp_dir.ts";
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
  const { threadId, config, cwd, home, environment, redactor } = options;
  let tempDir: TempDir | undefined;
  const { promise: begun, resolve: onSpawn } = Promise.withResolvers<void>();
  const host = lazyHost(async () => {
    const { Reaper } = await import("../exec/reaper.ts");
    const inProcess = !mayStartProcesses();
    const tempPath = newTempPath(environment);
    const reaper = inProcess ? undefined : new Reaper({ threadId, tempDir: tempPath });
    tempDir = makeTempDir(tempPath);
    return {
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
  });
  const { promise: confined, resolve, reject } = Promise.withResolvers<LevelReport>();
  // A call that needs it fails with the same words.
  confined.catch(() => {});
  let isPrepared = false;
  return {
    host,
    confined,
    async prepare() {
      if (!isPrepared) {
        host.prepare({ cwd, sandboxPolicy: config.sandboxPolicy }).then(resolve, reject);
      }
      isPrepared = true;
      await Promise.race([begun, confined]).catch(() => {});
    },
    async close() {
      await host.close();
      tempDir?.remove();
    },
  };
}

/** Without that there are no commands, and the other tools work in this process. */
export function mayStartProcesses(): boolean {
  return startableSelf() !== undefined;
}
