/** Measures decodex beside the real Codex: `deno task bench [scenario …]`. */

import { measure, median, type Run } from "./measure.ts";
import { codex, createFixture, decodex, type Fixture, type Program } from "./programs.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { type BenchServer, startBenchServer } from "./server.ts";

interface Row {
  readonly scenario: Scenario;
  readonly program: Program;
  readonly figure: number;
  readonly peakMb: number;
}

if (import.meta.main) await main(Deno.args);

async function main(names: readonly string[]): Promise<void> {
  const scenarios = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
  const peer = await codex();
  if (!peer) console.log("The peer cannot be installed here: decodex is measured alone.");
  const programs = [decodex(), ...peer ? [peer] : []];
  const server = startBenchServer();
  const fixture = await createFixture(server.url);
  console.log(
    `${"".padEnd(46)}${programs.map(({ name }) => name.padStart(20)).join("")}     ratio   peak MB`,
  );
  try {
    for (const scenario of scenarios) {
      await scenario.prepare?.(fixture.cwd);
      print(await compare(scenario, { programs, server, fixture }));
    }
  } finally {
    await server.close();
    await Deno.remove(`${fixture.cwd}/..`, { recursive: true });
  }
}

/** The programs in turn, run after run, so that a slow moment of the machine hits both. */
async function compare(
  scenario: Scenario,
  { programs, server, fixture }: {
    programs: readonly Program[];
    server: BenchServer;
    fixture: Fixture;
  },
): Promise<Row[]> {
  const runs = new Map<Program, Run[]>(programs.map((program) => [program, []]));
  for (let i = 0; i <= scenario.runs; i++) {
    for (const program of programs) {
      server.begin(scenario);
      const run = await measure(program, {
        prompt: "go",
        fixture,
        firstRequestAt: () => server.firstRequestAt,
      });
      if (server.requests < scenario.rounds) {
        throw new Error(`${program.name}: ${server.requests} of ${scenario.rounds} requests`);
      }
      const warmUp = i === 0;
      if (!warmUp) runs.get(program)?.push(run);
    }
  }
  return programs.map((program) => {
    const all = runs.get(program) ?? [];
    return {
      scenario,
      program,
      figure: median(all.map((run) => figureOf(scenario, run))),
      peakMb: Math.max(...all.map((run) => run.peakMb)),
    };
  });
}

function figureOf(scenario: Scenario, run: Run): number {
  if (scenario.name === "start") return run.firstRequestMs;
  return (run.wallMs - run.firstRequestMs) / (scenario.rounds > 50 ? scenario.rounds - 1 : 1);
}

function print(rows: readonly Row[]): void {
  const [ours, peer] = rows;
  if (!ours) return;
  const ratio = peer ? (ours.figure / peer.figure).toFixed(2) : "-";
  const figures = rows.map(({ figure }) => figure.toFixed(1).padStart(20)).join("");
  const peaks = rows.map(({ peakMb }) => peakMb.toFixed(0)).join(" / ");
  console.log(`${ours.scenario.what.padEnd(46)}${figures}${ratio.padStart(10)}   ${peaks}`);
}
