/** Which files of a bundle a run loads before its first request: seen, not derived. */

import { createBenchPlace } from "./place.ts";
import { scenario } from "./scenarios.ts";
import { startBenchServer } from "./server.ts";

/**
 * Runs a copy of the bundle in which each file says that it is being evaluated, with a config.toml
 * in its home, and gives those that had said so when the request came.
 */
export async function startPathOf(bundle: string): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "decodex-path-" });
  const log = `${folder}/log`;
  await Deno.writeTextFile(log, "");
  for await (const { name } of Deno.readDir(bundle)) {
    if (!name.endsWith(".js")) continue;
    const text = await Deno.readTextFile(`${bundle}/${name}`);
    await Deno.writeTextFile(`${folder}/${name}`, noting(text, { name, log }));
  }
  let seen: string | undefined;
  const server = startBenchServer({ onFirstRequest: () => seen = Deno.readTextFileSync(log) });
  await using place = await createBenchPlace(server.url);
  server.begin(scenario("start"));
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", "--no-lock", `${folder}/decodex.js`, "exec", "go"],
      cwd: place.cwd,
      env: { ...place.env },
      clearEnv: true,
      stdin: "null",
    }).output();
    if (!success || seen === undefined) throw new Error(new TextDecoder().decode(stderr));
    return [...new Set(seen.trim().split("\n"))].sort();
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Imports come first in a file, and are evaluated before it. */
function noting(text: string, { name, log }: { name: string; log: string }): string {
  const imports = /^(?:import\s*(?:[^"';]*?from\s*)?"[^"]*";)*/.exec(text)?.[0] ?? "";
  const note = `Deno.writeTextFileSync(${JSON.stringify(log)},${JSON.stringify(`${name}\n`)},` +
    "{append:true});";
  return `${imports}${note}${text.slice(imports.length)}`;
}
