/** What a refused request means, and what to do about it. */

import { CodexError, type CodexErrorInfo } from "../protocol/error.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { isObject } from "./wire_item.ts";

export interface Refusal {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  /** The first kilobytes of the body. */
  readonly body: string;
  readonly url: string;
}

/** No error is worth more of the user's screen or the session file. */
export const MAX_ERROR_BYTES = 4096;

/** The longest delay that a server may ask for; a longer one is told, not waited for. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

export function toCodexError(refusal: Refusal, provider: ProviderInfo): CodexError {
  const { status } = refusal;
  const error = readError(refusal.body);
  const known = knownKind(status, error);
  if (known) return known;
  const info = infoOf(status);
  const retryAfterMs = readRetryAfter(refusal.headers);
  const tooLong = retryAfterMs !== undefined && retryAfterMs > MAX_RETRY_AFTER_MS;
  const detail = error.message || clean(refusal.body) || "no details";
  const remedy = remedyFor(status, provider);
  const message = status === 400
    ? detail
    : `unexpected status ${status} ${
      refusal.statusText || "unknown"
    }: ${detail}, url: ${refusal.url}` +
      (tooLong ? `; the server asks to wait ${Math.round(retryAfterMs / 1000)} s` : "") +
      (remedy ? `\n${remedy}` : "");
  return new CodexError(info, message, {
    ...retryAfterMs !== undefined && !tooLong && { retryAfterMs },
    ...tooLong && { retryable: false },
  });
}

interface WireError {
  readonly message: string;
  readonly code: string;
  readonly type: string;
  readonly resetsAt: number | undefined;
}

function readError(body: string): WireError {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // A body that is no JSON is shown as it came.
  }
  const error = isObject(value) ? isObject(value.error) ? value.error : value : {};
  const field = (name: string) => typeof error[name] === "string" ? clean(error[name]) : "";
  const detail = isObject(value) && typeof value.detail === "string" ? clean(value.detail) : "";
  return {
    message: field("message") || detail,
    code: field("code"),
    type: field("type"),
    resetsAt: typeof error.resets_at === "number" ? error.resets_at : undefined,
  };
}

/** Errors that the body names, whatever their status. */
function knownKind(status: number, error: WireError): CodexError | undefined {
  if (error.code === "context_length_exceeded") return failure(error.code, error.message);
  if (status === 429 && error.type === "usage_limit_reached") {
    const until = error.resetsAt === undefined
      ? ""
      : ` It resets at ${new Date(error.resetsAt * 1000).toISOString()}.`;
    return new CodexError("usage_limit_exceeded", `You have hit your usage limit.${until}`);
  }
  if (status === 429 && error.type === "usage_not_included") {
    return failure(error.type, error.message);
  }
  if (error.code === "insufficient_quota") return failure(error.code, error.message);
  if (status === 503 && (error.code === "server_is_overloaded" || error.code === "slow_down")) {
    return failure(error.code, error.message);
  }
  return undefined;
}

/** The kinds that `response.failed`, an `error` event and an error body share, by name. */
export function failure(code: string, message: string): CodexError {
  switch (code) {
    case "context_length_exceeded":
      return new CodexError(
        "context_window_exceeded",
        "The model ran out of room in its context window: start a new session or shorten the input",
      );
    case "insufficient_quota":
      return new CodexError(
        "usage_limit_exceeded",
        "Quota exceeded. Check your plan and billing details.",
      );
    case "usage_not_included":
      return new CodexError(
        "usage_limit_exceeded",
        `Your plan does not include this use: ${message || code}`,
      );
    case "invalid_prompt":
      return new CodexError("bad_request", message || "The server refused the prompt as invalid");
    case "cyber_policy":
      return new CodexError("policy_refused", message || "The server refused the request");
    case "server_is_overloaded":
      return new CodexError(
        "server_overloaded",
        "The selected model is at capacity; try another one with -m, or later",
        { retryable: false },
      );
    case "slow_down":
    case "rate_limit_exceeded": {
      const retryAfterMs = readTryAgain(message);
      return new CodexError("rate_limited", `rate limit exceeded: ${message || code}`, {
        ...retryAfterMs !== undefined && { retryAfterMs },
      });
    }
    default:
      return new CodexError(
        "response_failed",
        `stream disconnected before completion: ${message || code || "response failed"}`,
      );
  }
}

/** "Please try again in 3.5s" or "in 800ms". */
function readTryAgain(message: string): number | undefined {
  const match = /try again in\s*(\d+(?:\.\d+)?)\s*(ms|s|seconds?)/i.exec(message);
  if (!match) return undefined;
  const ms = Number(match[1]) * (match[2]?.toLowerCase() === "ms" ? 1 : 1000);
  return Math.min(ms, MAX_RETRY_AFTER_MS);
}

function infoOf(status: number): CodexErrorInfo {
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "not_found";
  if (status === 402) return "usage_limit_exceeded";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server_overloaded" : "bad_request";
}

function remedyFor(status: number, provider: ProviderInfo): string | undefined {
  const table = `[model_providers.${provider.id}]`;
  switch (status) {
    case 401:
      return provider.bearerToken === undefined
        ? `No key was sent: set env_key in ${table}, or the variable that it names`
        : `The key was refused: check the variable that env_key of provider "${provider.id}" names`;
    case 402:
      return "The account cannot pay for the request: check plan and billing";
    case 403:
      return `The key may not use this model or endpoint: check the model (-m) and base_url of ${table}`;
    case 404:
      return `Check base_url of provider "${provider.id}" (it usually ends in /v1) and the model (-m)`;
    case 413:
      return "The request is too large: attach less, or start a new session";
    case 422:
      return "The server does not take this request: is it a Responses API endpoint?";
    default:
      return undefined;
  }
}

/** `retry-after` as seconds or as a date; milliseconds from now, never negative. */
export function readRetryAfter(headers: Headers, now: number = Date.now()): number | undefined {
  const ms = headers.get("retry-after-ms");
  if (ms !== null && /^\d+(\.\d+)?$/.test(ms.trim())) return Number(ms);
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** A server's words on one screen: no control characters, not more than a few kilobytes. */
function clean(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "").trim().slice(0, MAX_ERROR_BYTES);
}
