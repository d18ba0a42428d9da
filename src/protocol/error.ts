/** Who has to act on a failure decides its class. */

/** The model has to act: the message becomes the call's output. */
export class ToolError extends Error {
  override readonly name = "ToolError";
}

/** The person at the keyboard has to act: a wrong flag, a missing file. Exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The person has to change a configuration: file, key and remedy are in the message. Exit 3. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** The machine's owner has to act: what has to confine commands cannot be had. Exit 10. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}

export type CodexErrorInfo =
  | "context_window_exceeded"
  | "usage_limit_exceeded"
  | "rate_limited"
  | "server_overloaded"
  | "http_connection_failed"
  | "response_stream_disconnected"
  | "response_failed"
  | "response_incomplete"
  | "unauthorized"
  | "not_found"
  | "bad_request"
  | "policy_refused"
  | "budget_exceeded"
  | "permission_refused"
  | "output_schema"
  | "wall_clock"
  | "other";

/** The turn has to act: retry, compact, or end as `turn.failed`. */
export class CodexError extends Error {
  override readonly name = "CodexError";
  readonly info: CodexErrorInfo;
  /** How long the server asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** False where the server has said that trying again is of no use. */
  readonly retryable: boolean;

  constructor(
    info: CodexErrorInfo,
    message: string,
    options: ErrorOptions & { retryAfterMs?: number; retryable?: boolean } = {},
  ) {
    super(message, options);
    this.info = info;
    this.retryAfterMs = options.retryAfterMs;
    this.retryable = options.retryable ?? isRetryable(info);
  }
}

function isRetryable(info: CodexErrorInfo): boolean {
  switch (info) {
    case "server_overloaded":
    case "rate_limited":
    case "http_connection_failed":
    case "response_stream_disconnected":
    case "response_failed":
    case "response_incomplete":
      return true;
    case "context_window_exceeded":
    case "usage_limit_exceeded":
    case "unauthorized":
    case "not_found":
    case "bad_request":
    case "policy_refused":
    case "budget_exceeded":
    case "permission_refused":
    case "output_schema":
    case "wall_clock":
    case "other":
      return false;
  }
}

/** Marks a switch as complete: a new variant fails to compile here. */
export function unreachable(value: never): never {
  throw new TypeError(`Cannot handle ${JSON.stringify(value)}`);
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
