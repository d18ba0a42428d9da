/** What a call, a delta, a long output and a long history cost once the program runs. */

import { atMost, type Figure, type Group } from "./results.ts";
import { type Bench, inTurn, median, type Run, run } from "./measure.ts";
import { type Compiled, fromSource, type Program } from "./programs.ts";
import { type Scenario, scenario } from "./scenarios.ts";
import { measureTurns } from "./turns.ts";

export interface SteadyOptions extends Bench {
  readonly compiled: Compiled | string;
  readonly codex: Program | undefined;
}

interface Limits {
  /** Of the figure to that of the smallest agent, compiled. */
  readonly agent?: number;
  /** Of the compiled form's to the peer's. */
  readonly codex?: number;
  /** Of the source form's to the peer's. */
  readonly source?: number;
}

interface Measured {
  readonly scenario: string;
  readonly runs: number;
  readonly limits: Limits;
  figureOf(run: Run): number;
}

const MEASURED: readonly Measured[] = [
  {
    scenario: "calls",
    runs: 3,
    limits: { agent: 1.5, codex: 0.12, source: 0.2 },
    figureOf: ({ gapsMs }) => median(gapsMs),
  },
  {
    scenario: "deltas",
    runs: 3,
    limits: { agent: 1.5, source: 0.6 },
    // The second call finds everything started.
    figureOf: ({ gapsMs: [, second = NaN] }) => second,
  },
  { scenario: "output", runs: 3, limits: {}, figureOf: ({ gapsMs }) => median(gapsMs) },
  { scenario: "patch", runs: 3, limits: {}, figureOf: ({ gapsMs }) => median(gapsMs) },
  { scenario: "long", runs: 1, limits: {}, figureOf: ({ gapsMs }) => median(gapsMs) },
];

/** What the smallest agent cannot do. */
const NOT_BY_AGENT: readonly string[] = ["patch", "output"];

export async function measureSteady(options: SteadyOptions): Promise<Group> {
  const { compiled, codex, place } = options;
  const figures: Figure[] = [];
  for (const measured of MEASURED) {
    const chosen = scenario(measured.scenario);
    await chosen.prepare?.(place.cwd);
    figures.push(...await compareAll(measured, { chosen, ...options }));
  }
  figures.push(await parallelSleeps(options), ...await longHistory(options));
  figures.push(...await measureTurns(options));
  return {
    title: "Steady state",
    figures,
    skipped: [
      ...typeof compiled === "string" ? [`the compiled form: ${compiled}`] : [],
      ...codex ? [] : ["everything beside codex: it cannot be installed here"],
    ],
  };
}

async function compareAll(
  { runs, limits, figureOf, scenario: name }: Measured,
  { chosen, compiled, codex, ...bench }: SteadyOptions & { chosen: Scenario },
): Promise<Figure[]> {
  const source = fromSource();
  const withAgent = typeof compiled !== "string" && !NOT_BY_AGENT.includes(name);
  const inSessions = withAgent && name === "calls" ? compiled.agentInSessions : undefined;
  const programs = [
    source,
    ...typeof compiled === "string" ? [] : [compiled.decodex],
    ...withAgent ? [compiled.agent] : [],
    ...inSessions ? [inSessions] : [],
    ...codex ? [codex] : [],
  ];
  const all = await inTurn(
    programs,
    runs,
    (program) => run(program, { ...bench, scenario: chosen }),
  );
  const figures = new Map(
    programs.map((program, index) => [program.name, median((all[index] ?? []).map(figureOf))]),
  );
  const against = (ours: Program | undefined, other: Program | undefined, limit?: number) => {
    const [a, b] = [ours && figures.get(ours.name), other && figures.get(other.name)];
    if (a === undefined || b === undefined || !ours || !other) return [];
    const what = `${chosen.what}: ${ours.name} / ${other.name}`;
    const shown = `${a.toFixed(1)} / ${b.toFixed(1)}`;
    if (limit === undefined) return [{ what, figure: `${(a / b).toFixed(2)} (${shown})` }];
    return [atMost(what, { value: a / b, limit, shown })];
  };
  const decodex = typeof compiled === "string" ? undefined : compiled.decodex;
  const agent = withAgent ? compiled.agent : undefined;
  const watched = await run(source, { ...bench, scenario: chosen, memoryOf: "itself" });
  return [
    ...against(decodex, agent, limits.agent),
    ...against(decodex, inSessions),
    ...against(decodex, codex, limits.codex),
    ...against(source, codex, limits.source),
    atMost(`${chosen.what}: peak memory from source (MB)`, {
      value: watched.peakMb,
      limit: 120,
      digits: 0,
    }),
  ];
}

async function parallelSleeps({ server, place }: Bench): Promise<Figure> {
  const chosen = scenario("parallel");
  const { gapsMs } = await run(fromSource(), { server, place, scenario: chosen });
  const oneSleepMs = 1000;
  return atMost("8 sleeps of 1 s in one response / one sleep", {
    value: median(gapsMs) / oneSleepMs,
    limit: 1.3,
  });
}

/** To hold a history takes memory; to send it shall not take as much again. */
async function longHistory({ compiled, ...bench }: SteadyOptions): Promise<Figure[]> {
  if (typeof compiled === "string") return [];
  const peakOf = async (name: string): Promise<number> => {
    const options = { ...bench, scenario: scenario(name), memoryOf: "itself" } as const;
    return (await run(compiled.decodex, options)).peakMb;
  };
  const [none, held, sent] = [
    await peakOf("first"),
    await peakOf("history, not sent"),
    await peakOf("history"),
  ];
  const shown = (peak: number, other: number) => `${peak.toFixed(0)} / ${other.toFixed(0)} MB`;
  return [
    atMost("peak memory with a history of 10 MB sent three times / received and not sent", {
      value: sent / held,
      limit: 2,
      shown: shown(sent, held),
    }),
    {
      what: "peak memory with a history of 10 MB sent three times / with none",
      figure: `${(sent / none).toFixed(2)} (${shown(sent, none)})`,
    },
  ];
}
