/** The key that goes to the model provider, and where it comes from. */

import { CodexError, errorMessage } from "../protocol/error.ts";
import { type KnownSecret, knownSecret } from "../protocol/known_secret.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface KeySource {
  readonly providerId: string;
  readonly envKey?: string;
  readonly envKeyInstructions?: string;
  readonly bearerToken?: string;
  /** Whether the provider is OpenAI's: CODEX_API_KEY, auth.json, OPENAI_API_KEY. */
  readonly openai: boolean;
  /** CODEX_HOME. */
  readonly home: string | undefined;
  readonly env: Env;
}

/**
 * The key, without a scheme; nothing for a provider that wants none.
 * Fails with `unauthorized` where one is wanted and none is there.
 */
export async function resolveKey(source: KeySource): Promise<string | undefined> {
  const { envKey, bearerToken, env } = source;
  if (envKey !== undefined) {
    const key = checkedKey(env[envKey], envKey);
    if (key !== undefined) return key;
    throw new CodexError("unauthorized", missingVariable(source, envKey));
  }
  if (bearerToken) return checkedKey(bearerToken, "experimental_bearer_token");
  return source.openai ? await openaiKey(source) : undefined;
}

/** The order of Codex, which does not look at OPENAI_API_KEY at all. */
async function openaiKey({ env, home }: KeySource): Promise<string> {
  const explicit = checkedKey(env["CODEX_API_KEY"], "CODEX_API_KEY");
  if (explicit !== undefined) return explicit;
  const stored = home === undefined ? {} : await readAuthFile(`${home}/auth.json`);
  const key = stored.key ?? checkedKey(env["OPENAI_API_KEY"], "OPENAI_API_KEY");
  if (key !== undefined) return key;
  throw new CodexError("unauthorized", noKey(stored.problem));
}

/** Nothing for an empty one. A key with a line break would be a header of its own. */
function checkedKey(value: string | undefined, from: string): string | undefined {
  const key = value?.trim();
  if (!key) return undefined;
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new CodexError(
    "unauthorized",
    `Cannot use the key in ${from}: it holds a space, a line break or another character that ` +
      "no key has; set it again, as one line",
  );
}

function missingVariable({ providerId, envKeyInstructions }: KeySource, name: string): string {
  // Whoever has put the key itself there must not find it in a log.
  if (!/^[a-z_]\w*$/i.test(name) || /^(?=.*[a-z])(?=.*\d).{20,}$/.test(name)) {
    return `Cannot use env_key of model provider "${providerId}": it is no name of a variable; ` +
      "set it to the name of the one that holds the key";
  }
  const remedy = envKeyInstructions?.trim() ||
    `Set it in the environment or in CODEX_HOME/.env: env_key of model provider "${providerId}" ` +
      "names it";
  return `Missing environment variable: \`${name}\`. ${remedy}`;
}

interface StoredKey {
  readonly key?: string;
  /** Why there is none, where that is worth saying. */
  readonly problem?: string;
}

async function readAuthFile(path: string): Promise<StoredKey> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    return { problem: `Cannot read "${path}": ${errorMessage(error)}` };
  }
  return readAuth(text, path);
}

/** Every text in auth.json that opens something, also what decodex itself has no use for. */
export async function storedSecrets(home: string | undefined): Promise<KnownSecret[]> {
  if (home === undefined) return [];
  const text = await Deno.readTextFile(`${home}/auth.json`).catch(() => "");
  return [...text.matchAll(/"(\w*(?:key|token))"\s*:\s*"([^"\\]+)"/gi)]
    .flatMap(([_, name = "", value]) => knownSecret(`${name} of auth.json`, value) ?? []);
}

function readAuth(text: string, path: string): StoredKey {
  let auth: { OPENAI_API_KEY?: unknown; tokens?: unknown } | null;
  try {
    auth = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and that holds a key.
    return { problem: `Cannot read "${path}": it is not JSON` };
  }
  const stored = auth?.OPENAI_API_KEY;
  const key = typeof stored === "string" ? checkedKey(stored, `"${path}"`) : undefined;
  if (key !== undefined) return { key };
  if (!auth?.tokens) return {};
  return {
    problem: `"${path}" holds a ChatGPT login, which decodex cannot use: it needs an API key`,
  };
}

/** The first words that somebody without a key reads. */
function noKey(problem: string | undefined): string {
  return [
    ...problem === undefined ? [] : [problem],
    "There is no API key for the model provider. Set one of these:",
    "  export OPENAI_API_KEY=...       for the OpenAI API; also in CODEX_HOME/.env",
    '  CODEX_HOME/auth.json            {"OPENAI_API_KEY": "..."}',
    "  CODEX_HOME/config.toml          model_provider, and [model_providers.NAME] with base_url",
    "                                  and env_key, for another server",
    "(CODEX_HOME is ~/.codex where it is not set.)",
    'Or see it work without any key: decodex --demo "show me what you can do"',
  ].join("\n");
}
