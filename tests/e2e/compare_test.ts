/** The fast scenarios of the comparison with codex-cli, where that can be had. */

import { deepStrictEqual } from "node:assert/strict";
import { compare, findPrograms, formatComparison } from "../../scripts/compare/compare.ts";
import { SCENARIOS } from "../../scripts/compare/scenarios.ts";

const programs = await findPrograms().catch((error: Error) => error);
if (programs instanceof Error) {
  console.log(`skipped: the comparison with Codex: ${programs.message}`);
}

for (const scenario of SCENARIOS.filter(({ fast }) => fast)) {
  Deno.test({
    name: `decodex does what Codex does: ${scenario.name}`,
    ignore: programs instanceof Error,
    async fn(): Promise<void> {
      if (programs instanceof Error) throw programs;
      const comparison = await compare(programs, scenario);
      deepStrictEqual(comparison.unexpected, [], formatComparison(comparison));
    },
  });
}
