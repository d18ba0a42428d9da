/** Empty folders where a protected path is not there, so that something can be mounted on them. */

import { startAside } from "../aside.ts";
import { realPlace } from "../real_place.ts";
import { mayRun } from "../self_command.ts";
import { isPlaceholder, lookAt, PLACEHOLDER_MODE } from "./protected_look.ts";

/**
 * Waits for a word or for the end of its input, which comes however its starter ends, then removes
 * the folders that no other session holds. A starter that was killed may let go of them last.
 */
const SCRIPT = `read -r word || sleep 0.2
for each in "$@"; do
  if command -v flock >/dev/null; then (flock -n 9 && rmdir -- "$each") 9<"$each"
  else rmdir -- "$each"; fi
done`;
const SHELL = "/bin/sh";
/** Where nothing but bubblewrap may be started, that starts the shell; it takes longer. */
const JANITOR = ["--unshare-user", "--unshare-net", "--bind", "/", "/", "--dev", "/dev", "--"];
/** The longest that the end of a session waits for it. */
const SWEEP_LIMIT_MS = 500;
const MOST_TRIES = 5;

export interface Placeholders {
  /** The folders that are held; a folder that takes no new entry needs none. */
  readonly paths: readonly string[];
  /** Whether another session's end leaves them; that takes the program `flock`. */
  readonly lasting: boolean;
  sweep(): Promise<void>;
}

/**
 * Git passes over an empty `.git`. Several sessions may hold one; the last of them removes it, and
 * only while it is empty. One that was left behind is taken over. Without a wait: the host process
 * starts behind it. In `searchPath` are bubblewrap and what the one that removes them needs.
 */
export function layPlaceholders(absent: readonly string[], searchPath: string): Placeholders {
  const held = new Map<string, Deno.FsFile>();
  for (const path of absent) {
    const folder = hold(path);
    if (folder) held.set(path, folder);
  }
  const paths = [...held.keys()];
  const lasting = hasFlock();
  const janitor = paths.length === 0 ? undefined : startJanitor(paths, searchPath);
  return {
    paths,
    lasting,
    async sweep() {
      for (const [path, folder] of held) {
        if (!janitor) removeUnlessHeld(path, folder);
        folder.close();
      }
      if (janitor) await dismiss(janitor);
    },
  };
}

/** It does its work before it goes. */
async function dismiss(janitor: Deno.ChildProcess): Promise<void> {
  const writer = janitor.stdin.getWriter();
  await writer.write(new TextEncoder().encode("end\n")).catch(() => {});
  await writer.close().catch(() => {});
  const timer = setTimeout(() => janitor.kill("SIGKILL"), SWEEP_LIMIT_MS);
  await janitor.status;
  clearTimeout(timer);
}

/** With a lock that ends with this process. Absent where no folder can be made. */
function hold(path: string): Deno.FsFile | undefined {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    let folder: Deno.FsFile | undefined;
    try {
      makeFolder(path);
      folder = Deno.openSync(path);
      // Another session's end has it, and may have removed it before it could be held.
      if (folder.tryLockSync(false) && isAt(path, folder)) return folder;
      folder.close();
    } catch {
      folder?.close();
      return undefined;
    }
  }
  return undefined;
}

function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: PLACEHOLDER_MODE });
    // Whatever the mask of this process takes away.
    Deno.chmodSync(path, PLACEHOLDER_MODE);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if (!isPlaceholder(path, Deno.lstatSync(path))) throw error;
  }
}

function isAt(path: string, folder: Deno.FsFile): boolean {
  return lookAt(path)?.ino === folder.statSync().ino;
}

/** Not where this process may not look either: then the paths are watched. */
function hasFlock(): boolean {
  return ["/usr/bin/flock", "/bin/flock"].some((path) => realPlace(path) !== undefined);
}

/** Without it an orderly end still removes them. */
function startJanitor(
  paths: readonly string[],
  searchPath: string,
): Deno.ChildProcess | undefined {
  const script = [SHELL, "-c", SCRIPT, "decodex-janitor", ...paths];
  const command = mayRun(SHELL) ? script : ["bwrap", ...JANITOR, ...script];
  return startAside(command, { PATH: searchPath });
}

function removeUnlessHeld(path: string, folder: Deno.FsFile): void {
  try {
    if (folder.tryLockSync(true)) Deno.removeSync(path);
  } catch {
    // Somebody has put something into it.
  }
}
