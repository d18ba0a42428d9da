/** Which server is asked: the built-in providers and those of `[model_providers]`. */

import { CodexError, ConfigError } from "../protocol/error.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { resolveKey } from "./auth.ts";
import type { LoadedTable } from "./load_table.ts";
import type { ConfigTable, ProviderTable } from "./schema.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface ProviderOptions {
  readonly loaded: LoadedTable;
  readonly id: string;
  /** CODEX_HOME. */
  readonly home: string | undefined;
  readonly env: Env;
  /** `--timeout-seconds`: no model call may take longer. */
  readonly totalTimeoutMs?: number;
  readonly withoutKey?: boolean;
}

const DEFAULTS = {
  requestMaxRetries: 4,
  streamMaxRetries: 5,
  streamIdleTimeoutMs: 300_000,
  connectTimeoutMs: 15_000,
  /** A model of one's own may have to be loaded first. */
  headerTimeoutMs: 600_000,
  totalTimeoutMs: 3_600_000,
};

export const DEMO = "demo";
const OPENAI = "openai";
/** Of the provider that needs no table. */
const BUILT_IN_NAMES = ["OPENAI_API_KEY", "CODEX_API_KEY", "OPENAI_ORGANIZATION", "OPENAI_PROJECT"];
const LOCAL_PORTS: Readonly<Record<string, number>> = { ollama: 11434, lmstudio: 1234 };

/** `--oss`, or a provider on this machine by its name. */
function isLocal(id: string): boolean {
  return Object.hasOwn(LOCAL_PORTS, id);
}

/** Fails with a `ConfigError`, or with `unauthorized` where a key is missing. */
export async function resolveProvider(options: ProviderOptions): Promise<ProviderInfo> {
  const { id, env, home } = options;
  const { table, isBuiltIn } = providerTable(options);
  const place = (key: string) =>
    isBuiltIn ? key : options.loaded.placeOf(["model_providers", id, key]);
  if (id !== DEMO) checkWireApi(table, { loaded: options.loaded, place });
  const { baseUrl, query } = id === DEMO
    ? { baseUrl: "", query: {} }
    : readBaseUrl(table.base_url, { id, place: () => baseUrlPlace(options, isBuiltIn) });
  return {
    id,
    name: table.name || id,
    baseUrl,
    wireApi: id === DEMO ? "demo" : "responses",
    bearerToken: options.withoutKey ? undefined : await resolveKey({
      providerId: id,
      ...table.env_key !== undefined && { envKey: table.env_key },
      ...table.env_key_instructions !== undefined &&
        { envKeyInstructions: table.env_key_instructions },
      ...table.experimental_bearer_token !== undefined &&
        { bearerToken: table.experimental_bearer_token },
      openai: table.requires_openai_auth === true,
      home,
      env,
    }),
    headers: readHeaders(table, { env, place }),
    queryParams: { ...query, ...table.query_params },
    ...limitsOf(table, options.totalTimeoutMs),
  };
}

/** Names of variables whose values are secrets of the configuration: no command may see them. */
export function secretNames({ model_providers = {} }: ConfigTable): string[] {
  const names = Object.values(model_providers).flatMap(({ env_key, env_http_headers }) => [
    ...env_key === undefined ? [] : [env_key],
    ...Object.values(env_http_headers ?? {}),
  ]);
  return [...new Set([...BUILT_IN_NAMES, ...names])];
}

function providerTable(
  { loaded, id, env }: ProviderOptions,
): { table: ProviderTable; isBuiltIn: boolean } {
  const custom = loaded.table.model_providers ?? {};
  const own = Object.hasOwn(custom, id) ? custom[id] : undefined;
  const builtIn = builtInTable(id, { table: loaded.table, env });
  if (own && builtIn) {
    const remedy = id === OPENAI ? "; set openai_base_url for another address" : "";
    throw new ConfigError(
      `Cannot use ${loaded.placeOf(["model_providers", id])}: "${id}" is a built-in provider ` +
        `that cannot be changed; give yours another name${remedy}`,
    );
  }
  if (own) return { table: own, isBuiltIn: false };
  if (builtIn) return { table: builtIn, isBuiltIn: true };
  const known = [OPENAI, DEMO, ...Object.keys(LOCAL_PORTS), ...Object.keys(custom)].join(", ");
  throw new ConfigError(
    `Cannot use ${loaded.placeOf(["model_provider"])} = "${id}": there is no ` +
      `[model_providers.${id}]; known are ${known}`,
  );
}

function builtInTable(
  id: string,
  { table, env }: { table: ConfigTable; env: Env },
): ProviderTable | undefined {
  if (id === DEMO) return { name: "Demo" };
  if (isLocal(id)) {
    const base_url = env["CODEX_OSS_BASE_URL"] ||
      `http://localhost:${env["CODEX_OSS_PORT"] || LOCAL_PORTS[id]}/v1`;
    return { name: id, base_url };
  }
  if (id !== OPENAI) return undefined;
  return {
    name: "OpenAI",
    base_url: table.openai_base_url || env["OPENAI_BASE_URL"] || "https://api.openai.com/v1",
    requires_openai_auth: true,
    env_http_headers: {
      "OpenAI-Organization": "OPENAI_ORGANIZATION",
      "OpenAI-Project": "OPENAI_PROJECT",
    },
  };
}

function checkWireApi(
  table: ProviderTable,
  { loaded, place }: { loaded: LoadedTable; place(key: string): string },
): void {
  const { use_chat_completion: ofAll } = loaded.table;
  const isChat = isOn(ofAll ?? table.use_chat_completion);
  if (!isChat && (table.wire_api ?? "responses") === "responses") return;
  const chatPlace = ofAll === undefined
    ? place("use_chat_completion")
    : loaded.placeOf(["use_chat_completion"]);
  throw new ConfigError(
    `Cannot use ${isChat ? chatPlace : place("wire_api")}: only the Responses API is spoken; ` +
      'set wire_api = "responses" and point base_url at a server that has POST /responses',
  );
}

function isOn(value: boolean | string | undefined): boolean {
  return value === true || /^(1|true|yes|on)$/i.test(String(value));
}

function baseUrlPlace({ loaded, id, env }: ProviderOptions, isBuiltIn: boolean): string {
  if (!isBuiltIn) return loaded.placeOf(["model_providers", id, "base_url"]);
  if (isLocal(id)) return env["CODEX_OSS_BASE_URL"] ? "CODEX_OSS_BASE_URL" : "CODEX_OSS_PORT";
  return loaded.table.openai_base_url ? loaded.placeOf(["openai_base_url"]) : "OPENAI_BASE_URL";
}

/** Without a slash at its end; a query becomes query parameters. The URL is shown only if bare. */
function readBaseUrl(
  text: string | undefined,
  { id, place }: { id: string; place: () => string },
): { baseUrl: string; query: Record<string, string> } {
  const trimmed = text?.trim();
  if (!trimmed) {
    throw new ConfigError(
      `Cannot use model provider "${id}": ${place()} is missing; set the address of its API, ` +
        'for example base_url = "https://example.com/v1"',
    );
  }
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (url && (url.username !== "" || url.password !== "")) {
    throw new ConfigError(
      `Cannot use ${place()}: the URL holds credentials; put the key into a variable and name that ` +
        "by env_key, or use http_headers",
    );
  }
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(
      `Cannot use ${place()}: it has to be a URL that begins with http:// or https://`,
    );
  }
  return {
    baseUrl: `${url.origin}${url.pathname}`.replace(/\/+$/, ""),
    query: Object.fromEntries(url.searchParams),
  };
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Values may be secrets: no message shows one. */
function readHeaders(
  table: ProviderTable,
  { env, place }: { env: Env; place(key: string): string },
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(table.http_headers ?? {})) {
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value.trim())) {
      throw new ConfigError(
        `Cannot use ${place("http_headers")}: "${printable(name)}" is no header, or its value ` +
          "holds a character that no header can",
      );
    }
    headers[name] = value.trim();
  }
  for (const [name, variable] of Object.entries(table.env_http_headers ?? {})) {
    const value = env[variable]?.trim();
    if (!HEADER_NAME.test(name)) {
      throw new ConfigError(
        `Cannot use ${place("env_http_headers")}: "${printable(name)}" is no header name`,
      );
    }
    if (value && !HEADER_VALUE.test(value)) {
      throw new CodexError(
        "unauthorized",
        `Cannot use ${variable} as header "${name}": its value holds a character that no header ` +
          "can, for example a line break",
      );
    }
    if (value) headers[name] = value;
  }
  return headers;
}

function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "?").slice(0, 60);
}

function limitsOf(table: ProviderTable, totalTimeoutMs: number | undefined): typeof DEFAULTS {
  const total = totalTimeoutMs ?? table.total_timeout_ms ?? DEFAULTS.totalTimeoutMs;
  const within = (limit: number) => Math.min(limit, total);
  return {
    requestMaxRetries: table.request_max_retries ?? DEFAULTS.requestMaxRetries,
    streamMaxRetries: table.stream_max_retries ?? DEFAULTS.streamMaxRetries,
    streamIdleTimeoutMs: within(table.stream_idle_timeout_ms ?? DEFAULTS.streamIdleTimeoutMs),
    connectTimeoutMs: within(table.connect_timeout_ms ?? DEFAULTS.connectTimeoutMs),
    headerTimeoutMs: within(table.header_timeout_ms ?? DEFAULTS.headerTimeoutMs),
    totalTimeoutMs: total,
  };
}
