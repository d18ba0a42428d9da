/** A folder to work in, and homes that point at the scripted server. */

export interface BenchPlace extends AsyncDisposable {
  readonly cwd: string;
  /** With a home of its own for each program: what one leaves there is nothing to the others. */
  environmentOf(program: string): Promise<Readonly<Record<string, string>>>;
}

export async function createBenchPlace(serverUrl: string): Promise<BenchPlace> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex-bench-" }));
  const cwd = `${root}/work`;
  await Deno.mkdir(cwd);
  await new Deno.Command("git", { args: ["init", "-q", cwd], stdin: "null" }).output();
  return {
    cwd,
    async environmentOf(program) {
      const home = `${root}/home ${program.replaceAll("/", "-")}`;
      await Deno.mkdir(home, { recursive: true });
      await writeOnce(`${home}/config.toml`, configuration(serverUrl, cwd));
      return {
        PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
        HOME: home,
        CODEX_HOME: home,
        BENCH_KEY: "k",
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
        DENO_NO_UPDATE_CHECK: "1",
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** A user's file was not written a moment ago: what has just changed is looked at more closely. */
async function writeOnce(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

function configuration(serverUrl: string, cwd: string): string {
  return `model = "gpt-5.1-codex"
model_provider = "bench"
approval_policy = "never"
[model_providers.bench]
name = "bench"
base_url = "${serverUrl}"
env_key = "BENCH_KEY"
wire_api = "responses"
[projects."${cwd}"]
trust_level = "trusted"
`;
}
