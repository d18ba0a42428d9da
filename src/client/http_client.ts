/** How requests leave this machine: proxies and certificates, as the environment says. */

import { CodexError, errorMessage } from "../protocol/error.ts";

type Env = Readonly<Record<string, string | undefined>>;
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The first that is set is read; names that other clients of the same servers know. */
const CA_VARIABLES = [
  "CODEX_CA_CERTIFICATE",
  "SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
] as const;

const PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] as const;

/**
 * `fetch`, trusting beside its own the certificates that the environment names. Proxies are
 * honoured by the runtime itself; `NO_PROXY=*`, which it does not know, is done here.
 */
export async function createFetch(env: Env, url: string): Promise<Fetch> {
  if (bypassesAll(env)) forgetProxies();
  const caCerts = url.startsWith("https:") ? await readCaCerts(env) : [];
  if (caCerts.length === 0) return (target, init) => fetch(target, init);
  const client = Deno.createHttpClient({ caCerts });
  return (target, init) => fetch(target, { ...init, client } as RequestInit);
}

/** Whether a request to the URL may go through a proxy, so that its server cannot be probed. */
export function usesProxy(env: Env): boolean {
  return !bypassesAll(env) && PROXY_VARIABLES.some((name) => read(env, name) !== "");
}

function bypassesAll(env: Env): boolean {
  return read(env, "NO_PROXY").split(",").some((entry) => entry.trim() === "*");
}

function read(env: Env, name: string): string {
  return env[name] || env[name.toLowerCase()] || "";
}

function forgetProxies(): void {
  for (const name of PROXY_VARIABLES) {
    Deno.env.delete(name);
    Deno.env.delete(name.toLowerCase());
  }
}

async function readCaCerts(env: Env): Promise<string[]> {
  const name = CA_VARIABLES.find((variable) => env[variable]);
  if (!name) return [];
  const path = env[name] ?? "";
  try {
    return (await Deno.readTextFile(path)).match(PEM) ?? [];
  } catch (cause) {
    throw new CodexError(
      "http_connection_failed",
      `Cannot read the certificates that ${name} names ("${path}"): ${errorMessage(cause)}`,
      { cause, retryable: false },
    );
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
