/** A fresh repository and CODEX_HOME for one program in one scenario. */

import type { Scenario } from "./scenario.ts";
import { PNG } from "./scenarios.ts";

export interface Workspace extends AsyncDisposable {
  readonly repo: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

const REPO_FILES = {
  "a.txt": "one\ntwo\nthree\n",
  "sub/inner.txt": "inner\n",
} as const;

export async function createWorkspace(scenario: Scenario, baseUrl: string): Promise<Workspace> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "compare_" }));
  const [repo, home] = [`${root}/repo`, `${root}/home`];
  await writeFiles(repo, { ...REPO_FILES, ...scenario.repo });
  await Deno.writeFile(`${repo}/p.png`, Uint8Array.fromBase64(PNG));
  await writeFiles(home, {
    ...scenario.home,
    "config.toml": configToml(scenario, { repo, baseUrl }),
  });
  const env = environment(home);
  await commitAll(repo, env);
  return {
    repo,
    home,
    env,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = `${root}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}

function configToml(
  scenario: Scenario,
  { repo, baseUrl }: { repo: string; baseUrl: string },
): string {
  const keys = {
    model: '"gpt-5.1-codex"',
    model_provider: '"scripted"',
    approval_policy: '"never"',
    sandbox_mode: '"danger-full-access"',
    ...scenario.config,
  };
  const lines = Object.entries(keys).map(([key, value]) =>
    `${key} = ${value.replaceAll("<repo>", repo)}`
  );
  // Without the shell's snapshot commands see the environment that is given here, and no other.
  return `${lines.join("\n")}

[model_providers.scripted]
name = "scripted"
base_url = "${baseUrl}"
wire_api = "responses"
env_key = "SCRIPTED_KEY"

[projects."${repo}"]
trust_level = "trusted"

[features]
shell_snapshot = false

[skills.bundled]
enabled = false

${scenario.tables ?? ""}`;
}

/** The same for both programs; a commit's hash depends on its dates. */
function environment(home: string): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: home,
    CODEX_HOME: home,
    SCRIPTED_KEY: "scripted-key",
    SHELL: "/bin/bash",
    TERM: "xterm-256color",
    TZ: "Etc/UTC",
    LANG: "C.UTF-8",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_AUTHOR_NAME: "A",
    GIT_AUTHOR_EMAIL: "a@example.org",
    GIT_AUTHOR_DATE: "2026-01-02T03:04:05Z",
    GIT_COMMITTER_NAME: "A",
    GIT_COMMITTER_EMAIL: "a@example.org",
    GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z",
  };
}

async function commitAll(repo: string, env: Record<string, string>): Promise<void> {
  const remote = "https://user:token@example.org/some/repo.git";
  for (
    const args of [
      ["init", "--quiet", "--initial-branch=main"],
      ["remote", "add", "origin", remote],
      ["add", "--all"],
      ["commit", "--quiet", "--message=start"],
    ]
  ) {
    const git = new Deno.Command("git", { args, cwd: repo, env, stderr: "piped" });
    const { success, stderr } = await git.output();
    if (!success) throw new Error(`Cannot run git ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  }
}
