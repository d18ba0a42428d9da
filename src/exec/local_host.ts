/** What tools do to this machine, done in this process: the work of the host process. */

import type { Confinement, SandboxLevel } from "../protocol/confinement.ts";
import { THREAD_VARIABLE } from "../protocol/environment.ts";
import type {
  ExecOutput,
  ExecRequest,
  ProcessOutput,
  ProcessRequest,
  ProcessWrite,
} from "../protocol/host.ts";
import { HostFiles } from "./files.ts";
import type { HostCall } from "./host_call.ts";
import { ProcessGroups } from "./process_groups.ts";
import { ProcessSessions } from "./processes.ts";
import { runCommand } from "./run_command.ts";
import { SpoolFolder } from "./spool.ts";

export interface LocalHostOptions {
  /** All that a command sees of an environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the in-process tools are held to; commands are held by what this process runs in. */
  readonly confinement: Confinement;
  /** What this process runs in; `none` where absent. */
  readonly level?: SandboxLevel;
  /** Where long outputs are kept until the end; the system's own place where absent. */
  readonly tempDir?: string;
  /** Every login shell reads its files. */
  readonly readsLoginFiles?: boolean;
  /** The answer to a command says whether anything that one has started still runs. */
  readonly tellsQuiet?: boolean;
  /** This process does nothing else, and orphans come to it. */
  readonly ownsDescendants?: boolean;
}

/** A session's id is chosen by whoever asks for it. */
export type StartRequest = ProcessRequest & { readonly sessionId: number };

/** A question of our own to a program; the environment of commands is none of its business. */
export interface AskRequest {
  /** An argument vector. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

export interface LocalProcesses {
  start(request: StartRequest, call: HostCall): Promise<ProcessOutput>;
  write(request: ProcessWrite, call: HostCall): Promise<ProcessOutput>;
}

export interface LocalHost {
  exec(request: ExecRequest, call: HostCall): Promise<ExecOutput>;
  /** What the program prints, or nothing where it fails, takes too long or prints too much. */
  ask(request: AskRequest, call: Pick<HostCall, "signal">): Promise<string | undefined>;
  readonly processes: LocalProcesses;
  readonly files: HostFiles;
  /** Whether nothing runs that a command has started; false where that cannot be known. */
  isQuiet(): Promise<boolean>;
  /** Ends every process, also those left in the background, and removes kept outputs. */
  close(): Promise<void>;
}

export function createLocalHost(options: LocalHostOptions): LocalHost {
  const { environment, confinement, tempDir } = options;
  const { level = "none" } = options;
  const deps = {
    groups: new ProcessGroups(options),
    spools: new SpoolFolder(tempDir),
    environment,
    confinement,
    ...tempDir !== undefined && { tempDir },
    isSandboxed: level !== "none",
  };
  const sessions = new ProcessSessions(deps);
  return {
    exec: (request, { signal, onOutput }) =>
      runCommand(request, { ...deps, signal, ...onOutput && { onOutput } }),
    ask: ({ limitMs, ...run }, { signal }) => {
      // By which what it leaves behind is found.
      const thread = environment[THREAD_VARIABLE];
      const env = { ...run.env, ...thread !== undefined && { [THREAD_VARIABLE]: thread } };
      return deps.groups.outputOf({ ...run, env, dropsErrors: true }, { ms: limitMs, signal });
    },
    processes: sessions,
    files: new HostFiles(deps),
    isQuiet: () => deps.groups.isQuiet(),
    close: async () => {
      await deps.groups.close();
      deps.spools.close();
    },
  };
}
