/** Where configuration, sessions and skills live: CODEX_HOME, shared with Codex. */

import { ConfigError } from "../protocol/error.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** `CODEX_HOME`, else `~/.codex`; nothing where there is no home at all. */
export function codexHome(env: Env): string | undefined {
  const explicit = env["CODEX_HOME"];
  if (explicit) return checked(explicit);
  return env["HOME"] ? `${env["HOME"].replace(/\/+$/, "")}/.codex` : undefined;
}

/** A folder that the user has named has to be there: a typing error must not start a new life. */
function checked(path: string): string {
  try {
    const real = Deno.realPathSync(path);
    if (Deno.statSync(real).isDirectory) return real;
  } catch {
    // What is wrong with it is all the same to the user.
  }
  throw new ConfigError(
    `Cannot use CODEX_HOME="${path}": it is no folder; create it or unset the variable`,
  );
}
