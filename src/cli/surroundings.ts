/** What the process was started with: home, environment with `.env`, working folder. */

import { applyDotenv, loadDotenv } from "../config/dotenv.ts";
import { codexHome } from "../config/home.ts";
import { errorMessage, UsageError } from "../protocol/error.ts";

export interface Surroundings {
  /** CODEX_HOME; absent where there is no home at all. */
  readonly home: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function readSurroundings(
  onWarning: (message: string) => void,
): Promise<Surroundings> {
  const home = codexHome(Deno.env.toObject());
  const dotenv = await loadDotenv(home);
  dotenv.warnings.forEach(onWarning);
  return { home, env: applyDotenv(Deno.env.toObject(), dotenv) };
}

export function workingFolder(): string {
  try {
    return Deno.cwd();
  } catch {
    throw new UsageError("The working folder does not exist any more");
  }
}

export interface Folders {
  /** Where the agent works. */
  readonly cwd: string;
  /** What relative paths of the command line are relative to. */
  readonly startedIn: string;
}

/** `wanted` is the value of `--cd`. */
export function folders(wanted: string | undefined): Folders {
  const startedIn = workingFolder();
  if (wanted === undefined) return { cwd: startedIn, startedIn };
  try {
    const real = Deno.realPathSync(wanted);
    if (!Deno.statSync(real).isDirectory) throw new UsageError("not a folder");
    return { cwd: real, startedIn };
  } catch (cause) {
    throw new UsageError(`Cannot work in --cd "${wanted}": ${errorMessage(cause)}`);
  }
}
