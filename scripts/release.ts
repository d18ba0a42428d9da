/** Makes what is published of a version, as `deno task release`. */

import { parseArgs } from "node:util";
import { VERSION } from "../src/cli/version.ts";
import { UsageError } from "../src/protocol/error.ts";
import { build, BUILD_EXIT, type Built } from "./build.ts";
import { denoVersion } from "./build/compile.ts";
import { emptyFolder, RELEASE_FOLDER } from "./build/output_folder.ts";
import { targetNames, TARGETS, targetsOf } from "./build/targets.ts";
import { ASSET_MARK, writeAssets } from "./release/assets.ts";
import { sectionOf } from "./release/changelog.ts";
import { commitOf } from "./release/commit.ts";
import { installerFor } from "./release/installer.ts";
import { ReleaseError, type ReleaseFault } from "./release/release_error.ts";

/** Those of the build, and: */
const RELEASE_EXIT: Readonly<Record<ReleaseFault, number>> = { unclean: 5, unlisted: 6 };

const ROOT = new URL("..", import.meta.url).pathname;

const HELP =
  `Makes dist/release: archives, the bundle, an SBOM, notes and SHA256SUMS of this version.

Usage: deno task release [--target NAME]… [--all] [--allow-missing] [--dirty] [--url URL] [--out DIR]

  --target NAME    an executable for this system (repeatable); this machine's unless said
  --all            executables for every target
  --allow-missing  go on without executables whose runtime cannot be had
  --dirty          although files differ from the commit
  --url URL        where the release will lie, written into install.sh; {version} stands for the version
  --out DIR        instead of dist/release; its contents are deleted first

Targets: ${targetNames()}
DENO_COMPILE and DENORT_BIN are those of \`deno task build\`.

Exit: 0 done, 1 failed, 2 usage, 3 no runtime for a target, 4 the runtime was for another target,
5 no commit, or files differ from it, 6 CHANGELOG.md does not tell of the version
`;

async function main(argv: string[]): Promise<number> {
  const values = parseFlags(argv);
  if (values.help) {
    console.log(HELP);
    return BUILD_EXIT.done;
  }
  const targets = targetsOf(values.all ? TARGETS.map(({ name }) => name) : values.target);
  const commit = await commitOf(ROOT, { dirty: values.dirty });
  const changes = sectionOf(await Deno.readTextFile(`${ROOT}/CHANGELOG.md`), VERSION);
  if (changes === undefined) {
    const message = `Cannot release ${VERSION}: CHANGELOG.md has no section "## [${VERSION}]"`;
    throw new ReleaseError("unlisted", message);
  }
  const installer = installerFor(await Deno.readTextFile(`${ROOT}/scripts/install.sh`), {
    url: values.url,
    version: VERSION,
  });
  const folder = await Deno.makeTempDir({ prefix: "decodex_release_" });
  try {
    const dist = `${folder}/dist`;
    const built = await build({ out: dist, targets, modifiedAt: commit.time });
    const code = refusal(built, { allowMissing: values["allow-missing"] });
    if (code !== undefined) return code;
    await emptyFolder(values.out, { mark: ASSET_MARK, what: "release" });
    const deno = await denoVersion(Deno.env.get("DENO_COMPILE") || Deno.execPath());
    const { out } = values;
    const options = { root: ROOT, dist, out, installer, built, commit, changes, deno };
    const names = await writeAssets(options);
    for (const name of names) console.log(`made ${values.out}/${name}`);
    return BUILD_EXIT.done;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Says which executables there will not be; the exit code where that ends it. */
function refusal(
  built: readonly Built[],
  { allowMissing }: { readonly allowMissing: boolean },
): number | undefined {
  let code: number | undefined;
  for (const { target, outcome } of built) {
    if (outcome.type === "compiled") continue;
    if (outcome.type === "no runtime" && allowMissing) {
      console.error(`left out ${target.name}: ${outcome.reason}`);
      continue;
    }
    console.error(`error: ${outcome.reason}`);
    const own = outcome.type === "no runtime" ? BUILD_EXIT.noRuntime : BUILD_EXIT.wrongRuntime;
    code = Math.max(code ?? 0, own);
  }
  if (code === BUILD_EXIT.noRuntime) console.error("--allow-missing releases without them");
  return code;
}

function parseFlags(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        target: { type: "string", multiple: true, default: [Deno.build.target] },
        all: { type: "boolean" },
        "allow-missing": { type: "boolean", default: false },
        dirty: { type: "boolean", default: false },
        url: { type: "string", default: "" },
        out: { type: "string", default: `${ROOT}dist/${RELEASE_FOLDER}` },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return BUILD_EXIT.usage;
  return error instanceof ReleaseError ? RELEASE_EXIT[error.fault] : BUILD_EXIT.failed;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    Deno.exit(exitCodeOf(error));
  }
}
