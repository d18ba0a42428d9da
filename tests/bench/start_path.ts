/** What a run loads before its first request: seen, not derived. `deno run -A` prints the modules. */

import { BUNDLE_ENTRY, writeBundle } from "../../scripts/build/bundle.ts";
import { createBenchPlace } from "./place.ts";
import { scenario } from "./scenarios.ts";
import { startBenchServer } from "./server.ts";

/**
 * Runs a copy of the bundle in which each file says that it is being evaluated, with a config.toml
 * in its home, and gives those that had said so when the request went out.
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
  const server = startBenchServer();
  await using place = await createBenchPlace(server.url);
  server.begin(scenario("start"));
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", "--no-lock", `${folder}/decodex.js`, "exec", "go"],
      cwd: place.cwd,
      env: { ...await place.environmentOf("decodex") },
      clearEnv: true,
      stdin: "null",
    }).output();
    const [before = "", after] = (await Deno.readTextFile(log)).split(REQUEST);
    if (!success || after === undefined) throw new Error(new TextDecoder().decode(stderr));
    return before.trim().split("\n").sort();
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const REQUEST = "= request\n";

/** Imports come first in a file, and are evaluated before it; the entry notes the request as well. */
function noting(text: string, { name, log }: { name: string; log: string }): string {
  const imports = /^(?:import\s*(?:[^"';]*?from\s*)?"[^"]*";)*/.exec(text)?.[0] ?? "";
  const note = (line: string) =>
    `Deno.writeTextFileSync(${JSON.stringify(log)},${JSON.stringify(line)},{append:true});`;
  const fetching = name === BUNDLE_ENTRY
    ? `const send=fetch;globalThis.fetch=(...all)=>{${note(REQUEST)}return send(...all)};`
    : "";
  return `${imports}${fetching}${note(`${name}\n`)}${text.slice(imports.length)}`;
}

/** The same by module: ours by their paths, those of a package by its name. */
export async function startModules(): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "decodex-modules-" });
  try {
    await writeBundle(folder, { minify: false });
    const texts = await Promise.all(
      (await startPathOf(folder)).map((name) => Deno.readTextFile(`${folder}/${name}`)),
    );
    const modules = texts.flatMap((text) => text.match(/^\/\/ \S+\.(?:ts|js|md|json)$/gm) ?? [])
      .map((line) => moduleName(line.slice("// ".length)));
    return [...new Set(modules)].sort();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function moduleName(path: string): string {
  const [, name] = /\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  return name === undefined ? path : `npm:${name}`;
}

if (import.meta.main) console.log(JSON.stringify(await startModules(), null, 2));
