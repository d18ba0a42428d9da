/** How a run ended, as the number that scripts read. */

import {
  CodexError,
  type CodexErrorInfo,
  ConfigError,
  errorMessage,
  SandboxError,
  UsageError,
} from "../protocol/error.ts";

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  config: 3,
  auth: 4,
  provider: 5,
  quota: 6,
  budget: 7,
  permission: 8,
  schema: 9,
  sandbox: 10,
  bug: 70,
  wallClock: 124,
  hangup: 129,
  interrupt: 130,
  brokenPipe: 141,
  terminate: 143,
} as const;

export interface Failure {
  readonly exitCode: number;
  /** A word for programs. */
  readonly reason: string;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  const message = errorMessage(error);
  if (error instanceof UsageError) return { exitCode: EXIT.usage, reason: "usage", message };
  if (error instanceof ConfigError) return { exitCode: EXIT.config, reason: "config", message };
  if (error instanceof SandboxError) return { exitCode: EXIT.sandbox, reason: "sandbox", message };
  if (error instanceof CodexError) {
    return { exitCode: exitCodeOf(error.info), reason: error.info, message };
  }
  if (error instanceof Deno.errors.NotCapable) {
    const remedy = "`decodex permissions` under --allow-env and --allow-read names all it needs";
    return {
      exitCode: EXIT.permission,
      reason: "permission_refused",
      message: `Deno gives no leave: ${message}; ${remedy}`,
    };
  }
  const stack = error instanceof Error ? error.stack ?? message : message;
  return { exitCode: EXIT.bug, reason: "bug", message: `This is a bug of decodex: ${stack}` };
}

export function exitCodeOf(info: CodexErrorInfo): number {
  switch (info) {
    case "unauthorized":
      return EXIT.auth;
    case "server_overloaded":
    case "http_connection_failed":
    case "response_stream_disconnected":
    case "response_failed":
    case "not_found":
      return EXIT.provider;
    case "rate_limited":
    case "usage_limit_exceeded":
      return EXIT.quota;
    case "budget_exceeded":
      return EXIT.budget;
    case "permission_refused":
      return EXIT.permission;
    case "output_schema":
      return EXIT.schema;
    case "wall_clock":
      return EXIT.wallClock;
    case "context_window_exceeded":
    case "response_incomplete":
    case "bad_request":
    case "policy_refused":
    case "other":
      return EXIT.failed;
  }
}
