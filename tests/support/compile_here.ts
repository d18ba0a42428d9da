/** A bundled program of the tests as an executable, as decodex itself is one. */

import { compile } from "../../scripts/build/compile.ts";
import { targetsOf } from "../../scripts/build/targets.ts";

/** A reason where no executable can be had here. `v8Flags`: decodex's own where absent. */
export async function compileHere(
  entry: string,
  { output, ...options }: { output: string; v8Flags?: readonly string[] },
): Promise<string | undefined> {
  const [target] = targetsOf([Deno.build.target]);
  if (!target) return `no executable is built for ${Deno.build.target}`;
  const outcome = await compile({
    entry,
    output,
    target,
    deno: Deno.env.get("DENO_COMPILE") || Deno.execPath(),
    runtime: Deno.env.get("DENORT_BIN") || undefined,
    ...options,
  });
  return outcome.type === "compiled" ? undefined : outcome.reason;
}
