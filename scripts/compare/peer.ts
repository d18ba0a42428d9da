/** Brings codex-cli 0.115.0 from npm into a cache folder of our own. */

export const PEER_VERSION = "0.115.0";

/** The path of its program; fails where npm is missing or cannot fetch it. */
export async function installPeer(): Promise<string> {
  const folder = `${cacheFolder()}/codex-${PEER_VERSION}`;
  const program = `${folder}/node_modules/.bin/codex`;
  if (await exists(program)) return program;
  await Deno.mkdir(folder, { recursive: true });
  const npm = new Deno.Command("npm", {
    args: [
      "install",
      "--no-audit",
      "--no-fund",
      "--no-save",
      "--fetch-retries=1",
      "--prefix",
      folder,
      `@openai/codex@${PEER_VERSION}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(180_000),
  });
  const { success, stderr } = await npm.output();
  if (success) return program;
  const reason = new TextDecoder().decode(stderr).trim().split("\n")[0];
  throw new Error(`Cannot install codex ${PEER_VERSION} from npm: ${reason}`);
}

function cacheFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${cache}/decodex`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
