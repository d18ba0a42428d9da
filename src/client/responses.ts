/** The Responses API over HTTP: one stream of events for each prompt. */

import { CodexError } from "../protocol/error.ts";
import type { ModelClient, Prompt, ResponseEvent } from "../protocol/model_client.ts";
import { retryDelayMs, sleep } from "../protocol/retry.ts";
import { post, type PostOptions } from "./connect.ts";
import { createFetch, type Fetch, usesProxy } from "./http_client.ts";
import type { ModelClientOptions } from "./mod.ts";
import { assertSendable, BodyWriter, requestHeaders, responsesUrl } from "./request.ts";
import { withoutSecrets } from "./secrets.ts";

export class ResponsesClient implements ModelClient {
  readonly #options: ModelClientOptions;
  readonly #url: string;
  readonly #bodies = new BodyWriter();
  #fetch: Promise<Fetch> | undefined;
  /** What the server wants to hear again within one turn. */
  #turnState: { turnId: string | undefined; value: string } | undefined;

  constructor(options: ModelClientOptions) {
    assertSendable(options.provider);
    this.#options = options;
    this.#url = responsesUrl(options.provider);
  }

  async *stream(prompt: Prompt, signal: AbortSignal): AsyncGenerator<ResponseEvent> {
    const { provider } = this.#options;
    const total = new TotalTime(provider.totalTimeoutMs);
    const either = AbortSignal.any([signal, total.signal]);
    const onSent = () => {
      total.start();
      this.#options.onSent?.();
    };
    try {
      const response = yield* this.#request(prompt, { signal: either, onSent });
      await this.#options.onAnswered?.();
      this.#noteTurnState(prompt, response);
      const { readResponse } = await import("./read_response.ts");
      yield* readResponse(response, { idleTimeoutMs: provider.streamIdleTimeoutMs });
    } catch (error) {
      if (either.aborted) throw either.reason;
      throw error instanceof CodexError ? withoutSecrets(error, provider) : error;
    } finally {
      total.stop();
    }
  }

  /** Tries again what failed before it began: server errors and lost connections. */
  async *#request(
    prompt: Prompt,
    { signal, onSent }: Pick<PostOptions, "signal" | "onSent">,
  ): AsyncGenerator<ResponseEvent, Response> {
    const { provider, env, threadId, random, caCerts = [] } = this.#options;
    const wait = this.#options.sleep ?? sleep;
    const max = provider.requestMaxRetries;
    const turnState = this.#turnStateOf(prompt);
    const headers = requestHeaders(prompt, { ...this.#options, turnState });
    const body = this.#bodies.write(prompt, threadId);
    const probe = !usesProxy(env);
    const isFirst = this.#fetch === undefined;
    this.#fetch ??= createFetch(env, { url: this.#url, caCerts });
    const fetch = await this.#fetch;
    for (let attempt = 1;; attempt++) {
      try {
        const request = { url: this.#url, headers, body, provider, fetch, probe, isFirst };
        return await post({ ...request, signal, onSent });
      } catch (error) {
        if (!(error instanceof CodexError) || !mayRepeat(error) || attempt > max) throw error;
        const delay_ms = retryDelayMs(attempt, error, random);
        const reason = withoutSecrets(error, provider).message;
        yield { type: "retrying", attempt, max, delay_ms, reason };
        await wait(delay_ms, signal);
      }
    }
  }

  #turnStateOf(prompt: Prompt): string | undefined {
    const state = this.#turnState;
    return state?.turnId === prompt.turnMetadata?.turn_id ? state?.value : undefined;
  }

  /** A turn keeps the first that it is given. */
  #noteTurnState(prompt: Prompt, response: Response): void {
    const value = response.headers.get("x-codex-turn-state");
    if (value === null || this.#turnStateOf(prompt) !== undefined) return;
    this.#turnState = { turnId: prompt.turnMetadata?.turn_id, value };
  }
}

/** The rest of what may be tried again is the turn's to try: with what it knows by then. */
function mayRepeat(error: CodexError): boolean {
  if (!error.retryable) return false;
  return error.info === "server_overloaded" || error.info === "http_connection_failed";
}

/** Of one model call, its retries and all. */
class TotalTime {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From the first time that it is called. */
  start(): void {
    this.#timer ??= setTimeout(() => this.#controller.abort(tooSlow(this.#ms)), this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function tooSlow(ms: number): CodexError {
  return new CodexError(
    "response_stream_disconnected",
    `stream disconnected before completion: the model call took longer than ${ms / 1000} s`,
    { retryable: false },
  );
}
