/** Every tool has its line in one of the two lists of tools, and a test that imports it. */

import { importsOf, resolveSpecifier } from "./layers.ts";
import type { Fault, Source } from "./source.ts";

/** The second is of those that have no handler. */
const LISTS = ["tools/handlers.ts", "tools/mod.ts"];

export function toolFaults(sources: readonly Source[]): Fault[] {
  const offered = importedBy(sources.filter(({ path }) => LISTS.includes(path)));
  const tested = importedBy(sources.filter(({ path }) => path.startsWith("tests/tools/")));
  return sources.filter((source) => !LISTS.includes(source.path) && isTool(source)).flatMap((
    { path },
  ) => [
    ...offered.has(path) ? [] : [{ path, line: 1, message: `has no line in ${LISTS[0]}` }],
    ...tested.has(path) ? [] : [{ path, line: 1, message: "has no test in tests/tools" }],
  ]);
}

/** A file in `tools`, or a folder's own `mod.ts`, that makes a tool. */
function isTool({ path, code }: Source): boolean {
  return /^tools\/(?:\w+|\w+\/mod)\.ts$/.test(path) &&
    /\bdefine(?:Custom)?Tool\(|\): (?:Hosted)?Tool\b/.test(code);
}

function importedBy(sources: readonly Source[]): Set<string> {
  return new Set(
    sources.flatMap((source) =>
      importsOf(source).map(({ specifier }) => resolveSpecifier(source.path, specifier))
    ),
  );
}
