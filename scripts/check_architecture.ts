/** Holds the tree to its rules: layers, doors, lengths, names, and what each file must have. */

import { layerFaults } from "./architecture/layers.ts";
import { shapeFaults } from "./architecture/shape.ts";
import { type Fault, faultAt, type Source, toSource } from "./architecture/source.ts";
import { toolFaults } from "./architecture/tool_files.ts";

/** `files` are paths relative to the repository and their text, also of what is no code. */
export function checkArchitecture(files: ReadonlyMap<string, string>): Fault[] {
  const sources = [...files].map(([path, text]) => toSource(path, text));
  const modules = sources.filter(({ path }) => path.endsWith(".ts"));
  const faults = [
    ...modules.flatMap((source) => [...layerFaults(source), ...shapeFaults(source)]),
    ...toolFaults(modules),
    ...sources.flatMap(foreignText),
  ];
  return faults.sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line);
}

/** Paths of a machine that nobody else has. Spelled in parts, so that this file may hold them. */
const FOREIGN = ["/wo" + "rk/", "../sha" + "red", "/ro" + "ot/"];

function foreignText(source: Source): Fault[] {
  return FOREIGN.flatMap((foreign) => {
    const offset = source.text.indexOf(foreign);
    return offset === -1 ? [] : [faultAt(source, offset, `names "${foreign}"`)];
  });
}

const SKIPPED_FOLDERS = [".git", "node_modules", "dist", "cov", "vendor"];
const TEXT_FILE = /\.(?:ts|md|json|toml|sh|yml|yaml)$|^\.ci\/run$/;

async function readTree(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const path of walk(folder)) {
    const text = await Deno.readTextFile(path);
    files.set(path, text);
  }
  return files;
}

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = folder === "." ? name : `${folder}/${name}`;
    if (isDirectory && !SKIPPED_FOLDERS.includes(name)) yield* walk(path);
    else if (isFile && TEXT_FILE.test(path)) yield path;
  }
}

if (import.meta.main) {
  const files = await readTree(".");
  const faults = checkArchitecture(files);
  for (const { path, line, message } of faults) console.error(`${path}:${line}: ${message}`);
  console.error(`${files.size} files, ${faults.length} faults`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
