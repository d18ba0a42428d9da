/** What the protected paths of a confinement are on this machine: there, not there, links. */

import { isBelow } from "../../policy/writable_roots.ts";
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
 * All that a path stands for: where it ends, the links on the way there, and the folders of a
 * repository, which a worktree's or submodule's `.git` names. Links, and what is not there, only
 * below one of the `roots`: elsewhere nobody exchanges the one or makes the other.
 */
export async function placesOf(path: string, roots: readonly string[] = ["/"]): Promise<string[]> {
  const way = wayOf(path);
  const named = way.isThere && path.endsWith("/.git") ? await namedIn(way.end) : [];
  const isOpen = (place: string): boolean => roots.some((root) => isBelow(place, root));
  const places = [way, ...named].flatMap(({ links, end, isThere }) => [
    ...links.filter(isOpen),
    ...isThere || isOpen(end) ? [end] : [],
  ]);
  return [...new Set(places)];
}

/** As the kernel has it. */
const MOST_LINKS = 40;

interface Way {
  /** Each by its own real place. */
  readonly links: readonly string[];
  readonly end: string;
  readonly isThere: boolean;
}

function wayOf(path: string): Way {
  const links: string[] = [];
  const folder = parentOf(path);
  // Mostly there is no link above, and nothing to go through.
  let at = realPlace(folder) === folder && folder !== "/" ? folder : "";
  const ahead = path.slice(at.length).split("/");
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    if (part === ".." && at !== "") at = at.slice(0, at.lastIndexOf("/"));
    if (part === "" || part === "." || part === "..") continue;
    const next = `${at}/${part}`;
    const look = standing(next);
    // What is not there has no other way.
    if (!look) return { links, end: withoutDots([next, ...ahead].join("/")), isThere: false };
    if (look.target === undefined) {
      at = next;
      continue;
    }
    if (links.length === MOST_LINKS) return { links, end: next, isThere: false };
    links.push(next);
    if (look.target.startsWith("/")) at = "";
    ahead.unshift(...look.target.split("/"));
  }
  return { links, end: at || "/", isThere: true };
}

/**
 * `gitdir: PATH`, and there `commondir` names one more; what is not there could be made. Nothing is
 * waited for where it is a folder.
 */
async function namedIn(path: string): Promise<Way[]> {
  if (standing(path)?.kind !== "file") return [];
  const named = /^gitdir: (.+)$/m.exec(await smallText(path))?.[1];
  if (named === undefined) return [];
  const folder = wayOf(absolute(named, parentOf(path)));
  const common = (await smallText(`${folder.end}/commondir`)).trim();
  return [folder, ...common === "" ? [] : [wayOf(absolute(common, folder.end))]];
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
