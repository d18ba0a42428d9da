/** A program that runs every attack: first freely, then inside of the levels that are its arguments. */

import { runHidden } from "../../src/cli/commands/hidden.ts";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import { CALL_ATTACKS, type CallAttack } from "./attack_calls.ts";
import { type AttackResult, AttackSession, differences } from "./attack_session.ts";
import {
  type AttackStage,
  type AttackTools,
  buildTools,
  openStage,
  runScript,
} from "./attack_stage.ts";
import { RACE, RACE_LEVELS, raceFreely } from "./attack_race.ts";
import { ATTACKS } from "./attacks.ts";
import { Workspace } from "./workspace.ts";

/** One line of output each. */
export type AttackLine =
  /** What worked freely. */
  | { readonly type: "works"; readonly names: readonly string[] }
  /** The level that is in force, and why none of those that stand above it. */
  | { readonly type: "level"; readonly level: SandboxLevel; readonly reason: string }
  | AttackResult
  /** What is not as it was before the session, now that it has ended. */
  | { readonly type: "end"; readonly left: readonly string[] };

const AT_ONCE = 2;

async function main(levels: readonly SandboxLevel[]): Promise<void> {
  await using tools = await buildTools();
  say({ type: "works", names: await runFreely(tools) });
  for (const level of levels) await runInside(level, tools);
}

/** Each on a stage of its own: one may take away what the next one needs. */
async function runFreely(tools: AttackTools): Promise<string[]> {
  const works: string[] = [];
  const waiting = [...ATTACKS, ...CALL_ATTACKS];
  const work = async (): Promise<void> => {
    for (let attack = waiting.pop(); attack; attack = waiting.pop()) {
      await using stage = await openStage(tools);
      const worked = "script" in attack
        ? await runScript(attack.script, freely(stage, attack.workdir))
        : await callFreely(attack, stage);
      if (worked) works.push(attack.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await using stage = await openStage(tools);
  if (await raceFreely(stage)) works.push(RACE);
  return works;
}

function freely(
  { work, outside, environment }: AttackStage,
  workdir?: "outside",
): Pick<AttackStage, "work" | "environment"> {
  const env = { ...environment, HOST_PID: environment["VICTIM_PID"] ?? "" };
  return { work: workdir ? outside : work, environment: env };
}

async function callFreely(attack: CallAttack, stage: AttackStage): Promise<boolean> {
  const { before, freely: script, call } = attack;
  if (before !== undefined) await runScript(before, stage);
  if (script !== undefined || call.type !== "patch") return await runScript(script ?? "", stage);
  await using workspace = new Workspace();
  const untouched = await stage.look();
  const context = workspace.context({ cwd: stage.work });
  await workspace.host.files.apply(call.changes(stage), context).catch(() => {});
  return differences(untouched, await stage.look()).length > 0;
}

async function runInside(level: SandboxLevel, tools: AttackTools): Promise<void> {
  await using stage = await openStage(tools);
  for (const { before } of CALL_ATTACKS) if (before !== undefined) await runScript(before, stage);
  const untouched = await stage.look();
  const session = new AttackSession(level, stage);
  const report = await session.prepare();
  const reason = report.faults.map((fault) => `${fault.level}: ${fault.reason}`).join("; ");
  say({ type: "level", level: report.level, reason });
  if (report.level === level) {
    for (const attack of CALL_ATTACKS) say(await session.tryCall(attack));
    if (RACE_LEVELS.includes(level)) say(await session.race());
    const attacks = ATTACKS.filter(({ expected }) => expected[level]);
    for (const attack of attacks) say(await session.tryCommand(attack));
  }
  await session.close();
  say({ type: "end", left: differences(untouched, await stage.look()) });
}

function say(line: AttackLine): void {
  console.log(JSON.stringify(line));
}

/** Whoever compiles it asks for a version to see that it starts. */
const STARTS_ONLY = "--version";

/** A bundle of this file, or an executable, is also the program that its host processes are. */
if (import.meta.main && Deno.args[0] !== STARTS_ONLY) {
  const [first] = Deno.args;
  if (first === "__host" || first === "__exec") Deno.exit(await runHidden(first));
  await main(Deno.args as SandboxLevel[]);
}
