/** Every tool has its line in `tools/mod.ts` and a test that imports it. */

import { importsOf, resolveSpecifier } from "./layers.ts";
import type { Fault, Source } from "./source.ts";

const CHOOSER = "tools/mod.ts";

export function toolFaults(sources: readonly Source[]): Fault[] {
  const offered = importedBy(sources.filter(({ path }) => path === CHOOSER));
  const tested = importedBy(sources.filter(({ path }) => path.startsWith("tests/tools/")));
  return sources.filter(isTool).flatMap(({ path }) => [
    ...offered.has(path) ? [] : [{ path, line: 1, message: `has no line in ${CHOOSER}` }],
    ...tested.has(path) ? [] : [{ path, line: 1, message: "has no test in tests/tools" }],
  ]);
}

/** A file beside `mod.ts`, or a folder's own `mod.ts`, that makes a tool. */
function isTool({ path, code }: Source): boolean {
  const stands = /^tools\/(?:\w+|\w+\/mod)\.ts$/.test(path) && path !== CHOOSER;
  return stands && /\bdefine(?:Custom)?Tool\(|\): (?:Hosted)?Tool\b/.test(code);
}

function importedBy(sources: readonly Source[]): Set<string> {
  return new Set(
    sources.flatMap((source) =>
      importsOf(source).map(({ specifier }) => resolveSpecifier(source.path, specifier))
    ),
  );
}
