/** The Responses API over HTTP: one stream of events for each prompt. */

import { CodexError } from "../protocol/error.ts";
import type { ModelClient, Prompt, ResponseEvent } from "../protocol/model_client.ts";
import { retryDelayMs, sleep } from "../protocol/retry.ts";
import { post } from "./connect.ts";
import { createFetch, type Fetch, usesProxy } from "./http_client.ts";
import type { ModelClientOptions } from "./mod.ts";
import { BodyWriter, requestHeaders, responsesUrl } from "./request.ts";
import { readSse } from "./sse.ts";
import { EventReader } from "./wire_event.ts";

export class ResponsesClient implements ModelClient {
  readonly #options: ModelClientOptions;
  readonly #url: string;
  readonly #bodies = new BodyWriter();
  #fetch: Promise<Fetch> | undefined;
  /** What the server wants to hear again within one turn. */
  #turnState: { turnId: string | undefined; value: string } | undefined;

  constructor(options: ModelClientOptions) {
    this.#options = options;
    this.#url = responsesUrl(options.provider);
  }

  async *stream(prompt: Prompt, signal: AbortSignal): AsyncGenerator<ResponseEvent> {
    const { provider } = this.#options;
    const total = new AbortController();
    const timer = setTimeout(
      () => total.abort(tooLong(provider.totalTimeoutMs)),
      provider.totalTimeoutMs,
    );
    const both = AbortSignal.any([signal, total.signal]);
    try {
      const response = yield* this.#request(prompt, both);
      this.#noteTurnState(prompt, response);
      if (!response.body) throw broken("the response has no body");
      const reader = new EventReader();
      for await (
        const data of readSse(response.body, { idleTimeoutMs: provider.streamIdleTimeoutMs })
      ) {
        const event = reader.read(data);
        if (!event) continue;
        yield event;
        if (event.type === "completed") return;
      }
      throw broken("stream closed before response.completed");
    } catch (error) {
      if (both.aborted) throw both.reason;
      if (error instanceof CodexError || !(error instanceof Error)) throw error;
      throw broken(`Transport error: ${error.message}`, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Tries again what failed before it began: server errors and lost connections. */
  async *#request(prompt: Prompt, signal: AbortSignal): AsyncGenerator<ResponseEvent, Response> {
    const { provider, env } = this.#options;
    const wait = this.#options.sleep ?? sleep;
    const max = provider.requestMaxRetries;
    const body = this.#bodies.write(prompt, this.#options.threadId);
    this.#fetch ??= createFetch(env, this.#url);
    const fetch = await this.#fetch;
    for (let attempt = 1;; attempt++) {
      try {
        return await post({
          url: this.#url,
          headers: requestHeaders(prompt, {
            ...this.#options,
            turnState: this.#turnStateOf(prompt),
          }),
          body,
          provider,
          fetch,
          probe: !usesProxy(env),
          signal,
        });
      } catch (error) {
        if (!(error instanceof CodexError) || !mayRepeat(error) || attempt > max) throw error;
        const delay_ms = retryDelayMs(attempt, error);
        yield { type: "retrying", attempt, max, delay_ms, reason: error.message };
        await wait(delay_ms, signal);
      }
    }
  }

  #turnStateOf(prompt: Prompt): string | undefined {
    const state = this.#turnState;
    return state?.turnId === prompt.turnMetadata?.turn_id ? state?.value : undefined;
  }

  #noteTurnState(prompt: Prompt, response: Response): void {
    const value = response.headers.get("x-codex-turn-state");
    if (value !== null) this.#turnState = { turnId: prompt.turnMetadata?.turn_id, value };
  }
}

/** The rest of what may be tried again is the turn's to try: with what it knows by then. */
function mayRepeat(error: CodexError): boolean {
  if (!error.retryable) return false;
  return error.info === "server_overloaded" || error.info === "http_connection_failed";
}

function broken(reason: string, cause?: Error): CodexError {
  return new CodexError(
    "response_stream_disconnected",
    `stream disconnected before completion: ${reason}`,
    cause ? { cause } : {},
  );
}

function tooLong(ms: number): CodexError {
  return new CodexError("wall_clock", `the model call took longer than ${ms / 1000} s`);
}
