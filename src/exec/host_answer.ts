/** What the host process says, and the look at it that the front process takes. */

import * as z from "zod/mini";

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
  "ask": z.optional(z.string()),
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
  z.object({ type: z.literal("pong") }),
  /** Somebody has told it to end: it answers nothing any more. */
  z.object({ type: z.literal("ending") }),
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
