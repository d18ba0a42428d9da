/** `CODEX_HOME/.env`: variables that win over the environment, a few names aside. */

import { errorMessage } from "../protocol/error.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Names that decide which program is run or which files are ours. */
const REFUSED = /^(CODEX_.*|PATH|HOME|LD_.*|DYLD_.*)$/i;

/** Nothing for a file that is not there. A project's `.env` is never read. */
export async function loadDotenv(home: string | undefined): Promise<Dotenv> {
  if (home === undefined) return { values: {}, warnings: [] };
  const path = `${home}/.env`;
  const read = readFile(path);
  return typeof read === "string" ? await readDotenv(read, path) : read;
}

/** At once: the first request waits for it. */
function readFile(path: string): string | Dotenv {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { values: {}, warnings: [] };
    return { values: {}, warnings: [`Cannot read "${path}": ${errorMessage(error)}`] };
  }
}

export async function readDotenv(text: string, path: string): Promise<Dotenv> {
  const { parse } = await import("@std/dotenv");
  const values: Record<string, string> = {};
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(parse(text.replace(/^\uFEFF/, "")))) {
    if (REFUSED.test(name)) {
      warnings.push(`"${path}" may not set ${name}; the line is ignored`);
    } else if (value.includes("\0")) {
      warnings.push(`"${path}" sets ${name} to a value with a NUL; the line is ignored`);
    } else values[name] = value;
  }
  return { values, warnings };
}

/** Sets them for what reads the environment itself, proxies and certificates; gives the whole. */
export function applyDotenv(env: Env, { values }: Dotenv): Env {
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  return { ...env, ...values };
}
