/** What the two processes say to each other. Nothing here is stored: both are the same program. */

import * as z from "zod/mini";
import type { Confinement, SandboxLevel } from "../protocol/confinement.ts";
import { ToolError } from "../protocol/error.ts";
import { FileError } from "../protocol/host.ts";

/** Changes with every change of the messages; both ends have to have the same. */
export const PROTOCOL_VERSION = 3;

/** The first message of the front process. */
export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly confinement: Confinement;
  readonly level: SandboxLevel;
  /** Commands' TMPDIR, where long outputs are kept as well. */
  readonly tempDir?: string;
  /** The answer to a command says whether anything that one has started still runs. */
  readonly tellsQuiet: boolean;
  /** Whatever has this `NAME=value` in its environment was left by a host process that has gone. */
  readonly sweep?: string;
}

export type ToHost =
  | Hello
  | { type: "call"; id: number; method: Method; callId: string; params: readonly unknown[] }
  | { type: "cancel"; id: number };

const PROCESS_OUTPUT = z.object({
  output: z.string(),
  totalBytes: z.number(),
  totalLines: z.exactOptional(z.number()),
  wallTimeMs: z.number(),
  sessionId: z.exactOptional(z.number()),
  exit: z.exactOptional(z.object({ code: z.number(), aggregatedOutput: z.string() })),
  startedBy: z.object({ callId: z.string(), command: z.array(z.string()) }),
  fullOutputPath: z.exactOptional(z.string()),
});

const PATHS = z.array(z.string());

const LOOK = z.object({
  kind: z.enum(["file", "dir", "link", "other"]),
  mode: z.nullable(z.number()),
  uid: z.nullable(z.number()),
  gid: z.nullable(z.number()),
  ino: z.nullable(z.number()),
  size: z.number(),
  mtime: z.number(),
  ctime: z.number(),
  target: z.exactOptional(z.string()),
});

const RESULTS = {
  "exec": z.object({
    exitCode: z.number(),
    signal: z.exactOptional(z.number()),
    output: z.string(),
    totalBytes: z.number(),
    totalLines: z.exactOptional(z.number()),
    durationMs: z.number(),
    timedOut: z.boolean(),
    fullOutputPath: z.exactOptional(z.string()),
  }),
  "processes.start": PROCESS_OUTPUT,
  "processes.write": PROCESS_OUTPUT,
  "files.readBytes": z.instanceof(Uint8Array),
  "files.list": z.array(z.object({
    path: z.string(),
    kind: z.enum(["file", "dir", "symlink", "other"]),
  })),
  "files.search": PATHS,
  "files.plan": PATHS,
  "files.apply": z.undefined(),
  "protected.putBack": z.array(z.object({ path: z.string(), now: z.exactOptional(LOOK) })),
} as const;

export type Method = keyof typeof RESULTS;

/** Whether it runs something, which may go on running behind it. */
export function isCommand(method: Method): boolean {
  return method === "exec" || method === "processes.start" || method === "processes.write";
}

export type MethodResult<M extends Method> = z.infer<(typeof RESULTS)[M]>;

/** Fails where the host process answers with anything else. */
export function parseResult<M extends Method>(method: M, value: unknown): MethodResult<M> {
  return RESULTS[method].parse(value) as MethodResult<M>;
}

const PERMISSIONS = z.record(z.string(), z.string());

const FAILURE = z.object({
  name: z.string(),
  message: z.string(),
  kind: z.optional(z.string()),
  path: z.optional(z.string()),
});

/** Behind a command, where it was asked for. */
const QUIET = { quiet: z.exactOptional(z.boolean()) };

const FROM_HOST = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    protocol: z.number(),
    pid: z.number(),
    /** Of Deno, as they are left: `granted`, `denied` or `prompt` by name. */
    permissions: PERMISSIONS,
  }),
  z.object({ type: z.literal("result"), id: z.number(), value: z.optional(z.unknown()), ...QUIET }),
  z.object({ type: z.literal("failure"), id: z.number(), failure: FAILURE, ...QUIET }),
  /** What a command has written since the last time; of much only the last of it. */
  z.object({ type: z.literal("output"), id: z.number(), text: z.string() }),
  z.object({ type: z.literal("warning"), id: z.number(), message: z.string(), key: z.string() }),
]);

export type FromHost = z.infer<typeof FROM_HOST>;

/** The host process may have been taken over by what runs in it: it is believed nothing more. */
export function parseFromHost(message: unknown): FromHost {
  const parsed = FROM_HOST.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new Error("it sent what is no message of the protocol");
}
export type Failure = z.infer<typeof FAILURE>;

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
