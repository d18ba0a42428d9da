/** The programs that are measured: decodex from source, and the real Codex where npm has it. */

export interface Program {
  readonly name: string;
  /** The argument vector up to the prompt. */
  readonly command: readonly string[];
}

export interface Fixture {
  readonly cwd: string;
  readonly codexHome: string;
}

const PEER_VERSION = "0.169.0";
const ROOT = new URL("../..", import.meta.url).pathname;

/** `DECODEX` names another form of the program, e.g. a compiled one. */
export function decodex(): Program {
  const form = Deno.env.get("DECODEX");
  const program = form ? [form] : [Deno.execPath(), "run", "-A", `${ROOT}main.ts`];
  return { name: form ? "decodex (compiled)" : "decodex (source)", command: [...program, ...EXEC] };
}

const EXEC = ["exec", "--skip-git-repo-check", "-s", "danger-full-access"];

/** Installs the peer into a cache folder once; absent where the registry does not answer. */
export async function codex(): Promise<Program | undefined> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const dir = `${cache}/decodex-peer/${PEER_VERSION}`;
  const bin = `${dir}/node_modules/.bin/codex`;
  if (!await exists(bin)) {
    await Deno.mkdir(dir, { recursive: true });
    const args = ["install", "--no-audit", "--no-fund", "--prefix", dir];
    const npm = new Deno.Command("npm", {
      args: [...args, `@openai/codex@${PEER_VERSION}`],
      stdout: "null",
      stderr: "null",
    });
    const { success } = await npm.output().catch(() => ({ success: false }));
    if (!success) return undefined;
  }
  const native = await nativeBinary(dir);
  return { name: `codex ${PEER_VERSION}`, command: [native ?? bin, ...EXEC] };
}

/** The program itself, without the Node launcher in front of it: the peer at its fastest. */
async function nativeBinary(dir: string): Promise<string | undefined> {
  const find = new Deno.Command("find", {
    args: [`${dir}/node_modules/@openai`, "-type", "f", "-name", "codex", "-perm", "-u+x"],
  });
  const { stdout } = await find.output();
  return new TextDecoder().decode(stdout).split("\n").find((path) =>
    path.includes("/bin/") || path.includes("/codex/")
  );
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** A folder to work in and a home that points at the scripted server. */
export async function createFixture(serverUrl: string): Promise<Fixture> {
  const root = await Deno.makeTempDir({ prefix: "decodex-bench-" });
  const cwd = `${root}/work`;
  const codexHome = `${root}/home`;
  await Deno.mkdir(cwd);
  await Deno.mkdir(codexHome);
  await new Deno.Command("git", { args: ["init", "-q", cwd] }).output();
  await Deno.writeTextFile(
    `${codexHome}/config.toml`,
    `model = "gpt-5.1-codex"
model_provider = "bench"
approval_policy = "never"
[model_providers.bench]
name = "bench"
base_url = "${serverUrl}"
env_key = "BENCH_KEY"
wire_api = "responses"
[projects."${cwd}"]
trust_level = "trusted"
`,
  );
  return { cwd, codexHome };
}
