/** A folder and a link that change their places all the time, and what is written meanwhile. */

import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import type { AttackStage } from "./attack_stage.ts";

export const RACE = "patch: a folder exchanged for a link";
/** Where patches are held to the folders that are open. */
export const RACE_LEVELS: readonly SandboxLevel[] = ["bubblewrap", "landlock", "none"];

export const MOST_TRIES = 3000;

export interface Race {
  /** Sometimes a folder in the workspace, and sometimes a link that leads out of it. */
  readonly folder: string;
  /** What exchanges them until `stop`. */
  readonly command: readonly string[];
  /** Once the exchanging has begun. */
  readonly begun: () => boolean;
  stop(): Promise<void>;
}

export async function layRace({ work, outside, environment }: AttackStage): Promise<Race> {
  const place = `${work}/race`;
  await Deno.mkdir(`${place}/real`, { recursive: true });
  await Deno.symlink(outside, `${place}/link`);
  return {
    folder: `${place}/real`,
    command: [environment["PROBE"] ?? "", "exchange", place],
    begun: () => Deno.lstatSync(`${place}/real`).isSymlink,
    stop: () => Deno.writeTextFile(`${place}/stop`, ""),
  };
}

/** Who looks where a path leads, and goes there afterwards, comes too late at times. */
export async function raceFreely(stage: AttackStage): Promise<boolean> {
  const { folder, command: [program = "", ...args], stop } = await layRace(stage);
  const child = new Deno.Command(program, { args, stdin: "null" }).spawn();
  let works = false;
  for (let n = 0; n < MOST_TRIES && !works; n++) {
    const real = await Deno.realPath(folder);
    if (!real.startsWith(stage.work)) continue;
    await Deno.writeTextFile(`${folder}/naive-${n}`, "x");
    works = await Deno.stat(`${stage.outside}/naive-${n}`).then(() => true, () => false);
  }
  await stop();
  await child.status;
  return works;
}
