/** What confinement costs: a call at each level beside an unconfined one, and the first of all. */

import { atMost, type Figure, type Group } from "./results.ts";
import { type Bench, inTurn, median, run } from "./measure.ts";
import type { Compiled, Program } from "./programs.ts";
import { scenario } from "./scenarios.ts";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import { FOLDER_ALONE, Workspace } from "../exec/workspace.ts";

const LEVELS = ["bubblewrap", "landlock", "none"] as const;
const CALLS = 200;
const RUNS = 3;
const COMMAND = ["/bin/true"];

export interface SandboxOptions extends Bench {
  readonly compiled: Compiled | string;
  readonly codex: Program | undefined;
}

export async function measureSandbox(options: SandboxOptions): Promise<Group> {
  const figures: Figure[] = [];
  const skipped: string[] = [];
  for (const level of LEVELS) {
    const over = await callsOver(level);
    if (typeof over === "string") skipped.push(over);
    else figures.push(over);
  }
  const { compiled, codex } = options;
  if (typeof compiled === "string") skipped.push(`the compiled form: ${compiled}`);
  else figures.push(...await firstCalls(compiled, options));
  if (typeof compiled !== "string" && codex) {
    figures.push(...await besideCodex({ ...options, compiled, codex }));
  }
  return { title: "Sandbox", figures, skipped };
}

/** Calls through the host process and commands started here, in turn. */
async function callsOver(level: SandboxLevel): Promise<Figure | string> {
  await using workspace = new Workspace({
    inProcess: false,
    sandboxLevel: level,
    environment: Deno.env.toObject(),
  });
  const turn = { sandboxPolicy: FOLDER_ALONE };
  const report = await workspace.host.prepare({ cwd: workspace.path, ...turn });
  if (report.level !== level) {
    return `${level}: ${report.faults.map(({ reason }) => reason).join("; ")}`;
  }
  const context = workspace.context(turn);
  const [program = "", ...args] = COMMAND;
  const confined: number[] = [];
  const direct: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    const startedAt = performance.now();
    await workspace.host.exec({ command: COMMAND, cwd: workspace.path, timeoutMs: 9000 }, context);
    const between = performance.now();
    // As every command has it: pipes, and a session of its own.
    await new Deno.Command(program, {
      args,
      cwd: workspace.path,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn().output();
    confined.push(between - startedAt);
    direct.push(performance.now() - between);
  }
  const [a, b] = [median(confined), median(direct)];
  return atMost(`a call over Deno.Command in a session of its own, ${level} (ms)`, {
    value: a - b,
    limit: 1,
    shown: `${a.toFixed(2)} - ${b.toFixed(2)}`,
  });
}

async function firstCalls(compiled: Compiled, bench: Bench): Promise<Figure[]> {
  const later: Figure[] = [];
  for (const [name, what, limit] of FIRST) {
    for (const level of LEVELS) {
      const program = atLevel(compiled.decodex, level, SAME_SHELLS);
      const [runs = []] = await inTurn(
        [program],
        RUNS,
        (each) => run(each, { ...bench, scenario: scenario(name) }),
      );
      const value = median(runs.map(({ gapsMs: [first = NaN, second = NaN] }) => first - second));
      later.push(atMost(`${what}, ${level} (ms)`, { value, limit, digits: 1 }));
    }
  }
  return later;
}

const FIRST = [
  ["first", "the first command later than the second, the model answering at once", 60],
  ["first, later", "the same, the model taking 200 ms", 10],
] as const;

/** What is found out behind the second command is no part of what the first one waits for. */
const SAME_SHELLS = ["-c", "features.shell_snapshot=false"];

function atLevel(
  { command }: Program,
  level: SandboxLevel,
  further: readonly string[] = [],
): Program {
  const [binary = ""] = command;
  const flags = ["exec", "-s", "workspace-write", "--sandbox-level", level, ...further];
  return { name: `decodex (${level})`, command: [binary, ...flags] };
}

async function besideCodex(
  { compiled, codex, ...bench }: Bench & { compiled: Compiled; codex: Program },
): Promise<Figure[]> {
  const programs = [...LEVELS.map((level) => atLevel(compiled.decodex, level)), codex];
  const all = await inTurn(
    programs,
    RUNS,
    (program) => run(program, { ...bench, scenario: scenario("calls") }),
  );
  const perCall = all.map((runs) => median(runs.map(({ gapsMs }) => median(gapsMs))));
  const peer = perCall.at(-1) ?? NaN;
  return LEVELS.map((level, index) => {
    const ours = perCall[index] ?? NaN;
    const shown = `${ours.toFixed(1)} / ${peer.toFixed(1)} ms`;
    const what = `a confined call, ${level} / an unconfined one of codex`;
    return atMost(what, { value: ours / peer, limit: 0.1, shown });
  });
}
