/** A folder to work in and a home that points at the scripted server. */

export interface BenchPlace extends AsyncDisposable {
  readonly root: string;
  readonly cwd: string;
  readonly codexHome: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function createBenchPlace(serverUrl: string): Promise<BenchPlace> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex-bench-" }));
  const [cwd, codexHome] = [`${root}/work`, `${root}/home`];
  await Deno.mkdir(cwd);
  await Deno.mkdir(codexHome);
  await new Deno.Command("git", { args: ["init", "-q", cwd], stdin: "null" }).output();
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
  return {
    root,
    cwd,
    codexHome,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: codexHome,
      CODEX_HOME: codexHome,
      BENCH_KEY: "k",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      DENO_NO_UPDATE_CHECK: "1",
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}
