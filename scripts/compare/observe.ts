/** Runs one program through one scenario and keeps what it sent, printed and ended with. */

import {
  type Reply,
  type SeenRequest,
  startResponsesServer,
} from "../../tests/support/responses_server.ts";
import { failure, type Run, type Scenario } from "./scenario.ts";
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

/** Long enough for every wait that a scenario provokes. */
const RUN_LIMIT_MS = 60_000;

export async function observe(program: Program, scenario: Scenario): Promise<Observation> {
  const steps = [...scenario.steps, ...scenario.then?.steps ?? []];
  let repo = "";
  await using server = startResponsesServer((n, body) => fill(steps[n], { repo, body }));
  await using workspace = await createWorkspace(scenario, server.url);
  ({ repo } = workspace);
  const runs = [await runOnce(program, { run: scenario, scenario, workspace })];
  if (scenario.then) runs.push(await runOnce(program, { run: scenario.then, scenario, workspace }));
  return { requests: server.requests, runs, repo, home: workspace.home };
}

/** Puts in what is known only now: where the folder is, and which session was named last. */
function fill(step: Reply | undefined, { repo, body }: { repo: string; body: unknown }): Reply {
  if (!step) return failure(400, { message: "more requests than the scenario has answers" });
  const session = [...JSON.stringify(body).matchAll(/session ID (\d+)/g)].at(-1)?.[1] ?? "0";
  const text = JSON.stringify(step).replaceAll("<repo>", repo).replaceAll('"<session>"', session);
  return JSON.parse(text);
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
