/** What the protected paths of a confinement are on this machine: there, not there, links. */

import { parentOf } from "../real_path.ts";

export interface ProtectedPlaces {
  /** Files and folders that are there: `.git`, and the folders that a `.git` file leads to. */
  readonly existing: readonly string[];
  /** Where nothing is; their folder is there. */
  readonly absent: readonly string[];
  /** Links: where they lead is among the existing ones, their own place cannot be mounted over. */
  readonly links: readonly string[];
}

export async function findProtected(paths: readonly string[]): Promise<ProtectedPlaces> {
  const existing = new Set<string>();
  const absent: string[] = [];
  const links: string[] = [];
  for (const path of new Set(paths)) {
    const info = await Deno.lstat(path).catch(() => undefined);
    if (!info) absent.push(path);
    else if (info.isSymlink) links.push(path);
    const real = info && await Deno.realPath(path).catch(() => undefined);
    if (real === undefined) continue;
    for (const place of [real, ...await namedByGitFile(real)]) existing.add(place);
  }
  return { existing: [...existing], absent, links };
}

/** A worktree's or submodule's `.git` is a file: `gitdir: PATH`, and there `commondir` names more. */
async function namedByGitFile(path: string): Promise<string[]> {
  if (!path.endsWith("/.git")) return [];
  const named = /^gitdir: (.+)$/m.exec(await smallText(path))?.[1];
  const folder = named === undefined ? undefined : await resolved(parentOf(path), named);
  if (folder === undefined) return [];
  const common = (await smallText(`${folder}/commondir`)).trim();
  const shared = common === "" ? undefined : await resolved(folder, common);
  return shared === undefined ? [folder] : [folder, shared];
}

async function smallText(path: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile || info.size > 64 * 1024) return "";
  return await Deno.readTextFile(path).catch(() => "");
}

async function resolved(folder: string, path: string): Promise<string | undefined> {
  return await Deno.realPath(path.startsWith("/") ? path : `${folder}/${path}`)
    .catch(() => undefined);
}
