/** Runs both programs through a scenario and tells what differs, expected or not. */

import { type Difference, differences } from "./difference.ts";
import { expectedReason } from "./expected.ts";
import { normalise } from "./normalise.ts";
import { observe, type Program } from "./observe.ts";
import { installPeer } from "./peer.ts";
import type { Scenario } from "./scenario.ts";

export interface Programs {
  readonly codex: Program;
  readonly decodex: Program;
}

export interface Comparison {
  readonly scenario: string;
  readonly unexpected: readonly Difference[];
  readonly expected: readonly (Difference & { reason: string })[];
  /** What decodex has said beside its answer; it may tell why. */
  readonly stderr: string;
}

/** `codexPath` spares the look into the cache and the installation. */
export async function findPrograms(codexPath?: string): Promise<Programs> {
  await new Deno.Command("git", { args: ["--version"], stdout: "null" }).output();
  const root = new URL("../../", import.meta.url).pathname;
  return {
    codex: { name: "codex", command: [codexPath ?? await installPeer()], env: {} },
    decodex: {
      name: "decodex",
      command: [
        Deno.execPath(),
        "run",
        "--allow-all",
        "--quiet",
        `--config=${root}deno.json`,
        `${root}main.ts`,
      ],
      env: { DENO_DIR: await denoDir(), DENO_NO_UPDATE_CHECK: "1" },
    },
  };
}

/** A child with another HOME would fetch every package again. */
async function denoDir(): Promise<string> {
  const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] });
  return JSON.parse(new TextDecoder().decode((await info.output()).stdout)).denoDir;
}

export async function compare(programs: Programs, scenario: Scenario): Promise<Comparison> {
  const [codex, decodex] = await Promise.all([
    observe(programs.codex, scenario),
    observe(programs.decodex, scenario),
  ]);
  const all = differences(normalise(codex), normalise(decodex)).map((difference) => ({
    ...difference,
    reason: expectedReason(scenario.name, difference),
  }));
  return {
    scenario: scenario.name,
    unexpected: all.filter(({ reason }) => reason === undefined),
    stderr: decodex.runs.map((run) => run.stderr).join(""),
    expected: all.flatMap(({ reason, ...rest }) =>
      reason === undefined ? [] : [{ ...rest, reason }]
    ),
  };
}

/** One line where all is as expected; otherwise a paragraph. */
export function formatComparison(comparison: Comparison): string {
  const { scenario, unexpected, expected, stderr } = comparison;
  const reasons = new Set(expected.map(({ reason }) => reason));
  const on = reasons.size === 0 ? "" : ` (on purpose: ${[...reasons].join("; ")})`;
  if (unexpected.length === 0) return `ok    ${scenario}${on}`;
  const lines = unexpected.flatMap(({ path, codex, decodex }) => [
    `      ${path}`,
    `        codex:   ${cut(codex)}`,
    `        decodex: ${cut(decodex)}`,
  ]);
  const said = stderr.trim() === "" ? [] : [`      decodex says: ${cut(stderr)}`];
  return [`FAIL  ${scenario}${on}`, ...lines, ...said].join("\n");
}

const SHOWN = 400;

function cut(value: unknown): string {
  const text = value === undefined ? "(nothing)" : JSON.stringify(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`;
}
