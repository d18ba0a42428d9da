/** Compares decodex with codex-cli 0.115.0: what each sends and answers in the same scenarios. */

import { parseArgs } from "node:util";
import { compare, type Comparison, findPrograms, formatComparison } from "./compare/compare.ts";
import { EXPECTED_DIFFERENCES, NOT_OFFERED } from "./compare/expected.ts";
import type { Scenario } from "./compare/scenario.ts";
import { SCENARIOS } from "./compare/scenarios.ts";

const HELP = `Compares decodex with codex-cli 0.115.0 over scripted scenarios.

deno task compare [OPTIONS]

  --only NAME   only the scenarios whose name holds NAME (repeatable)
  --fast        only those that the tests run
  --codex PATH  a codex program that is there already; else it is fetched from npm
  --list        the scenarios, and what differs on purpose
  --help        this text

Ends with 0 when every difference is expected, else with 1.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      only: { type: "string", multiple: true, default: [] },
      codex: { type: "string" },
      fast: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return say(HELP);
  if (values.list) return say(listing());
  const wanted = SCENARIOS.filter((scenario) =>
    (!values.fast || scenario.fast) &&
    (values.only.length === 0 || values.only.some((part) => scenario.name.includes(part)))
  );
  if (wanted.length === 0) return say("No scenario has that name; --list shows all", 1);
  return await compareAll(wanted, values.codex);
}

async function compareAll(scenarios: readonly Scenario[], codex?: string): Promise<number> {
  const programs = await findPrograms(codex);
  const comparisons: Comparison[] = [];
  for (const scenario of scenarios) {
    const comparison = await compare(programs, scenario);
    console.log(formatComparison(comparison));
    comparisons.push(comparison);
  }
  const failed = comparisons.filter(({ unexpected }) => unexpected.length > 0).length;
  const expected = comparisons.reduce((sum, comparison) => sum + comparison.expected.length, 0);
  const alike = comparisons.length - failed;
  return say(
    `${comparisons.length} scenarios: ${alike} as expected, ${failed} not; ` +
      `${expected} differences on purpose`,
    failed === 0 ? 0 : 1,
  );
}

function listing(): string {
  return [
    ...SCENARIOS.map(({ name, fast }) => `${fast ? "*" : " "} ${name}`),
    "",
    "* also run in the tests",
    "",
    "On purpose:",
    `  tools that decodex does not have: ${NOT_OFFERED.join(", ")}`,
    ...EXPECTED_DIFFERENCES.map(({ scenario, reason }) =>
      `  ${reason}${scenario ? ` [${scenario.source}]` : ""}`
    ),
  ].join("\n");
}

function say(text: string, exitCode: number = 0): number {
  console.log(text);
  return exitCode;
}

if (import.meta.main) Deno.exit(await main());
