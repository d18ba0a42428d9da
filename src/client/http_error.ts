/** What a refused request means, and what to do about it. */

import { CodexError, type CodexErrorInfo } from "../protocol/error.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { describeBody, type ErrorBody, readErrorBody } from "./error_body.ts";
import { CAPACITY, toFailure } from "./failure.ts";
import { readRetryAfter, readTryAgain, tooLongNote, toRetryWait } from "./retry_after.ts";

export interface Refusal {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  /** The first kilobytes of the body. */
  readonly body: string;
  /** Without query and user name. */
  readonly url: string;
}

export function toCodexError(refusal: Refusal, provider: ProviderInfo): CodexError {
  const { status, headers } = refusal;
  const error = readErrorBody(refusal.body);
  const known = toKnownError(refusal, error);
  if (known) return known;
  const waitMs = waitOf(status, { headers, message: error.message });
  const detail = describeBody(refusal.body, error);
  const name = `${status} ${refusal.statusText || "<unknown status code>"}`;
  const message = status === 400
    ? detail
    : `unexpected status ${name}: ${detail}, url: ${refusal.url}`;
  const remedy = remedyFor(status, provider);
  return new CodexError(
    infoOf(status),
    `${message}${tooLongNote(waitMs)}${remedy ? `\n${remedy}` : ""}`,
    toRetryWait(waitMs),
  );
}

/** Errors that the body names, whatever else is in it. */
function toKnownError(refusal: Refusal, error: ErrorBody): CodexError | undefined {
  const { status, headers } = refusal;
  const names = [error.code, error.type];
  const name = ALWAYS_KNOWN.find((known) => names.includes(known));
  if (name) return toFailure(name, error.message);
  if (status === 429 && names.includes("usage_limit_reached")) {
    return new CodexError("usage_limit_exceeded", `You have hit your usage limit.${until(error)}`);
  }
  if (status === 503 && error.code === "slow_down") {
    return toFailure(error.code, error.message, headers);
  }
  if (status === 503 && error.code === "server_is_overloaded") {
    const waitMs = readRetryAfter(headers);
    return new CodexError(
      "server_overloaded",
      `${CAPACITY}${tooLongNote(waitMs)}`,
      toRetryWait(waitMs),
    );
  }
  return undefined;
}

const ALWAYS_KNOWN = [
  "context_length_exceeded",
  "insufficient_quota",
  "usage_not_included",
  "cyber_policy",
] as const;

function until({ resetsAtMs }: ErrorBody): string {
  return resetsAtMs === undefined
    ? ""
    : ` It resets at ${new Date(resetsAtMs).toISOString().replace(/\.\d+Z$/, "Z")}.`;
}

/** Only who is asked to slow down is told how long. */
function waitOf(
  status: number,
  { headers, message }: { headers: Headers; message: string },
): number | undefined {
  if (status !== 429 && status < 500) return undefined;
  return readRetryAfter(headers) ?? (status === 429 ? readTryAgain(message) : undefined);
}

function infoOf(status: number): CodexErrorInfo {
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "not_found";
  if (status === 402) return "usage_limit_exceeded";
  if (status === 429) return "rate_limited";
  // 408: the server gave up waiting for the request, which may pass.
  return status >= 500 || status === 408 ? "server_overloaded" : "bad_request";
}

function remedyFor(status: number, provider: ProviderInfo): string | undefined {
  switch (status) {
    case 401:
      return keyRemedy(provider);
    case 402:
      return "The account cannot pay for the request: check its plan and billing";
    case 403:
      return `The key may not use this: check the model (-m), the key's rights and ${
        setting("base_url", provider)
      }`;
    case 404:
    case 405:
      return `Nothing answers there: check the model (-m) and ${
        setting("base_url", provider)
      }, which usually ends in /v1`;
    case 409:
      return "The server finds the request in conflict with another one: try again later";
    case 413:
      return "The request is too large: attach less, or start a new session";
    case 422:
      return `The server does not take this request: check the model (-m), and that ${
        setting("base_url", provider)
      } is a Responses API endpoint`;
    default:
      return undefined;
  }
}

function keyRemedy(provider: ProviderInfo): string {
  const isOpenAi = provider.id === "openai";
  if (provider.bearerToken === undefined) {
    return isOpenAi
      ? "No key was sent: set OPENAI_API_KEY"
      : `No key was sent: name the key's variable with ${setting("env_key", provider)}`;
  }
  return isOpenAi
    ? "The key was refused: check OPENAI_API_KEY"
    : `The key was refused: check the variable that ${setting("env_key", provider)} names`;
}

/** As one finds it in config.toml. */
function setting(key: string, { id }: ProviderInfo): string {
  return id === "openai" ? "openai_base_url" : `model_providers.${id}.${key}`;
}
