/** What the front process gives up before it does anything, since it needs it at no time. */

import { giveUp, holds, type PermissionName } from "../exec/permissions.ts";
import type { Flags } from "./args.ts";
import { FLAGS } from "./flags.ts";

const GIVEN_UP: readonly PermissionName[] = ["sys", "import"];
/** What Deno opens only for who holds every permission; `/dev/null` and the like aside. */
const SPECIAL = /^\/(?:dev\/(?!null$)|proc\/|sys\/)/;
const PLACES = ["HOME", "CODEX_HOME", "TMPDIR"];

/**
 * Where the user has named a file or folder of `/dev`, `/proc` or `/sys` (`-o /dev/stderr`,
 * `--output-schema <(…)`, a TMPDIR in `/dev/shm`) nothing is given up: it could not be opened. `ffi`
 * follows before commands can run (`closeOwnMemory`).
 */
export function giveUpRights(flags: Flags): void {
  const held = GIVEN_UP.filter(holds);
  if (held.length > 0 && !namesSpecialPlace(flags)) giveUp(held);
}

function namesSpecialPlace(flags: Flags): boolean {
  const named = FLAGS.filter(({ value = "" }) => ["FILE", "PATH", "DIR"].includes(value))
    .flatMap(({ name, many }) => many ? flags.list(name) : [flags.text(name) ?? ""]);
  return [...named, ...surroundings()].some((path) => SPECIAL.test(path));
}

/** Without leave to know them there is none to open them. */
function surroundings(): string[] {
  try {
    return [Deno.cwd(), ...PLACES.map((name) => Deno.env.get(name) ?? "")].map((path) =>
      `${path}/`
    );
  } catch {
    return [];
  }
}
