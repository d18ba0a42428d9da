/** Runs one program through one scenario and keeps what it sent, printed and ended with. */

import { startScriptedServer } from "./scripted_server.ts";
import type { Run, Scenario } from "./scenario.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

export interface Program {
  readonly name: "codex" | "decodex";
  /** What stands before `exec`. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Observation {
  readonly requests: readonly SeenRequest[];
  readonly runs: readonly { exitCode: number; stdout: string; stderr: string }[];
  readonly repo: string;
  readonly home: string;
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: unknown;
}

/** Long enough for every wait that a scenario provokes. */
const RUN_LIMIT_MS = 60_000;

export async function observe(program: Program, scenario: Scenario): Promise<Observation> {
  const server = startScriptedServer([...scenario.steps, ...scenario.then?.steps ?? []]);
  try {
    await using workspace = await createWorkspace(scenario, server.url);
    server.substitute("<repo>", workspace.repo);
    const runs = [await runOnce(program, { run: scenario, scenario, workspace })];
    if (scenario.then) {
      runs.push(await runOnce(program, { run: scenario.then, scenario, workspace }));
    }
    return { requests: server.requests, runs, repo: workspace.repo, home: workspace.home };
  } finally {
    await server.close();
  }
}

async function runOnce(
  { command, env }: Program,
  { run, scenario, workspace }: { run: Run; scenario: Scenario; workspace: Workspace },
): Promise<Observation["runs"][number]> {
  const [program = "", ...fixed] = command;
  const args = run.args.map((arg) => arg.replaceAll("<repo>", workspace.repo));
  const child = new Deno.Command(program, {
    args: [...fixed, "exec", ...args],
    cwd: `${workspace.repo}/${scenario.folder ?? ""}`,
    clearEnv: true,
    env: { ...workspace.env, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(RUN_LIMIT_MS),
  }).spawn();
  const input = child.stdin.getWriter();
  // A program that has ended without reading is no fault of ours.
  await input.write(new TextEncoder().encode(run.stdin ?? "")).catch(() => {});
  await input.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { exitCode: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
