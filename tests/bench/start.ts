/** From the start of the process to the first byte of its first request; sizes and memory. */

import { atMost, type Figure, type Group } from "./results.ts";
import { type Bench, inTurn, median, run } from "./measure.ts";
import { bundleFiles, type Compiled, fromSource, type Program } from "./programs.ts";
import { scenario } from "./scenarios.ts";
import { startPathOf } from "./start_path.ts";

const RUNS = 15;
const MEMORY_RUNS = 3;

export interface StartOptions extends Bench {
  readonly compiled: Compiled | string;
  readonly codex: Program | undefined;
}

export async function measureStart(options: StartOptions): Promise<Group> {
  const { compiled, codex } = options;
  const source = await firstRequests([fromSource(), ...codex ? [codex] : []], options);
  const ofSource = source.length < 2 ? [] : [
    ratio("start to first request: source / codex", source, 0.5),
  ];
  if (typeof compiled === "string") {
    const skipped = [`the compiled form: ${compiled}`, ...withoutPeer(codex)];
    return { title: "Start", figures: ofSource, skipped };
  }
  return {
    title: "Start",
    figures: [
      ...await versions(compiled),
      ...await compiledStart(compiled, options),
      ...ofSource,
      ...await memory(compiled, options),
      ...await sizes(compiled),
    ],
    skipped: withoutPeer(codex),
  };
}

function withoutPeer(codex: Program | undefined): string[] {
  return codex ? [] : ["everything beside codex: it cannot be installed here"];
}

interface Timed {
  readonly name: string;
  readonly ms: number;
}

async function firstRequests(programs: readonly Program[], bench: Bench): Promise<Timed[]> {
  const all = await inTurn(
    programs,
    RUNS,
    (program) => run(program, { ...bench, scenario: scenario("start") }),
  );
  return programs.map(({ name }, index) => ({
    name,
    ms: median((all[index] ?? []).map(({ firstRequestMs }) => firstRequestMs)),
  }));
}

/** Of the first to the second. */
function ratio(what: string, [ours, other]: readonly Timed[], limit?: number): Figure {
  const [a, b] = [ours?.ms ?? NaN, other?.ms ?? NaN];
  const shown = `${a.toFixed(1)} / ${b.toFixed(1)} ms`;
  if (limit === undefined) return { what, figure: `${(a / b).toFixed(2)} (${shown})` };
  return atMost(what, { value: a / b, limit, shown });
}

async function versions({ binary, empty }: Compiled): Promise<Figure[]> {
  const [emptyProgram = ""] = empty.command;
  const times: number[][] = [[], []];
  for (let i = 0; i <= RUNS; i++) {
    for (const [index, file] of [binary, emptyProgram].entries()) {
      const startedAt = performance.now();
      await new Deno.Command(file, { args: ["--version"], stdin: "null", stdout: "null" }).output();
      if (i > 0) times[index]?.push(performance.now() - startedAt);
    }
  }
  const timed = times.map((each, index) => ({ name: String(index), ms: median(each) }));
  return [ratio("`--version`: compiled / an empty program", timed, 1.15)];
}

async function compiledStart(
  { decodex, agent, agentAsDecodex }: Compiled,
  options: StartOptions,
): Promise<Figure[]> {
  const { codex } = options;
  const [ours, smallest, tuned, peer] = await firstRequests(
    [decodex, agent, agentAsDecodex, ...codex ? [codex] : []],
    options,
  );
  if (!ours || !smallest || !tuned) return [];
  return [
    ratio("start to first request: compiled / smallest agent", [ours, smallest], 1.8),
    ratio("the same, the agent compiled with the same V8 flags", [ours, tuned]),
    ...peer ? [ratio("start to first request: compiled / codex", [ours, peer], 0.35)] : [],
  ];
}

async function memory({ decodex }: Compiled, bench: Bench): Promise<Figure[]> {
  const peaks: { plain: number[]; tree: number[] } = { plain: [], tree: [] };
  for (let i = 0; i < MEMORY_RUNS; i++) {
    const plain = await run(decodex, {
      ...bench,
      scenario: scenario("start"),
      memoryOf: "itself",
    });
    peaks.plain.push(plain.peakMb);
    const tree = await run(decodex, { ...bench, scenario: scenario("calls"), memoryOf: "tree" });
    peaks.tree.push(tree.treeMb);
  }
  const limits = { plain: 75, tree: 140 };
  return [
    atMost("peak memory without a tool (MB)", {
      value: median(peaks.plain),
      limit: limits.plain,
      digits: 0,
    }),
    atMost("peak memory of the tree with its host process (MB)", {
      value: median(peaks.tree),
      limit: limits.tree,
      digits: 0,
    }),
  ];
}

async function sizes({ binary, folder }: Compiled): Promise<Figure[]> {
  const files = await bundleFiles(folder);
  const sizeOf = (names: Iterable<string>) =>
    [...names].reduce((sum, name) => sum + (files.get(name)?.length ?? 0), 0) / 1000;
  const { size } = await Deno.stat(binary);
  return [
    atMost("executable (MB)", { value: size / 1e6, limit: 105, digits: 1 }),
    atMost("bundle (kB)", { value: sizeOf(files.keys()), limit: 700, digits: 0 }),
    atMost("bundle on the start path, with a config.toml (kB)", {
      value: sizeOf(await startPathOf(folder)),
      limit: 150,
      digits: 0,
    }),
  ];
}
