/** How requests leave this machine: proxies and certificates, as the environment says. */

import { CodexError, errorMessage } from "../protocol/error.ts";

type Env = Readonly<Record<string, string | undefined>>;
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface FetchOptions {
  readonly url: string;
  /** PEM texts, trusted beside the runtime's own and the environment's. */
  readonly caCerts?: readonly string[];
}

/**
 * `fetch` with what `env` says about proxies and certificates. Where it says no more than the
 * runtime knows by itself, this is the runtime's own and costs nothing.
 */
export async function createFetch(env: Env, options: FetchOptions): Promise<Fetch> {
  const caCerts = options.url.startsWith("https:")
    ? [...options.caCerts ?? [], ...await readCaCerts(env)]
    : [];
  const proxies = proxyVariables(env);
  const isDifferent = PROXY_VARIABLES.some((name) => proxies[name] !== Deno.env.get(name));
  if (caCerts.length === 0 && !isDifferent) return (url, init) => fetch(url, init);
  const client = createClient(caCerts, proxies);
  return (url, init) => fetch(url, { ...init, client } as RequestInit);
}

/** Whether a request may go through a proxy, so that its server cannot be asked directly. */
export function usesProxy(env: Env): boolean {
  return Object.entries(proxyVariables(env)).some(([name, value]) =>
    value !== undefined && value !== "" && !/^no_proxy$/i.test(name)
  );
}

/** The first that is set is read; names that other clients of the same servers know. */
const CA_VARIABLES = [
  "CODEX_CA_CERTIFICATE",
  "SSL_CERT_FILE",
  "NODE_EXTRA_CA_CERTS",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
] as const;

async function readCaCerts(env: Env): Promise<string[]> {
  const name = CA_VARIABLES.find((variable) => env[variable]);
  if (!name) return [];
  const path = env[name] ?? "";
  try {
    return (await Deno.readTextFile(path)).match(PEM) ?? [];
  } catch (cause) {
    throw new CodexError(
      "http_connection_failed",
      `Cannot read "${path}", which ${name} names: ${errorMessage(cause)}`,
      { cause, retryable: false },
    );
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

const PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap(
  (name) => [name, name.toLowerCase()],
);

/** `NO_PROXY=*`, which the runtime does not know, is said as no proxy at all. */
function proxyVariables(env: Env): Readonly<Record<string, string | undefined>> {
  const exceptions = env.NO_PROXY || env.no_proxy || "";
  const bypassesAll = exceptions.split(",").some((entry) => entry.trim() === "*");
  return Object.fromEntries(
    PROXY_VARIABLES.map((name) => [name, bypassesAll ? undefined : env[name]]),
  );
}

/** A client takes its proxies from the process environment, once, when it is made. */
function createClient(
  caCerts: string[],
  proxies: Readonly<Record<string, string | undefined>>,
): Deno.HttpClient {
  const before = PROXY_VARIABLES.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of PROXY_VARIABLES) setVariable(name, proxies[name]);
    return Deno.createHttpClient({ caCerts });
  } finally {
    for (const [name, value] of before) setVariable(name, value);
  }
}

function setVariable(name: string, value: string | undefined): void {
  if (value === Deno.env.get(name)) return;
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}
