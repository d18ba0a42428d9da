/** One POST: until the headers are there, or a reason why they will not come. */

import { CodexError } from "../protocol/error.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { describeBody, readErrorBody } from "./error_body.ts";
import type { Fetch } from "./http_client.ts";
import { startHeaderDeadline } from "./header_deadline.ts";
import { toCodexError } from "./http_error.ts";
import { placeOf } from "./secrets.ts";
import { toTransportError } from "./transport_error.ts";

export interface PostOptions {
  readonly url: string;
  /** Pairs, for `fetch` keeps their order, and sorts those of a `Headers`. */
  readonly headers: readonly (readonly [string, string])[];
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
  signal.throwIfAborted();
  const deadline = startHeaderDeadline(url, options);
  let response: Response;
  try {
    response = await options.fetch(url, {
      method: "POST",
      headers: headers as [string, string][],
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, deadline.signal]),
    });
  } catch (error) {
    signal.throwIfAborted();
    deadline.signal.throwIfAborted();
    throw toTransportError(error, url);
  } finally {
    deadline.stop();
  }
  if (!response.ok) throw await refuse(response, options);
  await expectEventStream(response, provider);
  return response;
}

async function refuse(
  response: Response,
  { url, provider, signal }: PostOptions,
): Promise<CodexError> {
  const { status, statusText, headers } = response;
  if (status >= 300 && status < 400) {
    discard(response);
    const location = headers.get("location");
    const target = location === null ? "" : ` to ${placeOf(location, url)}`;
    return new CodexError(
      "bad_request",
      `unexpected status ${status} ${statusText}: ${placeOf(url)} redirects${target}; ` +
        "redirects are not followed, so set base_url to the final address",
    );
  }
  const body = await readStart(response);
  signal.throwIfAborted();
  return toCodexError({ status, statusText, headers, body, url: placeOf(url) }, provider);
}

/** A page or a document in place of a stream is a wrong address or a login wall, and says so. */
async function expectEventStream(response: Response, provider: ProviderInfo): Promise<void> {
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!/^(?:text\/html|application\/(?:xhtml\+xml|(?:problem\+)?json))$/.test(type)) return;
  const body = await readStart(response);
  const detail = describeBody(body, readErrorBody(body)).slice(0, 500);
  throw new CodexError(
    "response_stream_disconnected",
    `stream disconnected before completion: expected an event stream from ` +
      `${placeOf(response.url)} but got ${type} (${detail}); ` +
      `check base_url of provider "${provider.id}"`,
    { retryable: false },
  );
}

const MAX_BODY_BYTES = 64 * 1024;
const BODY_TIMEOUT_MS = 5000;

/** The rest of an error body is nobody's concern; a slow one is not waited for. */
async function readStart(response: Response): Promise<string> {
  if (!response.body) return "";
  const reader = response.body.getReader();
  const timer = setTimeout(() => cancel(reader), BODY_TIMEOUT_MS);
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < MAX_BODY_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // What came before the break is all there is to tell.
  } finally {
    clearTimeout(timer);
    cancel(reader);
  }
  return text.slice(0, MAX_BODY_BYTES);
}

function discard(response: Response): void {
  if (response.body) cancel(response.body.getReader());
}

function cancel(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(() => {}); // a body that is broken already is let go as well
}
