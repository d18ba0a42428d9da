/** How a run ended, for the shell and for the last JSON line. */

import {
  CodexError,
  type CodexErrorInfo,
  ConfigError,
  errorMessage,
  UsageError,
} from "../protocol/error.ts";

/** Never reordered; the same for text and `--json`. */
export const ExitCode = Object.freeze({
  done: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  authentication: 4,
  provider: 5,
  rateLimited: 6,
  budget: 7,
  permission: 8,
  outputSchema: 9,
  sandbox: 10,
  replayMismatch: 11,
  bug: 70,
  wallClock: 124,
});

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** 128 and the signal's number, as a shell counts. */
export const SIGNAL_EXIT_CODES: Readonly<Record<StopSignal, number>> = Object.freeze({
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
});

export interface Failure {
  readonly exitCode: number;
  /** One word for programs. */
  readonly reason: string;
  readonly message: string;
}

/** An error that no turn has turned into an event. */
export function toFailure(error: unknown): Failure {
  const message = errorMessage(error);
  if (error instanceof UsageError) return { exitCode: ExitCode.usage, reason: "usage", message };
  if (error instanceof ConfigError) {
    return { exitCode: ExitCode.configuration, reason: "configuration", message };
  }
  if (error instanceof CodexError) {
    return { exitCode: exitCodeOf(error.info), reason: error.info, message };
  }
  return { exitCode: ExitCode.bug, reason: "bug", message: `decodex failed: ${message}` };
}

export function exitCodeOf(info: CodexErrorInfo): number {
  switch (info) {
    case "unauthorized":
      return ExitCode.authentication;
    case "usage_limit_exceeded":
    case "rate_limited":
      return ExitCode.rateLimited;
    case "server_overloaded":
    case "http_connection_failed":
    case "response_stream_disconnected":
    case "response_failed":
    case "response_incomplete":
    case "not_found":
      return ExitCode.provider;
    case "budget_exceeded":
      return ExitCode.budget;
    case "permission_refused":
      return ExitCode.permission;
    case "output_schema":
      return ExitCode.outputSchema;
    case "wall_clock":
      return ExitCode.wallClock;
    case "context_window_exceeded":
    case "bad_request":
    case "policy_refused":
    case "other":
      return ExitCode.failed;
  }
}
