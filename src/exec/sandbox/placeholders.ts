/** Empty folders where a protected path is not there, so that something can be mounted on them. */

/** Waits for the end of its input, which comes however its starter ends, then removes the folders. */
const SCRIPT = 'cat >/dev/null; for each in "$@"; do rmdir -- "$each" 2>/dev/null; done';
/** In bubblewrap like the host process: nothing else is started here, nor has to be allowed. */
const JANITOR = ["--unshare-user", "--unshare-net", "--bind", "/", "/", "--dev", "/dev", "--"];
/** The longest that the end of a session waits for it. */
const SWEEP_LIMIT_MS = 500;

export interface Placeholders {
  /** The folders that were made; a folder that takes no new entry needs none. */
  readonly paths: readonly string[];
  sweep(): Promise<void>;
}

/** Git passes over an empty `.git`. Only what was made here is removed, and only while it is empty. */
export async function layPlaceholders(absent: readonly string[]): Promise<Placeholders> {
  const paths: string[] = [];
  for (const path of absent) {
    const made = await Deno.mkdir(path, { mode: 0o755 }).then(() => true, () => false);
    if (made) paths.push(path);
  }
  if (paths.length === 0) return { paths, sweep: () => Promise.resolve() };
  const janitor = startJanitor(paths);
  return {
    paths,
    async sweep() {
      await janitor?.stdin.close().catch(() => {});
      const timer = setTimeout(() => janitor?.kill("SIGKILL"), SWEEP_LIMIT_MS);
      await janitor?.status;
      clearTimeout(timer);
      // What it could not remove: it may not have started, and as root it is nobody elsewhere.
      for (const path of paths) await Deno.remove(path).catch(() => {});
    },
  };
}

function startJanitor(paths: readonly string[]): Deno.ChildProcess | undefined {
  try {
    return new Deno.Command("bwrap", {
      args: [...JANITOR, "/bin/sh", "-c", SCRIPT, "decodex-janitor", ...paths],
      env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" },
      clearEnv: true,
      cwd: "/",
      detached: true,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch {
    // Without it an orderly end still removes them.
    return undefined;
  }
}
