/** `CODEX_HOME/.env`: variables that win over the environment, a few names aside. */

import { parse } from "@std/dotenv";
import { errorMessage } from "../protocol/error.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Names that decide what is executed or which files are ours. */
const REFUSED = /^(CODEX_.*|PATH|HOME|LD_.*|DYLD_.*)$/i;

/** Nothing for a file that is not there. A project's `.env` is never read. */
export async function loadDotenv(home: string | undefined): Promise<Dotenv> {
  if (home === undefined) return { values: {}, warnings: [] };
  const path = `${home}/.env`;
  try {
    return readDotenv(await Deno.readTextFile(path), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { values: {}, warnings: [] };
    return { values: {}, warnings: [`Cannot read "${path}": ${errorMessage(error)}`] };
  }
}

export function readDotenv(text: string, path: string): Dotenv {
  const values: Record<string, string> = {};
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(parse(text))) {
    if (REFUSED.test(name)) warnings.push(`"${path}" may not set ${name}; the line is ignored`);
    else values[name] = value;
  }
  return { values, warnings };
}

/** Also for what reads the environment itself: proxies and certificates. */
export function applyDotenv(env: Env, { values }: Dotenv): Env {
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  return { ...env, ...values };
}
