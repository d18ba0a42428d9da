/** Secrets in the hands of tools: what the server, the reader and the session file get of them. */

import { deepStrictEqual, match } from "node:assert/strict";
import {
  commandLine,
  createPlace,
  KEY,
  type Place,
  run,
  type RunOptions,
  sessionFiles,
} from "../support/program.ts";
import type { ScriptItem } from "../support/responses_server.ts";

const TOKEN = "ghp_abcdefghij0123456789ABCDEFGHIJ";
const STATIC = "static-header-secret";
const CONFIG = `[model_providers.other]
base_url = "https://other.invalid/v1"
http_headers = { Authorization = "Bearer ${STATIC}" }`;

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function withToken(place: Place): RunOptions {
  return { cwd: place.cwd, env: { ...place.env, MY_GITHUB_TOKEN: TOKEN } };
}

/** None of these may be found anywhere. */
const SPELLINGS = [KEY, TOKEN, STATIC, base64(KEY), base64(`${KEY}\n`), base64(TOKEN)];

function found(text: string): string[] {
  return SPELLINGS.filter((spelling) => text.includes(spelling));
}

function calls(...items: readonly ScriptItem[]): { items: readonly ScriptItem[] } {
  return { items };
}

function command(cmd: string, args: Readonly<Record<string, unknown>> = {}): ScriptItem {
  return { call: "exec_command", args: { cmd, ...args }, id: crypto.randomUUID() };
}

async function plant(place: Place): Promise<void> {
  await Deno.writeTextFile(`${place.cwd}/.env`, `KEY=${KEY}\nTOKEN=${TOKEN}\nA=1\n${STATIC}\n`);
  await Deno.writeTextFile(`${place.home}/auth.json`, `{"OPENAI_API_KEY":"${TOKEN}x"}`);
}

/** Every way in which a tool's words reach somebody. */
async function heardBy(place: Place): Promise<string> {
  const files = await Promise.all(
    (await sessionFiles(place.home)).map((f) => Deno.readTextFile(f)),
  );
  const bodies = place.server.requests.map(({ text }) => text);
  return [...files, ...bodies].join("\n");
}

Deno.test("what a tool reads of a secret is neither sent, shown nor stored", async () => {
  const patch = "*** Begin Patch\n*** Update File: .env\n@@\n-A=1\n+A=2\n*** End Patch\n";
  await using place = await createPlace([
    calls(
      command("cat .env; base64 .env; printf %s $(head -1 .env | cut -c5-) | base64; cat .env >&2"),
      command(
        'head -1 .env | cut -c5- | base64; env; cat "$CODEX_HOME/auth.json" ../home/auth.json',
      ),
      { call: "shell_command", args: { command: "cat .env; exit 3" }, id: "s" },
      { call: "shell", args: { command: ["cat", ".env"] }, id: "v" },
    ),
    calls(
      { custom: "apply_patch", input: patch, id: "p" },
      { call: "exec_command", args: { cmd: "cat .env", workdir: `/${KEY}` }, id: "w" },
      { call: KEY, args: {}, id: "u" },
      { call: "view_image", args: { path: `/${KEY}.png` }, id: "i" },
      command(`yes "$(cat .env)" | head -c 100000`),
    ),
    calls(`The key is ${KEY}.`),
  ], { config: CONFIG });
  await plant(place);
  const args = ["--json", "-s", "danger-full-access", "x"];
  const { code, stdout, stderr } = await run(args, withToken(place));
  deepStrictEqual([code, stderr], [0, ""]);
  match(stdout, /\[redacted: SCRIPTED_KEY\]/);
  match(stdout, /\[redacted: MY_GITHUB_TOKEN\]/);
  match(stdout, /\[redacted: Authorization\]/);
  deepStrictEqual(found(stdout), []);
  const files = (await sessionFiles(place.home)).map((file) => Deno.readTextFileSync(file));
  deepStrictEqual(files.map(found), [[]]);
  // The model's own words, a call's arguments among them, go back to it as they were.
  const outputs = place.server.requests.map(({ body }) =>
    JSON.stringify(body.input.filter((item) => String(item["type"]).endsWith("_output")))
  );
  match(outputs.at(-1) ?? "", /\[redacted: SCRIPTED_KEY\]/);
  deepStrictEqual(outputs.map(found), [[], [], []]);
  // Edits leave what they do not touch alone.
  deepStrictEqual(
    await Deno.readTextFile(`${place.cwd}/.env`),
    `KEY=${KEY}\nTOKEN=${TOKEN}\nA=2\n${STATIC}\n`,
  );
});

Deno.test("a session that goes on looks at its output without secrets, and a later process as well", async () => {
  await using place = await createPlace((_, { input }) => {
    const last = JSON.stringify(input.at(-1));
    const id = /session ID (\d+)/.exec(last)?.[1];
    if (id !== undefined) {
      return calls({
        call: "write_stdin",
        args: { session_id: Number(id), chars: "\n", yield_time_ms: 5000 },
        id: crypto.randomUUID(),
      });
    }
    const script = "cat .env; read line; cat .env";
    return input.at(-1)?.["type"] === "message"
      ? calls(command(script, { tty: true, yield_time_ms: 250 }))
      : calls("done");
  }, { config: CONFIG });
  await plant(place);
  const options = withToken(place);
  const first = await run(["--json", "x"], options);
  const second = await run(["exec", "resume", "--last", "--json", "y"], options);
  deepStrictEqual([first.code, second.code], [0, 0]);
  deepStrictEqual([first, second].map(({ stdout, stderr }) => found(stdout + stderr)), [[], []]);
  const heard = await heardBy(place);
  deepStrictEqual(found(heard), []);
  match(heard, /\[redacted: SCRIPTED_KEY\]/);
});

Deno.test("a person at a terminal sees no secret either", async () => {
  const under = ["script", "-qec"];
  await using place = await createPlace([
    { items: [command("cat .env")] },
    { items: [`It is ${KEY}.`], deltaSize: 3 },
  ], { config: CONFIG });
  await plant(place);
  const words = [...commandLine(), "x"].map((word) => `'${word}'`).join(" ");
  const { code, stdout } = await run([], {
    ...withToken(place),
    program: [...under, words, "/dev/null"],
  });
  deepStrictEqual([code, found(stdout)], [0, []]);
  match(stdout, /KEY=\[redacted: SCRIPTED_KEY\]/);
  match(stdout, /It is \[redacted: SCRIPTED_KEY\]\.\r\n/);
});

Deno.test("by default commands get no variable that is called like a secret", async () => {
  const script = [calls(command("env")), calls("done")];
  const env = { GITHUB_TOKEN: TOKEN, COPY: KEY, MONKEY_HOME: "/zoo", OTHER: "kept" };
  for (const isOff of [false, true]) {
    const config = `shell_environment_policy.ignore_default_excludes = ${isOff}`;
    await using place = await createPlace(script, isOff ? { config } : {});
    const options = { cwd: place.cwd, env: { ...place.env, ...env } };
    const { code, stdout } = await run(["--json", "x"], options);
    const names = ["OTHER", "MONKEY_HOME", "GITHUB_TOKEN", "SCRIPTED_KEY", "COPY"];
    const seen = names.filter((name) => stdout.includes(`\\n${name}=`));
    const expected = isOff ? ["OTHER", "MONKEY_HOME", "GITHUB_TOKEN"] : ["OTHER"];
    deepStrictEqual([code, seen], [0, expected]);
  }
});

Deno.test("wrong arguments are quoted without what commands a terminal", async () => {
  await using place = await createPlace([calls("never")]);
  const options = { cwd: place.cwd, env: place.env };
  for (
    const args of [
      ["--x\x1b]0;title\x07\u202ey"],
      ["--sandbox", "read\x1b[2J-only\x9b31m"],
      ["--cd", "/no\x1b]52;c;eA==\x1b\\where"],
      ["-c", "mo\x1b[31mdel=1"],
      ["-p", "pro\x1b[31mfile", "x"],
      ["exec", "resume", "a\x1b[1;1Hb-1234567"],
    ]
  ) {
    const text = await run(args, options);
    // deno-lint-ignore no-control-regex
    deepStrictEqual(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(text.stdout + text.stderr), false);
    match(text.stderr, /^error: /);
    const json = await run([...args, "--json"], options);
    // deno-lint-ignore no-control-regex
    deepStrictEqual(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(json.stdout + json.stderr), false);
  }
});
