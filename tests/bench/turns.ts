/** 300 turns of one thread: whether the last ones take longer than the first. */

import { openAgent } from "../../src/mod.ts";
import { type Bench, median } from "./measure.ts";
import { atMost, type Figure } from "./results.ts";
import { scenario } from "./scenarios.ts";

const TURNS = 300;
/** How many at each end are compared. */
const ENDS = 50;

interface Measured {
  readonly turnsMs: readonly number[];
  /** Of the process, in MB: when the first ones were done, and at the end. */
  readonly heldMb: readonly [number, number];
}

/** Run as a program of its own: prints what it measured, as JSON. */
async function main(): Promise<void> {
  const turnsMs: number[] = [];
  let early = 0;
  await using agent = await openAgent();
  for (let turn = 0; turn < TURNS; turn++) {
    const startedAt = performance.now();
    await agent.ask(`turn ${turn}`);
    turnsMs.push(performance.now() - startedAt);
    if (turn === ENDS) early = Deno.memoryUsage().rss / 2 ** 20;
  }
  const heldMb = [early, Deno.memoryUsage().rss / 2 ** 20] as const;
  console.log(JSON.stringify({ turnsMs, heldMb } satisfies Measured));
}

export async function measureTurns({ server, place }: Bench): Promise<Figure[]> {
  server.begin(scenario("start"));
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL(import.meta.url).pathname],
    cwd: place.cwd,
    env: { ...await place.environmentOf("decodex") },
    clearEnv: true,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).slice(-500));
  const { turnsMs, heldMb } = JSON.parse(new TextDecoder().decode(stdout)) as Measured;
  const [first, last] = [median(turnsMs.slice(ENDS, 2 * ENDS)), median(turnsMs.slice(-ENDS))];
  return [
    atMost("300 turns: time of the last ones / of the first", {
      value: last / first,
      limit: 1.3,
      shown: `${last.toFixed(1)} / ${first.toFixed(1)} ms`,
    }),
    atMost("300 turns: memory held more at the end (MB)", {
      value: heldMb[1] - heldMb[0],
      limit: 20,
      digits: 0,
    }),
  ];
}

if (import.meta.main) await main();
