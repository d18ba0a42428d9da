/** One POST: until the headers are there, or a reason why they will not come. */

import type { ProviderInfo } from "../protocol/provider.ts";
import type { Fetch } from "./http_client.ts";
import { startHeaderDeadline } from "./header_deadline.ts";

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
    const { toTransportError } = await import("./transport_error.ts");
    throw toTransportError(error, url);
  } finally {
    deadline.stop();
  }
  if (response.ok && !isDocument(response)) return response;
  const { refuse } = await import("./refusal.ts");
  throw await refuse(response, { url, provider, signal });
}

/** A page or a document in place of a stream is a wrong address or a login wall. */
function isDocument({ headers }: Response): boolean {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  return /^(?:text\/html|application\/(?:xhtml\+xml|(?:problem\+)?json))$/.test(type);
}
