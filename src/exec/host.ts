/** The `Host` of tools: everything that they do to this machine. */

import type { ShellEnvironmentPolicy } from "../protocol/environment.ts";
import type { Host, ShellInfo } from "../protocol/host.ts";
import { commandEnvironment } from "./environment.ts";
import { HostFiles } from "./files.ts";
import { permitExec } from "./orchestrator.ts";
import { ProcessGroups } from "./process_groups.ts";
import { ProcessSessions } from "./processes.ts";
import { runCommand } from "./run_command.ts";
import { SpoolFolder } from "./spool.ts";

export interface HostOptions {
  readonly shell: ShellInfo;
  /** Our own environment, before the policy. */
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentPolicy: ShellEnvironmentPolicy;
  /** The provider's keys: no command sees them, whatever the policy says. */
  readonly secretNames: readonly string[];
  readonly threadId: string;
  /** Where long outputs are kept until the end; the system's own place where absent. */
  readonly tempDir?: string;
}

export interface ClosableHost extends Host {
  /** Ends every process, also those left in the background, and removes kept outputs. */
  close(): Promise<void>;
}

export function createHost(options: HostOptions): ClosableHost {
  const { environment, environmentPolicy: policy, secretNames, threadId } = options;
  const deps = {
    groups: new ProcessGroups(),
    spools: new SpoolFolder(options.tempDir),
    environment: commandEnvironment({ environment, policy, secretNames, threadId }),
  };
  return {
    exec: async (request, ctx) => {
      await permitExec(request, ctx);
      return await runCommand(request, { ...deps, signal: ctx.signal });
    },
    processes: new ProcessSessions(deps),
    files: new HostFiles(deps),
    close: async () => {
      await deps.groups.close();
      deps.spools.close();
    },
  };
}
