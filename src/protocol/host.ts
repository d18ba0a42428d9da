/**
 * What tools are built from: the doors to the machine, as interfaces. Requests and answers are
 * plain data (bytes aside), so that a host may live in another process.
 */

import type { RequestedPermissions } from "./policy.ts";
import type { ToolContext } from "./tool.ts";

export interface CommandRequest {
  /** An argument vector; never a line for a shell that we build. */
  readonly command: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  readonly escalation?: Escalation;
}

/** The model's wish to leave the sandbox, or for some more rights in it, with its reason. */
export interface Escalation {
  readonly justification: string;
  readonly prefixRule?: readonly string[];
  /** These and no more; absent: no sandbox at all. */
  readonly permissions?: RequestedPermissions;
}

export interface ExecRequest extends CommandRequest {
  readonly timeoutMs: number;
}

export interface ExecOutput {
  /** 124 after a time-out; 128 + n after signal n. */
  readonly exitCode: number;
  readonly signal?: number;
  /** Standard output and error as they came, decoded; its middle left out past the buffer's size. */
  readonly output: string;
  /** Bytes that the command wrote, kept or not. */
  readonly totalBytes: number;
  /** Lines of all that was written; only where the middle of `output` is left out. */
  readonly totalLines?: number;
  readonly durationMs: number;
  readonly timedOut: boolean;
  /** A file with everything that was written; only for an output too long to be shown whole. */
  readonly fullOutputPath?: string;
}

export interface ProcessRequest extends CommandRequest {
  /** A terminal of 24 lines and 80 columns; else its standard input is empty. */
  readonly tty: boolean;
  /** How long to wait for the end before answering with what is there. */
  readonly yieldTimeMs: number;
}

export interface ProcessWrite {
  readonly sessionId: number;
  /** Typed as they are: `\u0003` is Ctrl-C. Empty: only look. */
  readonly chars: string;
  readonly yieldTimeMs: number;
}

/** What a long-running process has written since the last look. */
export interface ProcessOutput {
  readonly output: string;
  readonly totalBytes: number;
  /** Lines of all that was written; only where the middle of `output` is left out. */
  readonly totalLines?: number;
  readonly wallTimeMs: number;
  /** While it runs. */
  readonly sessionId?: number;
  /** Once it has ended; then the session is forgotten. */
  readonly exit?: {
    readonly code: number;
    /** Everything since the start, as far as the buffer goes. */
    readonly aggregatedOutput: string;
  };
  /** The call that started the process. */
  readonly startedBy: { readonly callId: string; readonly command: readonly string[] };
  readonly fullOutputPath?: string;
}

/** `exec_command` sessions. Failures are `ToolError`s with the words that the model reads. */
export interface Processes {
  start(request: ProcessRequest, ctx: ToolContext): Promise<ProcessOutput>;
  /** Fails for an unknown session and for a write to one whose standard input is closed. */
  write(request: ProcessWrite, ctx: ToolContext): Promise<ProcessOutput>;
}

/** Paths are absolute; content is bytes, so that a file's encoding survives. */
export type FileChange =
  | { type: "add"; path: string; content: Uint8Array }
  | { type: "delete"; path: string }
  | { type: "update"; path: string; content: Uint8Array; movePath?: string };

export interface DirEntry {
  /** Relative to the folder that was listed, `/` between parts. */
  readonly path: string;
  readonly kind: "file" | "dir" | "symlink" | "other";
}

export interface SearchRequest {
  readonly pattern: string;
  /** A glob on the file's name or relative path. */
  readonly include?: string;
  readonly path: string;
  readonly limit: number;
}

/** What the machine refuses fails with a `FileError`. */
export interface Files {
  /** Fails with `FileError` of kind `is_directory` for a folder, `not_found` for nothing. */
  readBytes(path: string, ctx: ToolContext): Promise<Uint8Array>;
  /** What stands below a folder, sorted by path, down to `depth` levels (1: its own entries). */
  list(path: string, depth: number, ctx: ToolContext): Promise<DirEntry[]>;
  /** Files with a line that matches, newest first, as absolute paths. */
  search(request: SearchRequest, ctx: ToolContext): Promise<string[]>;
  /** All of them or none, each written beside its place and renamed; modes are kept. */
  apply(changes: readonly FileChange[], ctx: ToolContext): Promise<void>;
}

export interface PermissionsRequest {
  readonly permissions: RequestedPermissions;
  readonly reason?: string;
}

export interface Host {
  exec(request: ExecRequest, ctx: ToolContext): Promise<ExecOutput>;
  /** Gives what was granted for the rest of the turn, which may be nothing. */
  requestPermissions(request: PermissionsRequest, ctx: ToolContext): Promise<RequestedPermissions>;
  readonly processes: Processes;
  readonly files: Files;
}

/** The shell that commands are given to: its path, e.g. `/bin/bash`. */
export interface ShellInfo {
  readonly path: string;
  readonly name: string;
}

export type FileErrorKind = "not_found" | "is_directory" | "not_a_directory" | "denied" | "other";

/** A file operation that the machine refused; `message` is the system's words with `(os error n)`. */
export class FileError extends Error {
  override readonly name = "FileError";
  constructor(readonly kind: FileErrorKind, readonly path: string, message: string) {
    super(message);
  }
}
