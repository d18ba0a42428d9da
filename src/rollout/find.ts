/** Finds a session file below CODEX_HOME; only regular files in real folders count. */

import * as z from "zod/mini";
import { isUuid } from "../protocol/id.ts";
import { readJsonLines } from "./json_lines.ts";
import { META, type RolloutMeta } from "./reader.ts";

/** What `"last"` may be held to, as Codex holds it. */
export interface RolloutFilter {
  /** The folder in which the thread was begun, or in which it was last continued. */
  readonly cwd?: string;
  readonly modelProvider?: string;
}

/** The path of the thread with this id, archived or not, or of the one that was written last. */
export async function findRollout(
  codexHome: string,
  id: string,
  filter: RolloutFilter = {},
): Promise<string | undefined> {
  if (id === "last") return await findLast(`${codexHome}/sessions`, filter);
  if (!isUuid(id)) return undefined;
  const ending = `-${id.toLowerCase()}.jsonl`;
  for (const folder of ["sessions", "archived_sessions"]) {
    for await (const path of rolloutFiles(`${codexHome}/${folder}`)) {
      if (path.toLowerCase().endsWith(ending)) return path;
    }
  }
  return undefined;
}

async function findLast(folder: string, filter: RolloutFilter): Promise<string | undefined> {
  const files: { path: string; writtenAt: number }[] = [];
  for await (const path of rolloutFiles(folder)) {
    const { mtime } = await Deno.lstat(path);
    files.push({ path, writtenAt: mtime?.getTime() ?? 0 });
  }
  files.sort((a, b) => b.writtenAt - a.writtenAt || (b.path > a.path ? 1 : -1));
  const wanted = { ...filter, ...filter.cwd !== undefined && { cwd: realPath(filter.cwd) } };
  for (const { path } of files) {
    if (await fits(path, wanted)) return path;
  }
  return undefined;
}

/** Folders are walked newest first: their names are dates. */
async function* rolloutFiles(folder: string, depth: number = 3): AsyncGenerator<string> {
  const entries = (await readDir(folder)).sort((a, b) => b.name > a.name ? 1 : -1);
  for (const { name, isFile, isDirectory } of entries) {
    const path = `${folder}/${name}`;
    if (isFile && name.startsWith("rollout-") && name.endsWith(".jsonl")) yield path;
    else if (isDirectory && depth > 0 && /^\d+$/.test(name)) yield* rolloutFiles(path, depth - 1);
  }
}

/** A folder that is not there, or not ours to read, holds nothing. */
async function readDir(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
    if ([NotFound, NotADirectory, PermissionDenied].some((kind) => error instanceof kind)) {
      return [];
    }
    throw error;
  }
}

async function fits(path: string, { cwd, modelProvider }: RolloutFilter): Promise<boolean> {
  const meta = await readMeta(path);
  if (!meta || isStartedByThread(meta)) return false;
  const provider = meta.model_provider ?? modelProvider;
  if (modelProvider !== undefined && provider !== modelProvider) return false;
  if (cwd === undefined || (meta.cwd !== undefined && realPath(meta.cwd) === cwd)) return true;
  const last = await lastTurnCwd(path);
  return last !== undefined && realPath(last) === cwd;
}

function isStartedByThread({ source }: RolloutMeta): boolean {
  return typeof source === "object" && source !== null;
}

const META_LINE = z.object({ type: z.literal("session_meta"), payload: META });

async function readMeta(path: string): Promise<RolloutMeta | undefined> {
  for await (const value of readJsonLines(path)) return META_LINE.safeParse(value).data?.payload;
  return undefined;
}

const TURN_LINE = z.object({
  type: z.literal("turn_context"),
  payload: z.object({ cwd: z.string() }),
});

/** Only the end of a long file is looked at: its last turn began there. */
async function lastTurnCwd(path: string): Promise<string | undefined> {
  let cwd: string | undefined;
  for await (const value of readJsonLines(path, { tailBytes: 1024 * 1024 })) {
    cwd = TURN_LINE.safeParse(value).data?.payload.cwd ?? cwd;
  }
  return cwd;
}

/** As it is written where it cannot be resolved: a folder may be gone since. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}
