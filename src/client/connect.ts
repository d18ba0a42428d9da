/** One POST: until the headers are there, or a reason why they will not come. */

import { CodexError, errorMessage } from "../protocol/error.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import type { Fetch } from "./http_client.ts";
import { MAX_ERROR_BYTES, toCodexError } from "./http_error.ts";

export interface PostOptions {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly provider: ProviderInfo;
  readonly fetch: Fetch;
  /** False under a proxy: the server itself cannot be reached then. */
  readonly probe: boolean;
  /** The turn's signal together with the call's total time. */
  readonly signal: AbortSignal;
}

/** Fails with a `CodexError`, or the signal's reason. */
export async function post(options: PostOptions): Promise<Response> {
  const { url, headers, body, provider, signal } = options;
  const attempt = new AbortController();
  const stopWatch = watch(attempt, options);
  try {
    const response = await options.fetch(url, {
      method: "POST",
      headers,
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, attempt.signal]),
    });
    if (response.ok) return accept(response);
    throw await refuse(response, provider);
  } catch (error) {
    signal.throwIfAborted();
    if (attempt.signal.aborted) throw attempt.signal.reason;
    throw error instanceof CodexError ? error : unreached(error, options);
  } finally {
    stopWatch();
  }
}

/** `fetch` tells nothing before the headers, so a late answer is asked whether anyone listens. */
function watch(attempt: AbortController, options: PostOptions): () => void {
  const { provider } = options;
  const { host } = new URL(options.url);
  const abort = (what: string) =>
    attempt.abort(new CodexError("http_connection_failed", `${what}: ${host}`));
  const header = setTimeout(
    () => abort(`no answer within ${provider.headerTimeoutMs / 1000} s`),
    provider.headerTimeoutMs,
  );
  const connect = setTimeout(async () => {
    if (!options.probe || attempt.signal.aborted) return;
    if (!await answers(options.url, provider.connectTimeoutMs)) {
      abort(`cannot connect within ${provider.connectTimeoutMs / 1000} s`);
    }
  }, provider.connectTimeoutMs);
  return () => {
    clearTimeout(header);
    clearTimeout(connect);
  };
}

async function answers(url: string, timeoutMs: number): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const deadline = AbortSignal.timeout(timeoutMs);
  const connecting = Deno.connect({
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (protocol === "https:" ? 443 : 80)),
    signal: deadline,
  } as Deno.ConnectOptions);
  return await connecting.then(
    (connection) => {
      connection.close();
      return true;
    },
    () => false,
  );
}

/** A page instead of a stream is a wrong address or a login wall, and says so. */
function accept(response: Response): Response {
  const type = response.headers.get("content-type") ?? "";
  if (!/^text\/html|^application\/(json|problem)/i.test(type)) return response;
  response.body?.cancel().catch(() => {});
  throw new CodexError(
    "response_stream_disconnected",
    `stream disconnected before completion: expected an event stream, got ${type}; check base_url`,
  );
}

async function refuse(response: Response, provider: ProviderInfo): Promise<CodexError> {
  const { status, statusText, headers } = response;
  const location = headers.get("location");
  if (status >= 300 && status < 400) {
    response.body?.cancel().catch(() => {});
    return new CodexError(
      "bad_request",
      `unexpected status ${status}: redirects are not followed` +
        (location ? ` (to ${withoutSecrets(location)}); set base_url to the final address` : ""),
    );
  }
  const body = await readStart(response);
  const url = withoutSecrets(response.url);
  return toCodexError({ status, statusText, headers, body, url }, provider);
}

/** A query or user name may hold a key. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return "another place";
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** The rest of an error body is nobody's concern; a slow one is not waited for. */
async function readStart(response: Response): Promise<string> {
  if (!response.body) return "";
  const reader = response.body.getReader();
  const timer = setTimeout(() => reader.cancel().catch(() => {}), 5000);
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < MAX_ERROR_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // What came before the break is all there is to tell.
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
  return text.slice(0, MAX_ERROR_BYTES);
}

function unreached(cause: unknown, { url }: PostOptions): CodexError {
  const { host } = new URL(url);
  const inner = cause instanceof Error && cause.cause ? `: ${errorMessage(cause.cause)}` : "";
  const reason = `${errorMessage(cause)}${inner}`.replaceAll(url, withoutSecrets(url));
  return new CodexError(
    "http_connection_failed",
    `error sending request to ${host}: ${reason}\nCheck base_url, the network and proxy settings`,
    { cause },
  );
}
