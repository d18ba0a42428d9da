/** One run of a program: how long until its first request, in all, and its memory. */

import type { BenchServer } from "./server.ts";
import type { BenchPlace } from "./place.ts";
import type { Program } from "./programs.ts";
import type { Scenario } from "./scenarios.ts";

export interface Run {
  /** Milliseconds from the start of the process to its first request; NaN without one. */
  readonly firstRequestMs: number;
  /** From each request to the next one, in milliseconds. */
  readonly gapsMs: readonly number[];
  readonly wallMs: number;
  /** Peak of the program's own process, in MB; NaN where it was not looked at. */
  readonly peakMb: number;
  /** Peak of what it and all below it hold at once, in MB; NaN or 0 where it was not looked at. */
  readonly treeMb: number;
}

export interface Bench {
  readonly server: BenchServer;
  readonly place: BenchPlace;
}

/** Runs to the end; a run that fails is no measurement. */
export async function run(
  { name, command: [file = "", ...args] }: Program,
  { server, place, scenario, prompt = ["go"], memoryOf }: Bench & {
    scenario: Scenario;
    prompt?: readonly string[];
    /** Whose memory is looked at, which takes so much time that it is no run to time. */
    memoryOf?: "itself" | "tree";
  },
): Promise<Run> {
  const env = { ...await place.environmentOf(name) };
  server.begin(scenario);
  const startedAt = performance.now();
  const child = new Deno.Command(file, {
    args: [...args, ...prompt],
    cwd: place.cwd,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const memory = memoryOf && watchMemory(child.pid, memoryOf);
  const { success, code } = await child.status;
  const wallMs = performance.now() - startedAt;
  const peaks = memory?.stop() ?? { peakMb: NaN, treeMb: NaN };
  if (!success) throw new Error(`${name} ended with ${code}: ${(await stderr).slice(-500)}`);
  const times = server.requestTimes;
  if (times.length < scenario.rounds) {
    throw new Error(`${name}: ${times.length} of ${scenario.rounds} requests`);
  }
  await stderr;
  return {
    firstRequestMs: (times[0] ?? NaN) - startedAt,
    gapsMs: times.slice(1).map((time, index) => time - (times[index] ?? NaN)),
    wallMs,
    ...peaks,
  };
}

/**
 * The programs in turn, run after run, so that a slow moment of the machine hits all of them; every
 * second round goes backwards, so that none always comes behind the same one.
 */
export async function inTurn(
  programs: readonly Program[],
  runs: number,
  runOnce: (program: Program) => Promise<Run>,
): Promise<Run[][]> {
  const all: Run[][] = programs.map(() => []);
  for (let i = 0; i <= runs; i++) {
    const round = [...programs.entries()];
    if (i % 2 === 1) round.reverse();
    for (const [index, program] of round) {
      const result = await runOnce(program);
      const isWarmUp = i === 0;
      if (!isWarmUp) all[index]?.push(result);
    }
  }
  return all;
}

const LOOK_MS = 5;

/** The kernel keeps a process's own peak; it only has to be read before the process is gone. */
function watchMemory(
  pid: number,
  memoryOf: "itself" | "tree",
): { stop(): { peakMb: number; treeMb: number } } {
  let peakMb = 0;
  let treeMb = 0;
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, fieldOf(`/proc/${pid}/status`, "VmHWM"));
    if (memoryOf === "itself") return;
    // A page that two processes share counts half for each.
    const held = [pid, ...descendantsOf(pid)].map((each) =>
      fieldOf(`/proc/${each}/smaps_rollup`, "Pss")
    );
    treeMb = Math.max(treeMb, held.reduce((sum, mb) => sum + mb, 0));
  }, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      return { peakMb, treeMb };
    },
  };
}

/** In MB; 0 for a process that has ended between two looks. */
function fieldOf(path: string, name: string): number {
  try {
    const text = Deno.readTextFileSync(path);
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function descendantsOf(pid: number): number[] {
  try {
    const direct = [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) =>
      Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).split(" ")
    ).filter((word) => word !== "").map(Number);
    return direct.flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return [];
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
