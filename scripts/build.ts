/** Builds decodex, as `deno task build`: the bundle, and executables of it. */

import { parseArgs } from "node:util";
import { UsageError } from "../src/protocol/error.ts";
import { BUNDLE_ENTRY, writeBundle } from "./build/bundle.ts";
import { compile, type CompileOutcome } from "./build/compile.ts";
import { emptyFolder } from "./build/output_folder.ts";
import { type Target, targetNames, TARGETS, targetsOf } from "./build/targets.ts";

export const BUILD_EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** The bundle is there; Deno's runtime for a target is not. */
  noRuntime: 3,
  /** Deno took a runtime of another target or system. */
  wrongRuntime: 4,
} as const;

const HELP = `Builds dist/decodex.js with its chunks, and of them dist/decodex.

Usage: deno task build [--target NAME]… [--all] [--bundle-only] [--out DIR]

  --target NAME   compile for another system (repeatable): the executable is named after it
  --all           compile for every target
  --bundle-only   compile nothing
  --out DIR       instead of dist; its contents are deleted first

Targets: ${targetNames()}

DENO_COMPILE  another Deno for the compile step
DENORT_BIN    its runtime, where Deno cannot download it; or DENO_DIR/dl/release/vVERSION/denort-TARGET.zip

Exit: 0 done, 1 failed, 2 usage, 3 no runtime for a target, 4 the runtime was for another target
`;

export interface BuildOptions {
  readonly out: string;
  readonly targets: readonly Target[];
  /** When the bundle's files were changed, as executables tell it; now where absent. */
  readonly modifiedAt?: Date | undefined;
}

export interface Built {
  readonly target: Target;
  readonly outcome: CompileOutcome;
}

/** The executable for this machine is `decodex`; those for others are named after their target. */
export async function build(
  { out, targets, modifiedAt = new Date() }: BuildOptions,
): Promise<readonly Built[]> {
  await emptyFolder(out, { mark: BUNDLE_ENTRY, what: "build" });
  for (const name of await writeBundle(out)) {
    await Deno.utime(`${out}/${name}`, modifiedAt, modifiedAt);
  }
  const deno = Deno.env.get("DENO_COMPILE") || Deno.execPath();
  const runtime = Deno.env.get("DENORT_BIN") || undefined;
  const built: Built[] = [];
  for (const target of targets) {
    const output = `${out}/${outputName(target)}`;
    const outcome = await compile({
      entry: `${out}/${BUNDLE_ENTRY}`,
      output,
      target,
      deno,
      runtime,
    });
    built.push({ target, outcome });
  }
  return built;
}

export function outputName(target: Target): string {
  if (target.name === Deno.build.target) return target.file;
  return target.file.replace("decodex", `decodex-${target.name}`);
}

/** Says what is there and what is missing; the worst decides the exit code. */
function report(built: readonly Built[]): number {
  let code: number = BUILD_EXIT.done;
  for (const { target, outcome } of built) {
    switch (outcome.type) {
      case "compiled":
        console.log(`built ${outcome.path} for ${target.name}`);
        break;
      case "no runtime":
        console.error(`error: ${outcome.reason}`);
        code = Math.max(code, BUILD_EXIT.noRuntime);
        break;
      case "wrong runtime":
        console.error(`error: ${outcome.reason}`);
        code = Math.max(code, BUILD_EXIT.wrongRuntime);
        break;
    }
  }
  return code;
}

async function main(argv: string[]): Promise<number> {
  const values = parseFlags(argv);
  if (values.help) {
    console.log(HELP);
    return BUILD_EXIT.done;
  }
  const names = values.all ? TARGETS.map(({ name }) => name) : values.target;
  const targets = values["bundle-only"] ? [] : targetsOf(names);
  const built = await build({ out: values.out, targets });
  console.log(`built ${values.out}/${BUNDLE_ENTRY}`);
  return report(built);
}

function parseFlags(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        target: { type: "string", multiple: true, default: [Deno.build.target] },
        all: { type: "boolean" },
        "bundle-only": { type: "boolean" },
        out: { type: "string", default: new URL("../dist", import.meta.url).pathname },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    Deno.exit(error instanceof UsageError ? BUILD_EXIT.usage : BUILD_EXIT.failed);
  }
}
