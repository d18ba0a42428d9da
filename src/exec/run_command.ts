/** One command from its start to its end, its time-out or an interrupt. */

import type { ExecOutput, ExecRequest } from "../protocol/host.ts";
import type { HostCall } from "./host_call.ts";
import { OutputBuffer } from "./output_buffer.ts";
import type { ProcessGroups } from "./process_groups.ts";
import { Spool, type SpoolFolder } from "./spool.ts";
import { settledWithin } from "./wait.ts";

const TIMED_OUT_CODE = 124;
/** Past this even a killed process that hangs in the kernel is no longer waited for. */
const END_LIMIT_MS = 3000;

export interface CommandDeps {
  readonly groups: ProcessGroups;
  readonly spools: SpoolFolder;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onOutput?: HostCall["onOutput"];
}

/** Fails with the signal's reason after an interrupt, the command's end being under way. */
export async function runCommand(request: ExecRequest, deps: CommandDeps): Promise<ExecOutput> {
  const { groups, spools, environment, signal } = deps;
  signal.throwIfAborted();
  const buffer = new OutputBuffer();
  const spool = new Spool(spools);
  const startedAt = performance.now();
  const process = groups.spawn({
    command: request.command,
    cwd: request.cwd,
    env: environment,
    stdin: "empty",
    onOutput: (bytes) => {
      buffer.append(bytes);
      spool.append(bytes);
      deps.onOutput?.(bytes);
    },
  });
  try {
    const inTime = await settledWithin(process.ended, { ms: request.timeoutMs, signal });
    if (!inTime) process.terminate();
    if (!inTime) await settledWithin(process.ended, { ms: END_LIMIT_MS, signal });
    const exit = inTime ? await process.ended : undefined;
    return {
      exitCode: exit?.code ?? TIMED_OUT_CODE,
      ...exit?.signal !== undefined && { signal: exit.signal },
      ...buffer.read(),
      durationMs: performance.now() - startedAt,
      timedOut: !inTime,
      ...spool.path !== undefined && { fullOutputPath: spool.path },
    };
  } finally {
    if (signal.aborted) process.terminate();
    spool.close();
  }
}
