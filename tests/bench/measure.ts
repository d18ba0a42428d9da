/** One run of a program: how long until its first request, in all, and its peak memory. */

import type { Fixture, Program } from "./programs.ts";

export interface Run {
  /** Milliseconds from the start of the process to its first request. */
  readonly firstRequestMs: number;
  readonly wallMs: number;
  /** Of the program's own process, in MB; 0 where /proc does not tell. */
  readonly peakMb: number;
}

export interface RunOptions {
  readonly prompt: string;
  readonly fixture: Fixture;
  /** When the server saw the run's first request, by `performance.now()`. */
  readonly firstRequestAt: () => number | undefined;
}

/** Runs to the end; a run that fails is no measurement. */
export async function measure(program: Program, options: RunOptions): Promise<Run> {
  const [file = "", ...args] = program.command;
  const startedAt = performance.now();
  const child = new Deno.Command(file, {
    args: [...args, options.prompt],
    cwd: options.fixture.cwd,
    env: {
      CODEX_HOME: options.fixture.codexHome,
      BENCH_KEY: "k",
      HOME: options.fixture.codexHome,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const memory = watchMemory(child.pid);
  const { success, code } = await child.status;
  const wallMs = performance.now() - startedAt;
  const peakMb = memory.stop();
  if (!success) {
    throw new Error(`${program.name} ended with ${code}: ${(await stderr).slice(-500)}`);
  }
  await stderr;
  const firstRequestMs = (options.firstRequestAt() ?? NaN) - startedAt;
  return { firstRequestMs, wallMs, peakMb };
}

/** The kernel keeps the peak itself; it only has to be read before the process is gone. */
function watchMemory(pid: number): { stop(): number } {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${pid}/status`);
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // The process has ended between two looks.
    }
  }, 10);
  return {
    stop(): number {
      clearInterval(timer);
      return peak;
    },
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
