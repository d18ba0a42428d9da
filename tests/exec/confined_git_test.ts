/** Git in the host process of a turn: what it tells, and how far what it can be made to run reaches. */

import { match, ok, strictEqual } from "node:assert/strict";
import { runConfinedGit } from "../../src/exec/confined_git.ts";
import { confinementOf } from "../../src/exec/confinements.ts";
import { runGit } from "../../src/exec/git.ts";
import type { LevelReport, Runner } from "../../src/exec/host_pool.ts";
import { openRunner, prepareTurn } from "../../src/exec/runner.ts";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import { isThere } from "../support/is_there.ts";
import { PLAIN_POLICY, until } from "./workspace.ts";

const PLACES = { tmpdir: undefined, codexHome: undefined, known: new Map() };

function policy(writable_roots: string[] = []): SandboxPolicy {
  return {
    type: "workspace-write",
    writable_roots,
    network_access: false,
    exclude_tmpdir_env_var: true,
    exclude_slash_tmp: true,
  };
}

/** A repository, a folder beside it that is closed, and what runs in the sandbox. */
class Stage {
  readonly #root = Deno.realPathSync(Deno.makeTempDirSync());
  readonly repo = `${this.#root}/repo`;
  readonly outside = `${this.#root}/outside`;
  readonly turn = { cwd: this.repo, sandboxPolicy: policy() };
  readonly runner: Runner;

  constructor(sandboxLevel: SandboxLevel | "auto") {
    for (const name of ["repo", "outside", "temp"]) Deno.mkdirSync(`${this.#root}/${name}`);
    this.runner = openRunner({
      environment: Deno.env.toObject(),
      environmentPolicy: PLAIN_POLICY,
      secretNames: [],
      threadId: crypto.randomUUID(),
      tempDir: `${this.#root}/temp`,
      sandboxLevel,
    });
    this.#git("init", "-q");
    Deno.writeTextFileSync(`${this.repo}/a.txt`, "a\n");
    this.#git("add", ".");
    this.#git("commit", "-q", "-m", "one");
  }

  async prepare(): Promise<LevelReport> {
    return await prepareTurn(this.runner, this.turn, PLACES);
  }

  async confined(args: string[], signal?: AbortSignal): Promise<string | undefined> {
    const call = { turn: this.turn, args, cwd: this.repo, ...signal && { signal } };
    return await runConfinedGit(call, { runner: this.runner, places: PLACES });
  }

  /** What the model's is by then: a filter that touches both places. */
  setFilter(): void {
    const text = `[filter "x"]\nclean = "touch '${this.repo}/ran' '${this.outside}/ran'; cat"\n`;
    Deno.writeTextFileSync(`${this.repo}/.git/config`, text, { append: true });
    Deno.writeTextFileSync(`${this.repo}/.gitattributes`, "* filter=x\n");
    Deno.writeTextFileSync(`${this.repo}/a.txt`, "b\n");
  }

  async exec(script: string, roots: string[] = []): Promise<string> {
    const params = [{ command: ["/bin/sh", "-c", script], cwd: this.repo, timeoutMs: 10_000 }];
    const turn = { ...this.turn, sandboxPolicy: policy(roots) };
    const call = { method: "exec", params, caller: caller() } as const;
    return (await this.runner.call(await confinementOf(turn, PLACES), call)).output;
  }

  /** A question of our own, with a script in place of git. */
  async ask(script: string): Promise<string | undefined> {
    const command = ["/bin/sh", "-c", script];
    const params = [{ command, cwd: this.repo, env: { PATH: "/usr/bin:/bin" }, limitMs: 10_000 }];
    const call = { method: "ask", params, caller: caller() } as const;
    return await this.runner.call(await confinementOf(this.turn, PLACES), call);
  }

  #git(...args: string[]): void {
    const user = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
    new Deno.Command("git", { args: [...user, ...args], cwd: this.repo }).outputSync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner.close();
    await Deno.remove(this.#root, { recursive: true });
  }
}

function caller() {
  return { callId: "c", signal: AbortSignal.timeout(20_000), report: () => {} };
}

/** Absent where the machine does not have the level. */
async function stageAt(level: SandboxLevel): Promise<Stage | undefined> {
  const stage = new Stage(level);
  const report = await stage.prepare();
  if (report.level === level) return stage;
  console.log(`skipped: git at the level ${level}: ${report.faults[0]?.reason}`);
  await stage[Symbol.asyncDispose]();
  return undefined;
}

Deno.test("in the host process git tells what it tells freely, and its errors are not heard", async () => {
  await using stage = new Stage("auto");
  const free = (args: string[]) => runGit(args, { cwd: stage.repo });
  for (
    const args of [["rev-parse", "HEAD"], ["config", "-z", "--list"], ["status", "--porcelain"]]
  ) {
    const told = await free(args);
    ok(told !== undefined);
    strictEqual(await stage.confined(args), told);
  }
  const warning = ["-c", "advice.nothing", "rev-parse", "--warn-nothing", "HEAD"];
  strictEqual(await stage.confined(warning), await free(warning));
  strictEqual(await stage.ask("echo out; echo err >&2"), "out\n");
});

Deno.test("in the host process git gives nothing where it fails, tells too much or is not awaited", async () => {
  await using stage = new Stage("auto");
  strictEqual(await stage.confined(["no-such-command"]), undefined);
  strictEqual(await stage.confined(["status"], AbortSignal.abort()), undefined);
  await Deno.writeTextFile(
    `${stage.repo}/.git/config`,
    `[a]\nb = ${"x".repeat(80)}\n`.repeat(60_000),
  );
  strictEqual(await stage.confined(["config", "-z", "--list"]), undefined);
  await stage.runner.close();
  strictEqual(await stage.confined(["rev-parse", "HEAD"]), undefined);
});

Deno.test("a question that is not awaited any more is ended with all that it has started", async () => {
  await using stage = new Stage("auto");
  const stop = new AbortController();
  const params = [{
    command: ["/bin/sh", "-c", "(sleep 1; touch late) & touch begun; wait"],
    cwd: stage.repo,
    env: { PATH: "/usr/bin:/bin" },
    limitMs: 10_000,
  }];
  const confinement = await confinementOf(stage.turn, PLACES);
  const asked = stage.runner.call(confinement, {
    method: "ask",
    params,
    caller: { ...caller(), signal: stop.signal },
  }).catch((error: unknown) => error);
  await until(() => isThere(`${stage.repo}/begun`));
  stop.abort("enough");
  strictEqual(await asked, "enough");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  strictEqual(isThere(`${stage.repo}/late`), false);
});

for (const level of ["bubblewrap", "landlock"] as const) {
  Deno.test(`a filter that git gets told of too late reaches no further than a command: ${level}`, async () => {
    await using stage = await stageAt(level);
    if (!stage) return;
    stage.setFilter();
    match(await stage.confined(["status", "--porcelain"]) ?? "", / M a\.txt/);
    strictEqual(isThere(`${stage.repo}/ran`), true);
    strictEqual(isThere(`${stage.outside}/ran`), false);
    // Started by this process, as before commands run, it would have reached it.
    await runGit(["status", "--porcelain"], { cwd: stage.repo });
    strictEqual(isThere(`${stage.outside}/ran`), true);
  });
}

Deno.test("while git alone is asked, what the user changes stays", async () => {
  await using stage = await stageAt("landlock");
  if (!stage) return;
  const asked = stage.ask("touch begun; sleep 0.3");
  await until(() => isThere(`${stage.repo}/begun`));
  await Deno.mkdir(`${stage.repo}/.codex`);
  await asked;
  strictEqual(await stage.exec("ls -d .codex"), ".codex\n");
});

Deno.test("what git is led to change beside a command is put back, and the next command told", async () => {
  await using stage = await stageAt("landlock");
  if (!stage) return;
  const command = stage.exec("touch running; while [ ! -e over ]; do sleep 0.02; done");
  await until(() => isThere(`${stage.repo}/running`));
  strictEqual(await stage.ask("mkdir .codex; echo told"), "told\n");
  strictEqual(isThere(`${stage.repo}/.codex`), false);
  await Deno.writeTextFile(`${stage.repo}/over`, "");
  match(await command, /put back as it was: .*\/\.codex\]/);
});

Deno.test("a command with other rights that begins meanwhile has git looked after as well", async () => {
  await using stage = await stageAt("landlock");
  if (!stage) return;
  const asked = stage.ask("touch begun; while [ ! -e go ]; do sleep 0.02; done; mkdir .codex");
  await until(() => isThere(`${stage.repo}/begun`));
  await stage.exec("true", [stage.outside]);
  await Deno.writeTextFile(`${stage.repo}/go`, "");
  await asked;
  strictEqual(isThere(`${stage.repo}/.codex`), false);
});
