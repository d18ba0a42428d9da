/** The secrets that the configuration and the environment hold: their variables and their values. */

import {
  fieldSecrets,
  isSecretVariable,
  type KnownSecret,
  knownSecret,
  likelySecret,
  providerSecrets,
} from "../protocol/known_secret.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { storedSecrets } from "./auth.ts";
import { secretNames } from "./providers.ts";
import type { ConfigTable } from "./schema.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface SecretSources {
  readonly table: ConfigTable;
  /** The one that is asked. */
  readonly provider: ProviderInfo;
  /** CODEX_HOME. */
  readonly home: string | undefined;
  readonly env: Env;
}

export interface Secrets {
  /** Variables that no command may see. */
  readonly secretNames: readonly string[];
  /** What may be neither sent, shown nor stored where a tool comes upon it. */
  readonly knownSecrets: readonly KnownSecret[];
}

export async function secretsOf({ table, provider, home, env }: SecretSources): Promise<Secrets> {
  const { model_providers = {}, shell_environment_policy: policy = {} } = table;
  const names = secretNames(table);
  const keyNames = ["OPENAI_API_KEY", "CODEX_API_KEY"].concat(
    Object.values(model_providers).flatMap(({ env_key }) => env_key ?? []),
  );
  const given = Object.entries({ ...env, ...policy.set });
  const found = [
    ...keyNames.map((name) => knownSecret(name, env[name])),
    // A header's variable may hold a key, and as well the name of a team.
    ...names.map((name) => likelySecret(name, env[name])),
    ...providerSecrets(provider),
    ...Object.values(model_providers).flatMap((each) => [
      knownSecret("experimental_bearer_token", each.experimental_bearer_token),
      ...fieldSecrets({ ...each.query_params, ...each.http_headers }),
    ]),
    ...await storedSecrets(home),
    ...given.map(([name, value]) => isSecretVariable(name) ? likelySecret(name, value) : undefined),
  ].filter((secret) => secret !== undefined);
  return {
    secretNames: [...new Set([...names, ...copiesOf(provider.bearerToken, given)])],
    knownSecrets: distinct(found),
  };
}

/** The same key under another name is the same key; a word may stand in any value. */
function copiesOf(
  key: string | undefined,
  given: readonly (readonly [string, string | undefined])[],
): string[] {
  const secret = likelySecret("", key);
  if (!secret) return [];
  return given.flatMap(([name, value]) => value?.includes(secret.value) ? [name] : []);
}

function distinct(secrets: readonly KnownSecret[]): KnownSecret[] {
  return [...Map.groupBy(secrets, ({ value }) => value).values()].flatMap(([first]) => first ?? []);
}
