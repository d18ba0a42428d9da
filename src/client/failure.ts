/** The kinds of failure that a response and an error body share, by name. */

import { CodexError } from "../protocol/error.ts";
import { readRetryAfter, readTryAgain, tooLongNote, toRetryWait } from "./retry_after.ts";

/** `headers`: those of a refused request; an event has none. */
export function toFailure(code: string, message: string, headers?: Headers): CodexError {
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
      return new CodexError(
        "policy_refused",
        message || "The server refused the request as a risk to security",
      );
    case "server_is_overloaded":
      return new CodexError("server_overloaded", CAPACITY, { retryable: false });
    case "slow_down":
    case "rate_limit_exceeded": {
      const ms = (headers && readRetryAfter(headers)) ?? readTryAgain(message);
      const text = `rate limit exceeded: ${message || code}${tooLongNote(ms)}`;
      return new CodexError("rate_limited", text, toRetryWait(ms));
    }
    default:
      return new CodexError(
        "response_failed",
        `stream disconnected before completion: ${message || code || "response.failed"}`,
      );
  }
}

export const CAPACITY = "The selected model is at capacity: try another one with -m, or try later";
