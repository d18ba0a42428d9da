/** A program that runs every attack: first freely, then as a command of a confined host process. */

import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import { type Attack, ATTACKS } from "./attacks.ts";
import { type AttackStage, openStage } from "./attack_stage.ts";
import { Workspace } from "./workspace.ts";

/** One line of output each. */
export interface AttackResult {
  readonly name: string;
  /** Whether it works without a sandbox. */
  readonly works: boolean;
  /** Whether the command ran inside. */
  readonly ran: boolean;
  readonly exitCode: number;
  /** What has changed outside of the sandbox when it has ended. */
  readonly changed: readonly string[];
  readonly output: string;
}

export interface LevelLine {
  /** The level that is in force, and why none of those above it. */
  readonly level: SandboxLevel;
  readonly reason: string;
  /** What a session has left behind at its end. */
  readonly litter?: readonly string[];
}

const POLICY: SandboxPolicy = {
  type: "workspace-write",
  writable_roots: [],
  network_access: false,
  exclude_tmpdir_env_var: true,
  exclude_slash_tmp: true,
};
const RAN = "the command runs";

async function main(level: SandboxLevel): Promise<void> {
  const attacks = ATTACKS.filter(({ expected }) => expected[level]);
  const works = await runFreely(attacks);
  await using stage = await openStage();
  await using workspace = new Workspace({
    inProcess: false,
    sandboxLevel: level,
    environment: stage.environment,
    secretNames: ["PROVIDER_KEY"],
    tempDir: stage.tempDir,
  });
  const turn = { cwd: stage.work, sandboxPolicy: POLICY };
  const report = await workspace.host.prepare(turn);
  const reason = report.faults.map((fault) => `${fault.level}: ${fault.reason}`).join("; ");
  say({ level: report.level, reason });
  if (report.level !== level) return;
  const before = await stage.look();
  for (const attack of attacks) {
    const { exitCode, output } = await workspace.host.exec({
      command: ["/bin/sh", "-c", `echo ${RAN}\n${attack.script}`],
      cwd: stage.work,
      timeoutMs: 20_000,
    }, workspace.context(turn));
    const changed = differences(before, await stage.look());
    if (changed.length > 0) await stage.layOutside();
    say({
      name: attack.name,
      works: works.has(attack.name),
      ran: output.includes(RAN),
      exitCode,
      changed,
      output,
    });
  }
  await workspace.host.close();
  say({ level, reason: "closed", litter: differences(before, await stage.look()) });
}

/** Each on a stage of its own: one may take away what the next one needs. */
async function runFreely(attacks: readonly Attack[]): Promise<ReadonlySet<string>> {
  const works = new Set<string>();
  for (const { name, script } of attacks) {
    await using stage = await openStage();
    if (await succeeds(script, stage)) works.add(name);
  }
  return works;
}

async function succeeds(script: string, stage: AttackStage): Promise<boolean> {
  const { code } = await new Deno.Command("/bin/sh", {
    args: ["-c", script],
    cwd: stage.work,
    env: { ...stage.environment },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return code === 0;
}

function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

function say(line: AttackResult | LevelLine): void {
  console.log(JSON.stringify(line));
}

if (import.meta.main) await main(Deno.args[0] as SandboxLevel);
