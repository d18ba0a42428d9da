/** The program against a scripted server: prompts in, answers out. */

import { deepStrictEqual, match } from "node:assert/strict";
import type { RequestBody } from "../support/responses_server.ts";
import {
  createPlace,
  events,
  KEY,
  machine,
  type Place,
  run,
  type RunOptions,
  sessionFiles,
} from "../support/program.ts";

const ANSWER = [{ items: ["hi back"] }];

function within(place: Place, options: Partial<RunOptions> = {}): RunOptions {
  return { cwd: place.cwd, env: place.env, ...options };
}

/** The text of the last user message of a request. */
function promptOf(body: RequestBody | undefined): string {
  const message = body?.input.findLast(({ role }) => role === "user");
  const parts = (message?.["content"] ?? []) as { type: string; text?: string }[];
  return parts.map((part) => part.text ?? `(${part.type})`).join("");
}

Deno.test("a prompt goes out as Codex sends it, and the answer is all of standard output", async () => {
  await using place = await createPlace(ANSWER);
  const { code, stdout, stderr } = await run(["hello", "there"], within(place));
  deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: "hi back\n", stderr: "" });
  const [request, ...others] = place.server.requests;
  deepStrictEqual(others.length, 0);
  deepStrictEqual(request?.path, "/v1/responses");
  deepStrictEqual(promptOf(request?.body), "hello there");
  const headers = new Map(request?.headers);
  deepStrictEqual(headers.get("authorization"), `Bearer ${KEY}`);
  deepStrictEqual(headers.get("originator"), "codex_exec");
  match(
    headers.get("user-agent") ?? "",
    /^codex_exec\/0\.115\.0 \(.+ \d+\.\d+\.\d+; \w+\) xterm-256color \(decodex; \d+\.\d+\.\d+\)$/,
  );
});

Deno.test("--json shows a turn with a command from its start to its sum", async () => {
  await using place = await createPlace([
    { items: ["Looking.", { call: "exec_command", args: { cmd: "echo hi; exit 3" }, id: "c1" }] },
    { items: ["Done."] },
  ]);
  const { code, stdout, stderr } = await run(["exec", "--json", "x"], within(place));
  deepStrictEqual([code, stderr], [0, ""]);
  const [started, ...rest] = events(stdout);
  deepStrictEqual(Object.keys(started ?? {}), [
    "type",
    "thread_id",
    "schema_version",
    "decodex_version",
    "model",
    "provider",
    "sandbox",
  ]);
  const command = {
    id: "item_1",
    type: "command_execution",
    command: "/bin/bash -lc 'echo hi; exit 3'",
  };
  deepStrictEqual(rest, [
    { type: "turn.started" },
    { type: "item.completed", item: { id: "item_0", type: "agent_message", text: "Looking." } },
    {
      type: "item.started",
      item: { ...command, aggregated_output: "", exit_code: null, status: "in_progress" },
    },
    {
      type: "item.completed",
      item: { ...command, aggregated_output: "hi\n", exit_code: 3, status: "failed" },
    },
    { type: "item.completed", item: { id: "item_2", type: "agent_message", text: "Done." } },
    {
      type: "turn.completed",
      usage: {
        input_tokens: 200,
        cached_input_tokens: 0,
        output_tokens: 40,
        reasoning_output_tokens: 0,
      },
    },
  ]);
});

Deno.test("piped text is the prompt, or goes along with it", async () => {
  await using place = await createPlace(ANSWER);
  const cases: [string[], RunOptions["stdin"], string][] = [
    [["exec", "-"], "from stdin\n", "from stdin\n"],
    [["exec"], "from stdin\n", "from stdin\n"],
    [[], "from stdin\n", "from stdin\n"],
    [["the prompt"], "piped extra\n", "the prompt\n\n<stdin>\npiped extra\n</stdin>"],
    [["the prompt"], "", "the prompt"],
  ];
  const sent: string[] = [];
  for (const [args, stdin] of cases) {
    const { code } = await run(args, within(place, stdin === undefined ? {} : { stdin }));
    deepStrictEqual(code, 0, args.join(" "));
    sent.push(promptOf(place.server.requests.at(-1)?.body));
  }
  deepStrictEqual(sent, cases.map(([, , prompt]) => prompt));
});

Deno.test("a standard input that never closes does not hold up a run with a prompt", async () => {
  await using place = await createPlace(ANSWER);
  const { code, stdout, ms } = await run(["hello"], within(place, { stdin: { open: true } }));
  deepStrictEqual([code, stdout, ms < 10_000], [0, "hi back\n", true]);
  deepStrictEqual(promptOf(place.server.requests[0]?.body), "hello");
});

Deno.test("no prompt, wrong flags and wrong folders end with 2 and ask nothing", async () => {
  await using place = await createPlace(ANSWER);
  const cases: [string[], RegExp][] = [
    [["exec"], /No prompt provided via stdin\./],
    [["--jsn", "x"], /--json/],
    [["-C", "/nowhere/at/all", "x"], /--cd "\/nowhere/],
    [["--output-schema", "none.json", "x"], /none\.json/],
    [["-o", "/nowhere/answer.txt", "x"], /\/nowhere\/answer\.txt/],
    [["exec", "resume", "0199a213-81c0-7800-8aa1-bbab2a035a53", "x"], /0199a213/],
    [["exec", "resume", "--last", "x"], /resume/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await run(args, within(place));
    deepStrictEqual([code, stdout], [2, ""], args.join(" "));
    match(stderr, message);
    match(stderr, /^error: /m);
  }
  deepStrictEqual(place.server.requests.length, 0);
});

Deno.test("with --json even a run that cannot begin ends in turn.failed", async () => {
  await using place = await createPlace(ANSWER);
  await Deno.writeTextFile(`${place.root}/bad.toml`, "model = \n");
  const { SCRIPTED_KEY: _, ...keyless } = place.env;
  const cases: [string[], RunOptions["env"], number][] = [
    [["--json", "--nope", "x"], place.env, 2],
    [["exec", "--experimental-json"], place.env, 2],
    [["--json", "--config-file", `${place.root}/bad.toml`, "x"], place.env, 3],
    [["--json", "-c", 'model_provider="nobody"', "x"], place.env, 3],
    [["--json", "-p", "nobody", "x"], place.env, 3],
    [["--json", "x"], keyless, 4],
  ];
  for (const [args, env, expected] of cases) {
    const { code, stdout } = await run(args, within(place, { env }));
    const last = events(stdout).at(-1);
    deepStrictEqual([code, last?.["type"], last?.["exit_code"]], [
      expected,
      "turn.failed",
      expected,
    ], args.join(" "));
  }
  deepStrictEqual(place.server.requests.length, 0);
});

Deno.test("without a key the newcomer reads what to set, and that --demo exists", async () => {
  await using place = await createPlace(ANSWER);
  const env = { ...machine(), HOME: `${place.root}/nobody` };
  const { code, stdout, stderr } = await run(["hello"], within(place, { env }));
  deepStrictEqual([code, stdout], [4, ""]);
  match(stderr, /OPENAI_API_KEY/);
  match(stderr, /--demo/);
});

Deno.test("-o takes the answer without a newline, and is empty after a failure", async () => {
  await using place = await createPlace((n) => n === 0 ? { items: ["hi back"] } : { status: 400 });
  const file = `${place.cwd}/answer.txt`;
  deepStrictEqual((await run(["-o", "answer.txt", "x"], within(place))).code, 0);
  deepStrictEqual(await Deno.readTextFile(file), "hi back");
  deepStrictEqual((await run(["-o", "answer.txt", "x"], within(place))).code, 1);
  deepStrictEqual(await Deno.readTextFile(file), "");
});

Deno.test("--output-schema asks for JSON and holds the answer against it", async () => {
  await using place = await createPlace((n) => ({ items: [n === 0 ? '{"a":"x"}' : '{"a":1}'] }));
  const schema = {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  };
  await Deno.writeTextFile(`${place.cwd}/schema.json`, JSON.stringify(schema));
  const good = await run(["--output-schema", "schema.json", "x"], within(place));
  deepStrictEqual([good.code, good.stdout], [0, '{"a":"x"}\n']);
  deepStrictEqual(place.server.requests[0]?.body["text"], {
    format: { type: "json_schema", strict: true, schema, name: "codex_output_schema" },
  });
  const bad = await run(["--json", "--output-schema", "schema.json", "x"], within(place));
  const last = events(bad.stdout).at(-1);
  deepStrictEqual([bad.code, last?.["exit_code"], last?.["reason"]], [9, 9, "output_schema"]);
});

Deno.test("images go before the words", async () => {
  await using place = await createPlace(ANSWER);
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await Deno.writeFile(`${place.cwd}/a.png`, Uint8Array.fromBase64(png));
  const { code } = await run(["-i", "a.png,a.png", "look"], within(place));
  deepStrictEqual(code, 0);
  deepStrictEqual(
    promptOf(place.server.requests[0]?.body),
    "<image name=[Image #1]>(input_image)</image><image name=[Image #2]>(input_image)</image>look",
  );
});

Deno.test("exec resume goes on with the history, in the same thread and file", async () => {
  await using place = await createPlace((n) => ({ items: [`answer ${n}`] }));
  await run(["first"], within(place));
  const [file = ""] = await sessionFiles(place.home);
  const id = file.slice(-42, -6);
  deepStrictEqual(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  const byId = await run(["exec", "resume", id, "second"], within(place));
  const last = await run(["exec", "--json", "resume", "--last", "third"], within(place));
  deepStrictEqual([byId.stdout, last.code], ["answer 1\n", 0]);
  deepStrictEqual(events(last.stdout)[0]?.["thread_id"], id);
  deepStrictEqual(await sessionFiles(place.home), [file]);
  const bodies = place.server.requests.map(({ body }) => body);
  deepStrictEqual(bodies.map((body) => body["prompt_cache_key"]), [id, id, id]);
  const said = bodies[2]?.input.slice(-5).map((item) =>
    (item["content"] as { text: string }[])[0]?.text
  );
  deepStrictEqual(said, ["first", "answer 0", "second", "answer 1", "third"]);
});

Deno.test("--ephemeral, and a home that cannot be written, keep no session", async () => {
  await using place = await createPlace(ANSWER);
  deepStrictEqual((await run(["--ephemeral", "x"], within(place))).code, 0);
  deepStrictEqual(await sessionFiles(place.home), []);
  await Deno.writeTextFile(`${place.home}/sessions`, "in the way");
  const { code, stdout, stderr } = await run(["x"], within(place));
  deepStrictEqual([code, stdout], [0, "hi back\n"]);
  match(stderr, /^warning: .*session/m);
});

Deno.test("without HOME and with an empty one the program works all the same", async () => {
  await using place = await createPlace(ANSWER);
  const { HOME: _, CODEX_HOME: __, ...homeless } = place.env;
  const args = [
    ...["-c", 'model_provider="s"', "-c", `model_providers.s.base_url="${place.server.url}"`],
    "x",
  ];
  for (const env of [homeless, { ...homeless, HOME: "" }, { ...homeless, HOME: place.cwd }]) {
    const { code, stdout } = await run(args, within(place, { env }));
    deepStrictEqual([code, stdout], [0, "hi back\n"]);
  }
});

Deno.test("the demo works without key, network and configuration", async () => {
  await using place = await createPlace(ANSWER);
  await Deno.writeTextFile(`${place.cwd}/README.md`, "# My project\n\nText.\n");
  const env = { ...machine(), HOME: place.root, TMPDIR: `${place.root}/tmp` };
  await Deno.mkdir(`${place.root}/tmp`);
  for (const args of [["--demo", "my task"], ["-c", 'model_provider="demo"', "my task"]]) {
    const { code, stdout, stderr } = await run(args, within(place, { env }));
    deepStrictEqual([code, stderr], [0, ""]);
    for (const part of ["my task", "README.md", "# My project", "applied (M "]) {
      deepStrictEqual(stdout.includes(part), true, `${part} in ${stdout}`);
    }
  }
  deepStrictEqual(await Array.fromAsync(Deno.readDir(`${place.root}/tmp`)), []);
  deepStrictEqual(await Deno.readTextFile(`${place.cwd}/README.md`), "# My project\n\nText.\n");
  deepStrictEqual((await run(["--demo"], within(place, { env }))).code, 0);
});

Deno.test("what the model and its commands say cannot command a terminal", async () => {
  const evil = "a\x1b]52;c;eA==\x07b\x1b[2Jc\x9b31md\u202ee";
  await using place = await createPlace([
    {
      items: [evil, {
        call: "exec_command",
        args: { cmd: "printf 'x\\033[2J\\033]0;t\\007'" },
        id: "c",
      }],
    },
    { items: [evil], deltaSize: 1 },
  ]);
  const text = await run(["x"], within(place));
  deepStrictEqual([text.code, text.stdout, text.stderr], [0, "abcde\n", ""]);
  const json = await run(["--json", "x"], within(place));
  // deno-lint-ignore no-control-regex
  deepStrictEqual(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(json.stdout), false);
});

Deno.test("commands see neither the key nor may the session file hold it", async () => {
  await using place = await createPlace([
    { items: [{ call: "exec_command", args: { cmd: "env" }, id: "c" }] },
    { items: ["done"] },
  ]);
  const { stdout } = await run(["--json", "x"], within(place));
  const [file = ""] = await sessionFiles(place.home);
  const kept = await Deno.readTextFile(file);
  deepStrictEqual([stdout.includes("PATH="), kept.includes("PATH=")], [true, true]);
  deepStrictEqual([stdout.includes(KEY), kept.includes(KEY)], [false, false]);
});

Deno.test("help and version need no configuration", async () => {
  await using place = await createPlace(ANSWER);
  const env = { ...machine(), CODEX_HOME: "/nowhere" };
  const version = await run(["--version"], within(place, { env }));
  deepStrictEqual([version.code, version.stdout], [0, "decodex 0.1.0\n"]);
  for (const args of [["--help"], ["exec", "--help"], ["exec", "resume", "-h"], ["help"]]) {
    const { code, stdout } = await run(args, within(place, { env }));
    deepStrictEqual([code, stdout.includes("Examples:")], [0, true]);
  }
});

for (const [config, reads] of [["", 5], ["features.shell_snapshot = false\n", 4]] as const) {
  Deno.test(`login files are read by ${reads} shells where the file says "${config.trim()}"`, async () => {
    const commands = ["true", "true", "sleep 1", "echo $A"];
    const calls = commands.map((cmd, n) => ({
      items: [{ call: "exec_command", args: { cmd }, id: `${n}` }],
    }));
    await using place = await createPlace([...calls, { items: ["done"] }], { config });
    await Deno.writeTextFile(`${place.root}/.bash_profile`, "echo >>~/read; export A=1\n");
    const { code } = await run(["-s", "danger-full-access", "x"], place);
    const said = place.server.requests.at(-1)?.body.input.at(-1)?.["output"];
    deepStrictEqual([code, `${said}`.trim().split("\n").at(-1)], [0, "1"]);
    deepStrictEqual((await Deno.readTextFile(`${place.root}/read`)).length, reads);
  });
}
