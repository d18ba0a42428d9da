/** One POST: until the headers are there, or a reason why they will not come. */

import type { ProviderInfo } from "../protocol/provider.ts";
import type { Fetch } from "./http_client.ts";
import { createHeaderDeadline } from "./header_deadline.ts";

export interface PostOptions {
  readonly url: string;
  /** Pairs, for `fetch` keeps their order, and sorts those of a `Headers`. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Blob;
  readonly provider: ProviderInfo;
  readonly fetch: Fetch;
  /** False under a proxy: the server itself cannot be reached then. */
  readonly probe: boolean;
  /** The turn's signal together with the call's total time. */
  readonly signal: AbortSignal;
  /** Of the program: what a timer takes to be loaded must not keep the request from leaving. */
  readonly isFirst: boolean;
  /** Told when the request has left, and there is time for what need not be there before. */
  onSent(): void;
}

/** Fails with a `CodexError`, or the signal's reason. */
export async function post(options: PostOptions): Promise<Response> {
  const { url, headers, body, provider, signal } = options;
  signal.throwIfAborted();
  const deadline = createHeaderDeadline(url, options);
  let response: Response;
  try {
    const answer = options.fetch(url, {
      method: "POST",
      headers: headers as [string, string][],
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, deadline.signal]),
    });
    // Whatever it comes to, it is awaited below.
    answer.catch(() => {});
    if (options.isFirst) await oneTurn();
    deadline.start();
    options.onSent();
    response = await answer;
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

/**
 * Of the event loop, by the lightest thing that is done elsewhere and needs no permission. The
 * runtime loads its timers when the first is set, and until it has done so the request waits.
 */
async function oneTurn(): Promise<void> {
  await crypto.subtle.digest("SHA-256", new Uint8Array(1));
}

/** A page or a document in place of a stream is a wrong address or a login wall. */
function isDocument({ headers }: Response): boolean {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  return /^(?:text\/html|application\/(?:xhtml\+xml|(?:problem\+)?json))$/.test(type);
}
