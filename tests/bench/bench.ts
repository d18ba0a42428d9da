/** Measures decodex beside the real Codex and the smallest agent: `deno task bench [group …]`. */

import { denoVersion } from "../../scripts/build/compile.ts";
import { VERSION } from "../../src/cli/version.ts";
import { createBenchPlace } from "./place.ts";
import { codex as findCodex, compiled as compileAll, programFolder } from "./programs.ts";
import { circumstances, type Group, print, writeResults } from "./results.ts";
import { measureSandbox } from "./sandbox.ts";
import { startBenchServer } from "./server.ts";
import { measureStart } from "./start.ts";
import { measureSteady } from "./steady.ts";

const GROUPS = { start: measureStart, steady: measureSteady, sandbox: measureSandbox } as const;

type GroupName = keyof typeof GROUPS;

if (import.meta.main) Deno.exit(await main(Deno.args));

/** All groups write RESULTS.md; some of them are printed alone. Exit 1 for a figure not reached. */
async function main(names: readonly string[]): Promise<number> {
  const all = Object.keys(GROUPS) as GroupName[];
  const unknown = names.find((name) => !all.some((group) => group === name));
  if (unknown !== undefined) {
    console.error(`error: no group "${unknown}"; there are ${all.join(", ")}`);
    return 2;
  }
  const wanted = all.filter((group) => names.length === 0 || names.includes(group));
  const folder = await Deno.makeTempDir({ dir: await programFolder(), prefix: "bench-" });
  const server = startBenchServer();
  await using place = await createBenchPlace(server.url);
  try {
    const [compiled, codex] = [await compileAll(folder), await findCodex()];
    const groups: Group[] = [];
    for (const name of wanted) {
      const group = await GROUPS[name]({ server, place, compiled, codex });
      print(group);
      groups.push(group);
    }
    if (wanted.length === all.length) await writeResults(groups, await whatRan(codex?.name));
    return groups.some(({ figures }) => figures.some(({ holds }) => holds === false)) ? 1 : 0;
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function whatRan(peer: string | undefined) {
  const compiler = await denoVersion(Deno.env.get("DENO_COMPILE") || Deno.execPath());
  return await circumstances([
    `decodex ${VERSION}`,
    `Deno ${Deno.version.deno} (source), ${compiler} (compiled)`,
    ...peer === undefined ? [] : [peer],
  ]);
}
