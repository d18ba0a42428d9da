/** What tools do to this machine, done in this process: the work of the host process. */

import { RESTORED_NOTE } from "../policy/denial.ts";
import type { Confinement, SandboxLevel } from "../protocol/confinement.ts";
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
import { ProtectedGuard } from "./sandbox/guard.ts";
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
  /** Protected paths that nothing but a look after each command holds. */
  readonly watched?: readonly string[];
  /** This process does nothing else, and orphans come to it. */
  readonly ownsDescendants?: boolean;
}

/** A session's id is chosen by whoever asks for it. */
export type StartRequest = ProcessRequest & { readonly sessionId: number };

export interface LocalProcesses {
  start(request: StartRequest, call: HostCall): Promise<ProcessOutput>;
  write(request: ProcessWrite, call: HostCall): Promise<ProcessOutput>;
}

export interface LocalHost {
  exec(request: ExecRequest, call: HostCall): Promise<ExecOutput>;
  readonly processes: LocalProcesses;
  readonly files: HostFiles;
  /** Ends every process, also those left in the background, and removes kept outputs. */
  close(): Promise<void>;
}

export function createLocalHost(options: LocalHostOptions): LocalHost {
  const { environment, confinement, tempDir, watched = [], ownsDescendants = false } = options;
  const { level = "none" } = options;
  const deps = {
    groups: new ProcessGroups({ ownsDescendants }),
    spools: new SpoolFolder(tempDir),
    environment,
    confinement,
    ...tempDir !== undefined && { tempDir },
    isSandboxed: level !== "none",
  };
  const guard = new ProtectedGuard(watched);
  const sessions = new ProcessSessions(deps);
  return {
    exec: async (request, { signal, onOutput }) => {
      try {
        return withNote(
          await runCommand(request, { ...deps, signal, ...onOutput && { onOutput } }),
          guard,
        );
      } finally {
        guard.restore();
      }
    },
    processes: {
      start: async (request, call) => withNote(await sessions.start(request, call), guard),
      write: async (request, call) => withNote(await sessions.write(request, call), guard),
    },
    files: new HostFiles(deps),
    close: async () => {
      await deps.groups.close();
      guard.restore();
      deps.spools.close();
    },
  };
}

/** The model has to know that its change is not there any more. */
function withNote<T extends { readonly output: string }>(result: T, guard: ProtectedGuard): T {
  const all = guard.restore();
  if (all.length === 0) return result;
  const changed = all.filter((path) => !all.some((other) => path.startsWith(`${other}/`)));
  const shown = changed.slice(0, 5).join(", ");
  const more = changed.length > 5 ? ` and ${changed.length - 5} more` : "";
  const note = `${RESTORED_NOTE}${shown}${more}]\n`;
  const gap = result.output === "" || result.output.endsWith("\n") ? "" : "\n";
  return { ...result, output: `${result.output}${gap}${note}` };
}
