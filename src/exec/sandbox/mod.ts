/** The ladder: which levels of confinement are tried, and how a process is put into one. */

import { isBelow } from "../../policy/writable_roots.ts";
import type { Confinement, LevelFault, SandboxLevel } from "../../protocol/confinement.ts";
import { unreachable } from "../../protocol/error.ts";
import { realPlace } from "../real_place.ts";
import { POLICY_FROM, POLICY_VARIABLE } from "../self_command.ts";
import { bubblewrapArguments } from "./bubblewrap.ts";
import type { LaunchPolicy } from "./launch.ts";
import { layPlaceholders } from "./placeholders.ts";
import { findProtected } from "./protected.ts";
import { seatbeltArguments } from "./seatbelt.ts";

export interface ConfineOptions {
  readonly confinement: Confinement;
  /** The command, unconfined. */
  readonly argv: readonly string[];
  /** This program, up to where a hidden command follows. */
  readonly self: readonly string[];
  /** May be written whatever the confinement says. */
  readonly tempDir?: string;
  /** Where bubblewrap is looked for. */
  readonly searchPath: string;
  /** A bubblewrap before 0.8, which cannot refuse namespaces inside. */
  readonly oldBubblewrap?: boolean;
}

export interface Confined {
  readonly argv: readonly string[];
  /** What it has to find in its environment beside its own. */
  readonly env?: Readonly<Record<string, string>>;
  /** What nothing but a look afterwards holds: a process beside the confined one has to take it. */
  readonly watched: readonly string[];
  /** Takes away what was laid out for it, once it has ended. */
  sweep(): Promise<void>;
}

/** From the strongest level to `none`; below one that was asked for by name as well. */
export function levelsFrom(
  wanted: SandboxLevel | "auto",
  os: string = Deno.build.os,
): SandboxLevel[] {
  const ladder = LADDERS[os] ?? ["none"];
  if (wanted === "auto") return [...ladder];
  const at = ladder.indexOf(wanted);
  return at < 0 ? [wanted, "none"] : ladder.slice(at);
}

const LADDERS: Readonly<Record<string, readonly SandboxLevel[]>> = {
  linux: ["bubblewrap", "landlock", "none"],
  darwin: ["seatbelt", "none"],
};

export function confine(level: SandboxLevel, wanted: ConfineOptions): Confined {
  const options = withoutExchanged(wanted);
  switch (level) {
    case "bubblewrap":
      return byBubblewrap(options);
    case "landlock":
      return byLandlock(options);
    case "seatbelt": {
      const { confinement, argv } = options;
      const wrapped = [...seatbeltArguments(confinement, folders(options)), ...argv];
      return { argv: wrapped, watched: [], sweep: nothing };
    }
    case "none":
      return { argv: options.argv, watched: [], sweep: nothing };
    default:
      return unreachable(level);
  }
}

/** What was a folder when it was to be opened may be a link by now, and lead anywhere. */
function withoutExchanged({ confinement, tempDir, ...options }: ConfineOptions): ConfineOptions {
  const { writableRoots } = confinement;
  return {
    ...options,
    confinement: {
      ...confinement,
      ...writableRoots && { writableRoots: writableRoots.filter(isItself) },
    },
    ...tempDir !== undefined && isItself(tempDir) && { tempDir },
  };
}

function isItself(path: string): boolean {
  return realPlace(path) === path;
}

function byBubblewrap(options: ConfineOptions): Confined {
  const { confinement, argv } = options;
  const { existing, absent, links } = findProtected(confinement.protectedPaths);
  const placeholders = layPlaceholders(absent, options.searchPath);
  const args = bubblewrapArguments({
    confinement,
    closed: [...existing, ...placeholders.paths],
    alsoWritable: folders(options),
    refuseNamespaces: !options.oldBubblewrap,
  });
  // Nothing can be mounted on a link, nor where nothing can be laid.
  const unlaid = absent.filter((path) => !placeholders.paths.includes(path));
  return {
    argv: [...args, ...argv],
    watched: [...links, ...placeholders.lasting ? unlaid : absent],
    sweep: placeholders.sweep,
  };
}

function byLandlock(options: ConfineOptions): Confined {
  const { confinement: { writableRoots = ["/"], network, protectedPaths }, self, argv } = options;
  const { existing, absent, links } = findProtected(protectedPaths);
  const policy: LaunchPolicy = {
    confine: { writable: [...writableRoots, ...folders(options)], closed: existing, network },
    cwd: "/",
  };
  return {
    argv: [...self, "__exec", POLICY_FROM.environment, "--", ...argv],
    env: { [POLICY_VARIABLE]: JSON.stringify(policy) },
    watched: [...existing, ...absent, ...links]
      .filter((path) => writableRoots.some((root) => isBelow(path, root))),
    sweep: nothing,
  };
}

function folders({ tempDir }: ConfineOptions): string[] {
  return tempDir === undefined ? [] : [tempDir];
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

/** `reason` is what the level's own attempt said. */
export function faultOf(level: SandboxLevel, reason: string): LevelFault {
  return { level, reason, remedy: remedyOf(level, reason) };
}

function remedyOf(level: SandboxLevel, reason: string): string {
  switch (level) {
    case "bubblewrap":
      if (/Requires run access/.test(reason)) return "name bwrap in --allow-run";
      return /not found|No such file|NotFound|is not bubblewrap/.test(reason)
        ? "install the package bubblewrap"
        : "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, or " +
          "kernel.apparmor_restrict_unprivileged_userns=0)";
    case "landlock":
      return "use Linux 5.13 or later with landlock among the kernel's security modules (lsm=)";
    case "seatbelt":
      return "use macOS";
    case "none":
      return "";
  }
}
