/** Why an answer is no stream of events: a refusal, a redirect, a page in its place. */

import { CodexError } from "../protocol/error.ts";
import { describeBody, readErrorBody } from "./error_body.ts";
import type { PostOptions } from "./connect.ts";
import { toCodexError } from "./http_error.ts";
import { placeOf } from "./secrets.ts";

type RefusalOptions = Pick<PostOptions, "url" | "provider" | "signal">;

/** Reads as much of the body as helps. Fails with the signal's reason. */
export async function refuse(response: Response, options: RefusalOptions): Promise<CodexError> {
  const { status, statusText, headers } = response;
  if (response.ok) return await wrongDocument(response, options);
  if (status >= 300 && status < 400) return redirection(response, options);
  const { url, provider, signal } = options;
  const body = await readStart(response);
  signal.throwIfAborted();
  return toCodexError({ status, statusText, headers, body, url: placeOf(url) }, provider);
}

function redirection(response: Response, { url }: RefusalOptions): CodexError {
  const { status, statusText, headers } = response;
  if (response.body) cancel(response.body.getReader());
  const location = headers.get("location");
  const target = location === null ? "" : ` to ${placeOf(location, url)}`;
  return new CodexError(
    "bad_request",
    `unexpected status ${status} ${statusText}: ${placeOf(url)} redirects${target}; ` +
      "redirects are not followed, so set base_url to the final address",
  );
}

async function wrongDocument(
  response: Response,
  { provider }: RefusalOptions,
): Promise<CodexError> {
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  const body = await readStart(response);
  const detail = describeBody(body, readErrorBody(body)).slice(0, 500);
  return new CodexError(
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

function cancel(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(() => {}); // a body that is broken already is let go as well
}
