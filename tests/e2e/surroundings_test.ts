/** Places where a program may find itself: without a home, a network, a terminal, a writable disk. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { currentForm } from "../support/form.ts";
import {
  commandLine,
  createPlace,
  type Place,
  type Run,
  run,
  type RunOptions,
} from "../support/program.ts";
import type { Reply, RequestBody } from "../support/responses_server.ts";

const FORM = currentForm();

/** A command whose output tells that it has run, and an answer. */
function oneCommand(_: number, { input }: RequestBody): Reply {
  return input.at(-1)?.["type"] === "function_call_output"
    ? { items: ["done"] }
    : { items: [{ call: "exec_command", args: { cmd: "echo ran-$((40 + 2))" }, id: "c" }] };
}

/** As little environment as the form can be started with. */
function bareEnvironment(): Record<string, string> {
  const env = FORM.env["DENO_DIR"] ?? Deno.env.get("DENO_DIR") ??
    `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`;
  return FORM.name === "source" || FORM.name === "url" ? { DENO_DIR: env } : {};
}

/** The flags that stand in for a configuration file. */
function configuredBy({ server }: Place): string[] {
  const provider = { name: "s", base_url: server.url, request_max_retries: 0 };
  const keys = Object.entries(provider).map(([key, value]) =>
    `model_providers.s.${key}=${JSON.stringify(value)}`
  );
  return ['model_provider="s"', 'model="gpt-5.1"', ...keys].flatMap((text) => ["-c", text]);
}

/** A turn with a command in it: both halves of the program work here. */
async function works(place: Place, options: RunOptions): Promise<Run> {
  const result = await run(["exec", ...configuredBy(place), "go"], options);
  deepStrictEqual([result.code, result.stdout], [0, "done\n"], result.stderr);
  match(outputOf(place), /ran-42/);
  return result;
}

/** What the model was told of its command. */
function outputOf({ server }: Place): string {
  return JSON.stringify(server.requests.at(-1)?.body.input.at(-1));
}

async function demoWorks(options: RunOptions): Promise<void> {
  const { code, stdout, stderr } = await run(["--demo", "my task"], options);
  deepStrictEqual(code, 0, stderr);
  match(stdout, /my task/);
  match(stdout, /applied \(/);
}

/** Whether a means of this test works here; says so where it does not. */
async function canUse(means: readonly string[], what: string): Promise<boolean> {
  const [program = "", ...args] = means;
  const reason = await new Deno.Command(program, { args, stdin: "null" })
    .output().then(
      ({ success, stderr }) => success ? undefined : new TextDecoder().decode(stderr).trim(),
      (error: Error) => error.message,
    );
  if (reason !== undefined) console.log(`skipped: ${what}: ${reason}`);
  return reason === undefined;
}

Deno.test("an empty environment is enough", async () => {
  await using place = await createPlace(oneCommand);
  const options = { cwd: place.cwd, env: bareEnvironment() };
  await works(place, options);
  await demoWorks(options);
});

Deno.test("without a network the demo works, and a provider is a network failure", async () => {
  const under = ["unshare", "-rn"];
  if (!await canUse([...under, "true"], "no network")) return;
  await using place = await createPlace(oneCommand);
  const options = { cwd: place.cwd, env: place.env, under };
  if (FORM.name === "url") await run(["--version"], { cwd: place.cwd, env: place.env });
  await demoWorks(options);
  const { code, stderr } = await run(["x"], options);
  deepStrictEqual(code, 5);
  match(stderr, /^error: /m);
});

Deno.test("a file system that cannot be written is told of, and the answer comes", async () => {
  const under = ["unshare", "-rm", "sh", "-c", 'mount -o remount,bind,ro / && exec "$@"', "sh"];
  if (!await canUse([...under, "true"], "a read-only file system")) return;
  await using place = await createPlace(oneCommand);
  const { stderr } = await works(place, { cwd: place.cwd, env: place.env, under });
  match(stderr, /^warning: .*session/m);
});

Deno.test("a temporary folder that cannot be written stops neither a command nor an answer", async () => {
  await using place = await createPlace(oneCommand);
  // A compiled program's runtime asks for an absolute one before any of ours is loaded.
  const empty = FORM.name === "compiled" ? [] : [""];
  for (const TMPDIR of ["/nonexistent", "/proc", ...empty]) {
    await works(place, { cwd: place.cwd, env: { ...place.env, TMPDIR } });
  }
});

Deno.test("what a project says to Deno and npm is nothing to the program", async () => {
  await using place = await createPlace(oneCommand);
  const hostile = {
    "deno.json": {
      imports: { zod: "./evil.ts", "@std/toml": "./evil.ts", "@std/cli": "./evil.ts" },
      nodeModulesDir: "manual",
      lock: { frozen: true },
      permissions: { default: { read: false } },
    },
    "package.json": { type: "commonjs", dependencies: { zod: "file:./evil" } },
    "deno.lock": { version: "5", specifiers: { "npm:zod@*": "0.0.0" } },
    "import_map.json": { imports: { zod: "./evil.ts" } },
  };
  for (const [name, content] of Object.entries(hostile)) {
    await Deno.writeTextFile(`${place.cwd}/${name}`, JSON.stringify(content));
  }
  await Deno.writeTextFile(`${place.cwd}/.npmrc`, "registry=http://127.0.0.1:9/\n");
  await Deno.writeTextFile(`${place.cwd}/evil.ts`, 'throw new Error("evil");\n');
  const before = await names(place.cwd);
  // From source the packages have to be in the cache; the other forms carry theirs.
  const fresh = FORM.name === "source" ? {} : { DENO_DIR: `${place.root}/deno_dir` };
  const { stderr } = await works(place, { cwd: place.cwd, env: { ...place.env, ...fresh } });
  deepStrictEqual([stderr.includes("evil"), await names(place.cwd)], [false, before]);
});

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("spaces and letters of any script may stand in every path", async () => {
  await using place = await createPlace(oneCommand);
  const cwd = `${place.root}/mein Ordner – ünï 日本 'x' "y"`;
  await Deno.mkdir(cwd);
  const program = await movedTo(`${cwd}/das Programm`);
  await works(place, { cwd, env: { ...place.env, HOME: cwd, CODEX_HOME: cwd }, program });
});

Deno.test("a link to the program is the program", async () => {
  if (FORM.name !== "compiled") return;
  await using place = await createPlace(oneCommand);
  const link = `${place.root}/a link`;
  await Deno.symlink(commandLine()[0] ?? "", link);
  await works(place, { cwd: place.cwd, env: place.env, program: [link] });
  const env = { ...place.env, PATH: `${place.root}:${place.env["PATH"]}` };
  await works(place, {
    cwd: place.cwd,
    env,
    under: ["sh", "-c", '"a link" "$@"', "sh"],
    program: [],
  });
});

Deno.test("as the first process of a container it works and ends", async () => {
  const under = ["unshare", "-rpf", "--mount-proc"];
  if (!await canUse([...under, "true"], "as process 1")) return;
  await using place = await createPlace(oneCommand);
  await works(place, { cwd: place.cwd, env: place.env, under });
});

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

async function canBeNobody(): Promise<boolean> {
  if (FORM.name !== "source") return await canUse([...NOBODY, "true"], "an unprivileged user");
  console.log("skipped: an unprivileged user, from source: the package cache is another's");
  return false;
}

/** Theirs, in a place that they may go through. */
async function folderOfNobody({ root }: Place): Promise<string> {
  const folder = `${root}/theirs`;
  await Deno.chmod(root, 0o755);
  await Deno.mkdir(folder);
  await Deno.chown(folder, 65534, 65534);
  return folder;
}

Deno.test("a user without rights can work with it", async () => {
  if (!await canBeNobody()) return;
  await using place = await createPlace(oneCommand);
  const home = await folderOfNobody(place);
  const env = { HOME: home, PATH: "/usr/bin:/bin" };
  await works(place, { cwd: home, env, under: NOBODY });
  const files = await Array.fromAsync(Deno.readDir(`${home}/.codex`));
  deepStrictEqual(files.map(({ name }) => name), ["sessions"]);
});

Deno.test("without a sandbox no command of that user's looks into decodex itself", async () => {
  if (!await canBeNobody()) return;
  const front = "$(cut -d ' ' -f 4 /proc/$PPID/stat)";
  const cmd = `f=${front}; test -d /proc/$f && cat /proc/$f/environ /proc/$f/maps && echo seen`;
  const script = [{ items: [{ call: "exec_command", args: { cmd }, id: "c" }] }, { items: ["ok"] }];
  await using place = await createPlace(script);
  const cwd = await folderOfNobody(place);
  const args = ["exec", ...configuredBy(place), "-s", "danger-full-access", "go"];
  const env = { HOME: cwd, PATH: "/usr/bin:/bin" };
  const { code } = await run(args, { cwd, env, under: NOBODY });
  const output = String(place.server.requests[1]?.body.input.at(-1)?.["output"]);
  strictEqual(code, 0);
  match(output, /environ: Permission denied\n.*maps: Permission denied\n$/s);
});

Deno.test("cron, which gives no terminal and hardly an environment, gets the answer alone", async () => {
  await using place = await createPlace(oneCommand);
  const env = {
    ...bareEnvironment(),
    HOME: place.root,
    LOGNAME: "root",
    PATH: "/usr/bin:/bin",
    SHELL: "/bin/sh",
  };
  const { stderr } = await works(place, { cwd: place.root, env });
  deepStrictEqual(stderr, "");
});

Deno.test("a terminal without colours gets none", async () => {
  const under = ["script", "-qec"];
  await using place = await createPlace(oneCommand);
  const words = [...commandLine(), "exec", ...configuredBy(place), "go"].map((word) => `'${word}'`);
  if (!await canUse([...under, "true", "/dev/null"], "a terminal")) return;
  for (const colours of [{ TERM: "dumb" }, { TERM: "xterm", NO_COLOR: "1" }]) {
    const env = { ...place.env, ...colours };
    const program = [...under, words.join(" "), "/dev/null"];
    const { code, stdout } = await run([], { cwd: place.cwd, env, program });
    deepStrictEqual([code, stdout.includes("done"), stdout.includes("\x1b")], [0, true, false]);
  }
});

/** The form's own files in another place; what has none there stays where it is. */
async function movedTo(path: string): Promise<readonly string[]> {
  const command = commandLine();
  const entry = command.at(-1) ?? "";
  switch (FORM.name) {
    case "compiled":
      await Deno.link(entry, path).catch(() => Deno.copyFile(entry, path));
      return [path];
    case "bundle": {
      await Deno.mkdir(path);
      const folder = entry.slice(0, entry.lastIndexOf("/"));
      for await (const { name } of Deno.readDir(folder)) {
        if (name.endsWith(".js")) await Deno.copyFile(`${folder}/${name}`, `${path}/${name}`);
      }
      return [...command.slice(0, -1), `${path}/decodex.js`];
    }
    case "source":
    case "url":
      return command;
  }
}
