/** README's action for CI, and the workflows: what they run is there and does what is said. */

import { deepStrictEqual, match, ok } from "node:assert/strict";
import { sectionOf } from "../../scripts/release/changelog.ts";
import { VERSION as OWN_VERSION } from "../../src/cli/version.ts";
import { commandLine, createPlace, events, KEY, type Place } from "../support/program.ts";
import { createStage, script, serveFiles, type Stage, VERSION } from "../support/fake_release.ts";
import type { Script } from "../support/responses_server.ts";

const ROOT = new URL("../../", import.meta.url);

/** The shell's part of a step, by the step's name. */
function scriptsOf(yaml: string): Map<string, string> {
  const steps = yaml.split(/^ *- (?=name: )/m).slice(1);
  return new Map(steps.flatMap((step) => {
    const name = /^name: (.*)/.exec(step)?.[1] ?? "";
    const [, indent = "", lines] = /^( *)run: \|\n((?:\1 {2}.*\n|\n)*)/m.exec(step) ?? [];
    return lines === undefined
      ? []
      : [[name, lines.replaceAll(new RegExp(`^${indent}  `, "gm"), "")]];
  }));
}

async function actionScripts(): Promise<Map<string, string>> {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const block = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1];
  ok(block, "README has no block of YAML");
  match(block, /- name: Keep the events\n +if: always\(\)\n +uses: actions\/upload-artifact@v/);
  const scripts = scriptsOf(block);
  deepStrictEqual([...scripts.keys()], ["Install", "Ask"]);
  for (const text of scripts.values()) {
    deepStrictEqual(text.includes("${{"), false, "an input is pasted into a script");
  }
  return scripts;
}

/** As the runner does it. */
async function step(text: string, env: Record<string, string>, cwd: string): Promise<number> {
  const { code } = await new Deno.Command("bash", {
    args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", text],
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  return code;
}

/** A release whose program is this one. */
async function releaseOfThis(): Promise<Stage> {
  const command = commandLine().map((part) => `'${part}'`).join(" ");
  const stage = await createStage([
    script(
      "decodex",
      `[ "$1" = --version ] && { echo decodex ${VERSION}; exit; }\nexec ${command} "$@"`,
    ),
  ]);
  await Deno.copyFile(new URL("scripts/install.sh", ROOT), `${stage.release}/install.sh`);
  return stage;
}

interface Asked {
  readonly code: number;
  readonly last: Record<string, unknown> | undefined;
  readonly output: string;
  readonly summary: string;
  readonly place: Place;
}

const PROMPT = 'say "$(touch stolen)" `touch stolen`; exit 3\n--help';

async function ask(reply: Script, check: (asked: Asked) => void): Promise<void> {
  await using stage = await releaseOfThis();
  await using server = serveFiles(stage.release);
  await using place = await createPlace(reply, { provider: "request_max_retries = 0" });
  const scripts = await actionScripts();
  const env = {
    ...place.env,
    RUNNER_TEMP: stage.tmp,
    GITHUB_OUTPUT: `${stage.root}/output`,
    GITHUB_STEP_SUMMARY: `${stage.root}/summary`,
  };
  const installing = { ...env, DECODEX_RELEASES: server.url };
  deepStrictEqual(await step(scripts.get("Install") ?? "", installing, place.cwd), 0);
  const asking = { ...env, OPENAI_API_KEY: KEY, PROMPT, SANDBOX: "read-only" };
  const code = await step(scripts.get("Ask") ?? "", asking, place.cwd);
  const text = (path: string) => Deno.readTextFile(path).catch(() => "");
  check({
    code,
    last: events(await text(`${stage.tmp}/events.jsonl`)).at(-1),
    output: await text(`${stage.root}/output`),
    summary: await text(`${stage.root}/summary`),
    place,
  });
  const left = await Array.fromAsync(Deno.readDir(place.cwd));
  deepStrictEqual(left, [], "the prompt was run as a command");
}

Deno.test("README's action installs, asks, keeps events and answer", async () => {
  await ask([{ items: ["All is well."] }], ({ code, last, output, summary, place }) => {
    deepStrictEqual([code, last?.["type"], output], [0, "turn.completed", "exit-code=0\n"]);
    deepStrictEqual(summary.trimEnd(), "All is well.");
    const [request] = place.server.requests;
    ok(request?.text.includes(JSON.stringify(PROMPT).slice(1, -1)), "the prompt as it was given");
  });
});

Deno.test("README's action ends with decodex's exit code, and the events tell why", async () => {
  await ask(
    [{ status: 401, raw: '{"error":{"message":"no"}}' }],
    ({ code, last, output, summary }) => {
      deepStrictEqual([code, last?.["type"], output], [4, "turn.failed", "exit-code=4\n"]);
      deepStrictEqual(summary, "");
    },
  );
});

Deno.test("workflows run tasks that there are, with pinned actions and no rights unasked", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const folder = new URL(".github/workflows/", ROOT);
  const found = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    match(text, /^permissions:\n {2}contents: read\n/m);
    for (const [, task = ""] of text.matchAll(/deno task ([\w:]+)/g)) found.add(task);
    for (const [, action] of text.matchAll(/uses: (.*)/g)) match(action ?? "", /@v\d+\.\d+\.\d+$/);
    for (const [, version] of text.matchAll(/deno-version: (.*)/g)) {
      ok((await Deno.readTextFile(new URL(".ci/run", ROOT))).includes(`DENO_VERSION=${version}\n`));
    }
    for (const script of scriptsOf(text).values()) ok(!script.includes("${{"), script);
  }
  deepStrictEqual([...found].sort(), ["ok", "release"]);
  deepStrictEqual([...found].filter((task) => !(task in tasks)), []);
});

Deno.test("the changelog tells of this version", async () => {
  const changelog = await Deno.readTextFile(new URL("CHANGELOG.md", ROOT));
  match(sectionOf(changelog, OWN_VERSION) ?? "", /\S/);
});
