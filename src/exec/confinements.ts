/** What a turn's sandbox policy means on this machine: real folders, and what stays closed in them. */

import {
  isBelow,
  isProtectedName,
  protectedBelow,
  writableRoots,
} from "../policy/writable_roots.ts";
import { type Confinement, UNCONFINED } from "../protocol/confinement.ts";
import type { RequestedPermissions } from "../protocol/policy.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { joined, parentOf } from "./real_path.ts";
import { realPlace } from "./real_place.ts";
import { placesOf } from "./sandbox/protected.ts";

export interface ConfinementPlaces {
  /** As the user has set it. */
  readonly tmpdir: string | undefined;
  readonly codexHome: string | undefined;
  /** The same as the user has named it, maybe by a link. */
  readonly homeName?: string;
  /**
   * Where a session's folders really were when they were first named, or would have been: a link
   * that a command puts in the place of one opens nothing in the turns that follow.
   */
  readonly known: Map<string, string>;
}

export interface ConfinementOptions extends ConfinementPlaces {
  /** Beside what the policy opens; paths as `resolveGrants` has given them. */
  readonly granted?: readonly RequestedPermissions[];
}

export async function confinementOf(
  { cwd, sandboxPolicy }: Pick<TurnContext, "cwd" | "sandboxPolicy">,
  { tmpdir, codexHome, homeName = codexHome, known, granted = [] }: ConfinementOptions,
): Promise<Confinement> {
  if (sandboxPolicy.type === "danger-full-access") return UNCONFINED;
  const knownFolder = (path: string): readonly string[] => {
    const place = known.get(path) ?? realPlace(path) ?? placeFor(path);
    known.set(path, place);
    return realFolder(place).filter((real) => real === place);
  };
  const wanted = writableRoots(sandboxPolicy, { cwd, tmpdir });
  const home = codexHome === undefined ? [] : knownFolder(codexHome);
  const opened = granted.flatMap(({ file_system }) => file_system?.write ?? []);
  const roots = [
    ...new Set([
      ...wanted.flatMap(knownFolder),
      ...opened.flatMap((path) => stillOpen(path, home)),
    ]),
  ];
  const holders = new Set(opened.length === 0 ? roots : [...roots, ...knownFolder(cwd)]);
  const named = [
    ...[...holders].flatMap(protectedBelow),
    ...homeName === undefined ? [] : [homeName],
  ];
  const closed = await Promise.all(named.map((path) => placesOf(path, roots)));
  return {
    writableRoots: roots,
    protectedPaths: roots.length === 0 ? [] : [...new Set([...closed.flat(), ...home])],
    network: sandboxPolicy.type === "workspace-write" && sandboxPolicy.network_access ||
      granted.some(({ network }) => network?.enabled),
  };
}

export interface ResolvedGrants {
  /** Paths are real ones. */
  readonly wanted: RequestedPermissions;
  /** What can be granted to nobody, as it was asked for. */
  readonly closed: readonly string[];
}

/**
 * Resolved once, before anybody is asked: a link that is set anew later opens nothing. Everything
 * at once has to be asked for by its name, `/`.
 */
export function resolveGrants(
  { network, file_system = {} }: RequestedPermissions,
  { codexHome }: Pick<ConfinementPlaces, "codexHome">,
): ResolvedGrants {
  const home = codexHome === undefined ? [] : realFolder(codexHome);
  const write: string[] = [];
  const closed: string[] = [];
  for (const path of new Set(file_system.write ?? [])) {
    const [real] = path.startsWith("/") ? realFolder(path) : [];
    const isOpen = real !== undefined && !isForNobody(real, home) && (real !== "/" || path === "/");
    if (isOpen) write.push(real);
    else closed.push(path);
  }
  const { read = [] } = file_system;
  const paths = { ...read.length > 0 && { read }, ...write.length > 0 && { write } };
  return {
    wanted: {
      ...network?.enabled && { network: { enabled: true } },
      ...Object.keys(paths).length > 0 && { file_system: paths },
    },
    closed,
  };
}

function stillOpen(path: string, home: readonly string[]): string[] {
  return realFolder(path).filter((real) => real === path && !isForNobody(real, home));
}

/** Whatever is granted, these are not. */
function isForNobody(path: string, home: readonly string[]): boolean {
  return path.split("/").some(isProtectedName) || home.some((folder) => isBelow(path, folder));
}

/** Of what is not there. */
function placeFor(path: string): string {
  const folder = parentOf(path);
  return joined(realPlace(folder) ?? folder, path.slice(path.lastIndexOf("/") + 1));
}

/** A root that is not there opens nothing. */
function realFolder(path: string): string[] {
  const real = realPlace(path);
  return real === undefined ? [] : [real];
}
