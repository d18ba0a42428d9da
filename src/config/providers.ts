/** Which server is asked: the built-in providers and those of `[model_providers]`. */

import { ConfigError } from "../protocol/error.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { resolveKey } from "./auth.ts";
import type { ConfigTable, ProviderTable } from "./schema.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface ProviderOptions {
  readonly table: ConfigTable;
  readonly id: string;
  readonly home: string | undefined;
  readonly env: Env;
  /** `--timeout-seconds`: instead of the provider's `total_timeout_ms`. */
  readonly totalTimeoutMs?: number;
}

const DEFAULTS = {
  request_max_retries: 4,
  stream_max_retries: 5,
  stream_idle_timeout_ms: 300_000,
  connect_timeout_ms: 15_000,
  header_timeout_ms: 600_000,
  total_timeout_ms: 3_600_000,
};

export const DEMO = "demo";
const OPENAI = "openai";

/** Ids that a user cannot give another meaning: the key of one would go to another. */
const RESERVED: readonly string[] = [OPENAI, DEMO, "ollama", "lmstudio"];

export async function resolveProvider(options: ProviderOptions): Promise<ProviderInfo> {
  const { id, env, home } = options;
  const table = providerTable(options);
  const isDemo = id === DEMO;
  const limits = { ...DEFAULTS, ...defined(table) };
  return {
    id,
    name: table.name ?? id,
    baseUrl: isDemo ? "" : checkedUrl(table.base_url, id),
    wireApi: isDemo ? "demo" : wireApi(table, id),
    bearerToken: await resolveKey({
      providerId: id,
      ...table.env_key !== undefined && { envKey: table.env_key },
      ...table.env_key_instructions && { envKeyInstructions: table.env_key_instructions },
      ...table.experimental_bearer_token && { bearerToken: table.experimental_bearer_token },
      openai: id === OPENAI || table.requires_openai_auth === true,
      home,
      env,
    }),
    headers: { ...table.http_headers, ...environmentHeaders(table, env) },
    queryParams: table.query_params ?? {},
    requestMaxRetries: limits.request_max_retries,
    streamMaxRetries: limits.stream_max_retries,
    streamIdleTimeoutMs: limits.stream_idle_timeout_ms,
    connectTimeoutMs: limits.connect_timeout_ms,
    headerTimeoutMs: limits.header_timeout_ms,
    totalTimeoutMs: options.totalTimeoutMs ?? limits.total_timeout_ms,
  };
}

/** Names of variables whose values are secrets of the configuration. */
export function secretNames({ table, id }: Pick<ProviderOptions, "table" | "id">): string[] {
  const tables = Object.values(table.model_providers ?? {});
  const names = tables.flatMap((provider) => [
    ...provider.env_key === undefined ? [] : [provider.env_key],
    ...Object.values(provider.env_http_headers ?? {}),
  ]);
  const own = id === DEMO ? [] : ["OPENAI_API_KEY", "CODEX_API_KEY"];
  return [...new Set([...own, ...names])];
}

function providerTable({ table, id, env }: ProviderOptions): ProviderTable {
  const known = table.model_providers ?? {};
  const custom = Object.hasOwn(known, id) ? known[id] : undefined;
  if (custom && !RESERVED.includes(id)) return custom;
  switch (id) {
    case OPENAI: {
      const base_url = table.openai_base_url ??
        (env["OPENAI_BASE_URL"] || "https://api.openai.com/v1");
      return { ...defined(custom), name: "OpenAI", base_url };
    }
    case DEMO:
      return { name: "Demo" };
    case "ollama":
    case "lmstudio": {
      const port = env["CODEX_OSS_PORT"] || (id === "ollama" ? "11434" : "1234");
      return { name: id, base_url: env["CODEX_OSS_BASE_URL"] || `http://localhost:${port}/v1` };
    }
    default: {
      const others = [...new Set([...RESERVED, ...Object.keys(known)])].join(", ");
      throw new ConfigError(
        `Cannot use model_provider "${id}": there is no [model_providers.${id}]; known are ${others}`,
      );
    }
  }
}

/** Keys without a value do not hide defaults. */
function defined(table: ProviderTable | undefined): Partial<typeof DEFAULTS> & ProviderTable {
  const entries = Object.entries(table ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

function wireApi(table: ProviderTable, id: string): "responses" {
  const { wire_api = "responses" } = table;
  if (wire_api === "responses") return wire_api;
  throw new ConfigError(
    `Cannot use model_providers.${id}.wire_api = "${wire_api}": only "responses" is spoken; ` +
      "point base_url at a server with the Responses API",
  );
}

function checkedUrl(text: string | undefined, id: string): string {
  const key = id === OPENAI ? "openai_base_url" : `model_providers.${id}.base_url`;
  if (!text) throw new ConfigError(`Cannot use model_provider "${id}": ${key} is missing`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(`Cannot use ${key} = "${text}": it has to be an http or https URL`);
  }
  if (url.username || url.password) {
    throw new ConfigError(`Cannot use ${key}: it holds credentials; put the key into env_key`);
  }
  if (url.search || url.hash) {
    throw new ConfigError(`Cannot use ${key}: it holds a query; put it into query_params`);
  }
  return text.replace(/\/+$/, "");
}

function environmentHeaders(table: ProviderTable, env: Env): Record<string, string> {
  const set = Object.entries(table.env_http_headers ?? {}).flatMap(([header, name]) => {
    const value = env[name];
    return value?.trim() ? [[header, value]] : [];
  });
  return Object.fromEntries(set);
}
