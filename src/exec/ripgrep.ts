/** ripgrep as a search: found on the PATH, given an argument vector, its answer read. */

import { ToolError } from "../protocol/error.ts";
import type { HostCall } from "./host_call.ts";
import { OutputBuffer } from "./output_buffer.ts";
import type { ProcessGroups } from "./process_groups.ts";
import type { LocalSearch } from "./search.ts";
import { settledWithin } from "./wait.ts";

const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Absolute folders only: a relative one would let a project bring its own. */
export async function findRipgrep(searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(":")) {
    if (!folder.startsWith("/")) continue;
    const info = await Deno.stat(`${folder}/rg`).catch(() => undefined);
    if (info?.isFile && ((info.mode ?? 0) & 0o111) !== 0) return `${folder}/rg`;
  }
  return undefined;
}

export interface RipgrepDeps {
  readonly program: string;
  /** Where it looks. */
  readonly paths: readonly string[];
  readonly groups: ProcessGroups;
  readonly environment: Readonly<Record<string, string>>;
  readonly call: HostCall;
  readonly ms: number;
}

export async function runRipgrep(request: LocalSearch, deps: RipgrepDeps): Promise<string[]> {
  const { signal } = deps.call;
  const output = new OutputBuffer(OUTPUT_BYTES);
  const process = deps.groups.spawn({
    command: [deps.program, ...toArguments(request, deps.paths)],
    cwd: request.cwd,
    env: deps.environment,
    stdin: "empty",
    onOutput: (bytes) => output.append(bytes),
  });
  let inTime = false;
  try {
    inTime = await settledWithin(process.ended, { ms: deps.ms, signal });
  } finally {
    if (!inTime) process.kill();
  }
  if (!inTime) throw new ToolError(`rg timed out after ${deps.ms / 1000} seconds`);
  const { code } = await process.ended;
  const text = output.read().output;
  // 1: nothing found; 2 with results: some file could not be read.
  if (code > 1) throw new ToolError(`rg failed: ${text.trimEnd()}`);
  return text.split("\n").filter((line) => line !== "").slice(0, request.limit);
}

function toArguments(
  { pattern, include }: LocalSearch,
  paths: readonly string[],
): string[] {
  return [
    "--no-config",
    "--files-with-matches",
    "--sortr=modified",
    "--no-messages",
    ...include === undefined ? [] : ["--glob", include],
    "--regexp",
    pattern,
    "--",
    ...paths,
  ];
}
