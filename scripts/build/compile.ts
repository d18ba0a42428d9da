/** The bundle as one executable for one target. */

import { type Executable, HEADER_BYTES, misfit, readExecutable } from "./executable.ts";
import type { Target } from "./targets.ts";

/** Of these the first is how it should be; the others name what to do about them. */
export type CompileOutcome =
  | { readonly type: "compiled"; readonly path: string }
  | { readonly type: "no runtime"; readonly reason: string }
  | { readonly type: "wrong runtime"; readonly reason: string };

export interface CompileOptions {
  /** The bundle's first file. */
  readonly entry: string;
  /** Where the executable goes. */
  readonly output: string;
  readonly target: Target;
  /** A Deno whose `compile` is used. */
  readonly deno: string;
  /** A runtime of just that Deno's version, for one target: without it Deno takes or brings its own. */
  readonly runtime?: string | undefined;
  /** What V8 is told at every start; the program's own ones where absent. */
  readonly v8Flags?: readonly string[];
}

/**
 * Most runs are over before it pays to wake further threads, and a host process that has but one can
 * be confined as it stands. That thread compiles as well: cheaply once the start is over, and at more
 * expense only what runs very often.
 */
const V8_FLAGS: readonly string[] = [
  "--single-threaded",
  "--baseline-batch-compilation-threshold=131072",
  "--invocation-count-for-maglev=3000",
  "--invocation-count-for-turbofan=20000",
];

/** Fails where Deno itself does, for another reason than a runtime that cannot be had. */
export async function compile(options: CompileOptions): Promise<CompileOutcome> {
  const { target, deno, entry, output, v8Flags = V8_FLAGS } = options;
  const { success, stderr } = await new Deno.Command(deno, {
    args: [
      ...["compile", "--quiet", "-A", "--no-prompt", "--no-code-cache"],
      ...v8Flags.length === 0 ? [] : [`--v8-flags=${v8Flags.join(",")}`],
      ...["--no-config", "--no-lock", "--no-check", "--target", target.name],
      ...["--output", output, entry],
    ],
    env: await environment(options),
    clearEnv: true,
    stdin: "null",
  }).output();
  if (!success) return await noRuntime(new TextDecoder().decode(stderr), options);
  const reason = misfit(target.executable, await executableAt(output)) ??
    await cannotStart(options);
  if (reason === undefined) return { type: "compiled", path: output };
  await Deno.remove(output);
  return { type: "wrong runtime", reason: `Deno compiled with a wrong runtime: ${reason}` };
}

/** A runtime of another version than Deno's compiles without a word and then finds no program. */
async function cannotStart({ target, output }: CompileOptions): Promise<string | undefined> {
  if (target.name !== Deno.build.target) return undefined;
  const { success, stderr } = await new Deno.Command(output, { args: ["--version"], stdin: "null" })
    .output();
  return success
    ? undefined
    : `${output} does not start: ${new TextDecoder().decode(stderr).trim()}`;
}

/** Deno takes the named runtime whatever the target is, so it is named only where it fits. */
async function environment({ runtime, target }: CompileOptions): Promise<Record<string, string>> {
  const { DENORT_BIN: _, ...env } = Deno.env.toObject();
  const isNamed = runtime !== undefined &&
    misfit(target.executable, await executableAt(runtime)) === undefined;
  return {
    ...env,
    ...isNamed ? { DENORT_BIN: runtime } : {},
    NO_COLOR: "1",
    DENO_NO_UPDATE_CHECK: "1",
  };
}

async function executableAt(path: string): Promise<Executable | undefined> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(HEADER_BYTES);
  const length = await file.read(bytes) ?? 0;
  return readExecutable(bytes.subarray(0, length));
}

async function noRuntime(stderr: string, options: CompileOptions): Promise<CompileOutcome> {
  if (!/base binary|denort/i.test(stderr)) {
    throw new Error(`Cannot compile ${options.entry}: ${stderr.trim()}`);
  }
  const version = await denoVersion(options.deno);
  const cause = /error sending request[^\n]*|HTTP status[^\n]*/.exec(stderr)?.[0] ?? stderr.trim();
  const zip = `DENO_DIR/dl/release/v${version}/denort-${options.target.name}.zip`;
  const reason =
    `Deno ${version} cannot bring its runtime for ${options.target.name} (${cause}); ` +
    `put it at ${zip}, or name an unpacked one in DENORT_BIN`;
  return { type: "no runtime", reason };
}

export async function denoVersion(deno: string): Promise<string> {
  if (deno === Deno.execPath()) return Deno.version.deno;
  const { stdout } = await new Deno.Command(deno, { args: ["--version"], stdin: "null" }).output();
  return /^deno (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "of unknown version";
}
