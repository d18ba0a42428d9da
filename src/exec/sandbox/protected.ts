/** What the protected paths of a confinement are on this machine: there, not there, links. */

import { parentOf, withoutDots } from "../real_path.ts";
import { realPlace } from "../real_place.ts";
import { isPlaceholder, type Look, lookAt } from "./protected_look.ts";

export interface ProtectedPlaces {
  /** Files and folders that are there. */
  readonly existing: readonly string[];
  /** Where nothing is, or what another session has put there to have something. */
  readonly absent: readonly string[];
  /** Links: where they lead is among the existing ones, their own place cannot be mounted over. */
  readonly links: readonly string[];
}

/** Without a wait: the host process starts behind it. */
export function findProtected(paths: readonly string[]): ProtectedPlaces {
  const existing = new Set<string>();
  const absent: string[] = [];
  const links: string[] = [];
  for (const path of new Set(paths)) {
    const look = standing(path);
    if (!look || isPlaceholder(path, look)) absent.push(path);
    else if (look.kind === "link") links.push(path);
    else existing.add(path);
  }
  return { existing: [...existing], absent, links };
}

/**
 * A path with all that it stands for: where a link leads, be it there or not, and the folders of a
 * repository, which a worktree's or submodule's `.git` names.
 */
export async function placesOf(path: string): Promise<string[]> {
  const { end, isThere } = endOf(path);
  const named = isThere && path.endsWith("/.git") ? await namedIn(end) : [];
  return [...new Set([path, end, ...named])];
}

const MOST_LINKS = 8;

function endOf(path: string): { end: string; isThere: boolean } {
  let end = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    // Most of them are not there: to hear so twice takes twice as long.
    const look = standing(end);
    const real = look && realPlace(end);
    if (real !== undefined) return { end: real, isThere: true };
    const target = look?.target;
    if (target === undefined) return { end, isThere: false };
    const folder = realPlace(parentOf(end)) ?? parentOf(end);
    // What is not there has no other way.
    end = withoutDots(target.startsWith("/") ? target : `${folder}/${target}`);
  }
  return { end, isThere: false };
}

/** `gitdir: PATH`, and there `commondir` names one more. Nothing is waited for where it is a folder. */
async function namedIn(path: string): Promise<string[]> {
  if (standing(path)?.kind !== "file") return [];
  const named = /^gitdir: (.+)$/m.exec(await smallText(path))?.[1];
  const folder = named === undefined ? undefined : realPlace(absolute(named, parentOf(path)));
  if (folder === undefined) return [];
  const common = (await smallText(`${folder}/commondir`)).trim();
  const shared = common === "" ? undefined : realPlace(absolute(common, folder));
  return shared === undefined ? [folder] : [folder, shared];
}

async function smallText(path: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile || info.size > 64 * 1024) return "";
  return await Deno.readTextFile(path).catch(() => "");
}

/** Where this process may not look, nothing is that it could speak of. */
function standing(path: string): Look | undefined {
  try {
    return lookAt(path);
  } catch {
    return undefined;
  }
}

function absolute(path: string, folder: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}
