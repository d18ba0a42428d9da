/** The key that goes to the model provider, and where it comes from. */

import { CodexError, errorMessage } from "../protocol/error.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface KeySource {
  readonly providerId: string;
  readonly envKey?: string;
  readonly envKeyInstructions?: string;
  readonly bearerToken?: string;
  /** The built-in provider: CODEX_API_KEY, OPENAI_API_KEY or auth.json. */
  readonly openai: boolean;
  readonly home: string | undefined;
  readonly env: Env;
}

/** Fails where the provider wants a key and none is there; gives nothing where it wants none. */
export async function resolveKey(source: KeySource): Promise<string | undefined> {
  const { envKey, env } = source;
  if (envKey !== undefined) {
    const value = env[envKey]?.trim();
    if (value) return checked(value, envKey);
    throw new CodexError("unauthorized", missingVariable(source, envKey));
  }
  if (source.bearerToken) return checked(source.bearerToken, "experimental_bearer_token");
  if (!source.openai) return undefined;
  for (const name of ["CODEX_API_KEY", "OPENAI_API_KEY"]) {
    const value = env[name]?.trim();
    if (value) return checked(value, name);
  }
  return checked(await readAuthFile(source), "auth.json");
}

/** A key with a line break would be a header of its own. */
function checked(key: string, from: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new CodexError(
    "unauthorized",
    `Cannot use the key of ${from}: it holds characters that no key has (a line break or a space?)`,
  );
}

function missingVariable(source: KeySource, name: string): string {
  const hint = source.envKeyInstructions ??
    `Set it in the environment or in CODEX_HOME/.env; env_key of provider "${source.providerId}" names it`;
  return `Missing environment variable: \`${name}\`. ${hint}`;
}

async function readAuthFile({ home }: KeySource): Promise<string> {
  const path = `${home}/auth.json`;
  if (home === undefined) throw new CodexError("unauthorized", noKey());
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw new CodexError("unauthorized", noKey());
    throw new CodexError("unauthorized", `Cannot read "${path}": ${errorMessage(cause)}`, {
      cause,
    });
  }
  const auth = typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  const key = auth["OPENAI_API_KEY"];
  if (typeof key === "string" && key !== "") return key;
  throw new CodexError(
    "unauthorized",
    auth["tokens"]
      ? `"${path}" holds a ChatGPT sign-in, which decodex does not use; set OPENAI_API_KEY`
      : noKey(),
  );
}

/** The first words that a newcomer without a key reads. */
function noKey(): string {
  return [
    "There is no key for the model provider. One of these sets it:",
    "  export OPENAI_API_KEY=…          the OpenAI API",
    "  ~/.codex/auth.json               as `codex login --api-key` writes it",
    "  ~/.codex/config.toml             model_provider and [model_providers.NAME] with base_url and env_key",
    'Or try decodex without one: decodex --demo "show me"',
  ].join("\n");
}
