/** What the two processes say to each other. Nothing here is stored: both are the same program. */

import type { Confinement, SandboxLevel } from "../protocol/confinement.ts";
import { ToolError } from "../protocol/error.ts";
import { FileError } from "../protocol/host.ts";
import type { Failure, Method } from "./host_answer.ts";

/** Changes with every change of the messages; both ends have to have the same. */
export const PROTOCOL_VERSION = 5;

/** The first message of the front process. */
export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly confinement: Confinement;
  readonly level: SandboxLevel;
  /** Commands' TMPDIR, where long outputs are kept as well. */
  readonly tempDir?: string;
  /** Every login shell reads its files. */
  readonly readsLoginFiles: boolean;
  /** The answer to a command says whether anything that one has started still runs. */
  readonly tellsQuiet: boolean;
  /** Whatever has this `NAME=value` in its environment was left by a host process that has gone. */
  readonly sweep?: string;
}

export type ToHost =
  | Hello
  | { type: "call"; id: number; method: Method; callId: string; params: readonly unknown[] }
  | { type: "cancel"; id: number }
  /** Whether it is still there. */
  | { type: "ping" };

/** Whether it runs something, which may go on running behind it. */
export function isCommand(method: Method): boolean {
  return method === "exec" || method === "ask" || method === "processes.start" ||
    method === "processes.write";
}

export function toFailure(error: unknown): Failure {
  if (error instanceof FileError) {
    const { name, message, kind, path } = error;
    return { name, message, kind, path };
  }
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: "Error", message: String(error) };
}

export function fromFailure({ name, message, kind = "other", path = "" }: Failure): Error {
  if (name === "ToolError") return new ToolError(message);
  if (name === "FileError") return new FileError(fileErrorKind(kind), path, message);
  return new Error(message);
}

const FILE_ERROR_KINDS = ["not_found", "is_directory", "not_a_directory", "denied"] as const;

function fileErrorKind(kind: string): FileError["kind"] {
  return FILE_ERROR_KINDS.find((each) => each === kind) ?? "other";
}
