/** How long a request waits for its connection and for its headers. */

import { CodexError } from "../protocol/error.ts";
import type { ProviderInfo } from "../protocol/provider.ts";

export interface HeaderDeadline {
  readonly signal: AbortSignal;
  start(): void;
  stop(): void;
}

/**
 * `fetch` tells nothing before the headers. So when the time for connecting is over without them,
 * a connection of our own asks whether anybody listens there: a request that is answered in time
 * pays nothing for it, and a server that thinks for long is not taken for a dead one.
 */
export function createHeaderDeadline(
  url: string,
  { provider, probe }: { provider: ProviderInfo; probe: boolean },
): HeaderDeadline {
  const { connectTimeoutMs, headerTimeoutMs } = provider;
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const host = (): string => new URL(url).host;
  const noAnswer = () => controller.abort(noHeaders(host(), headerTimeoutMs));
  const look = async () => {
    timer = setTimeout(noAnswer, headerTimeoutMs - connectTimeoutMs);
    if (!probe || await listens(url, connectTimeoutMs)) return;
    // The signal ends the body as well.
    if (!stopped) controller.abort(noConnection(host(), connectTimeoutMs));
  };
  return {
    signal: controller.signal,
    start() {
      if (stopped) return;
      const isShort = headerTimeoutMs <= connectTimeoutMs;
      timer = isShort ? setTimeout(noAnswer, headerTimeoutMs) : setTimeout(look, connectTimeoutMs);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Whether a connection stands in time; the look-up of a name may not heed a signal. */
async function listens(url: string, timeoutMs: number): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  const connected = Deno.connect({
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (protocol === "https:" ? 443 : 80)),
    signal: AbortSignal.timeout(timeoutMs),
  }).then(close, () => false);
  const answer = await Promise.race([connected, late]);
  clearTimeout(timer);
  return answer;
}

function close(connection: Deno.Conn): true {
  connection.close();
  return true;
}

function noConnection(host: string, ms: number): CodexError {
  return new CodexError(
    "http_connection_failed",
    `Cannot connect to ${host} within ${ms / 1000} s; check base_url, network and proxy settings`,
  );
}

/** The whole request goes out again, so this is counted as a broken stream is. */
function noHeaders(host: string, ms: number): CodexError {
  return new CodexError(
    "response_stream_disconnected",
    `stream disconnected before completion: no answer from ${host} within ${ms / 1000} s`,
  );
}
