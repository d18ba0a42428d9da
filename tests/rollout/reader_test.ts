/** What comes back from session files: ours, Codex's and broken ones. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { UsageError } from "../../src/protocol/error.ts";
import { type ResponseItem, userMessage } from "../../src/protocol/response_item.ts";
import { findRollout } from "../../src/rollout/find.ts";
import { readRollout } from "../../src/rollout/reader.ts";
import { toResponseItem } from "../../src/rollout/stored_item.ts";

const ID = "01a201d7-0000-7000-8000-000000000001";
const OTHER_ID = "01a201d7-0000-7000-8000-000000000002";
const USAGE = {
  input_tokens: 100,
  cached_input_tokens: 0,
  output_tokens: 20,
  reasoning_output_tokens: 0,
  total_tokens: 120,
};

for (const version of ["0.115.0", "0.169.0"]) {
  Deno.test(`readRollout() brings back a thread of Codex ${version}`, async () => {
    const path = new URL(`../fixtures/rollout.${version}.jsonl`, import.meta.url).pathname;
    const rollout = await readRollout(path);
    strictEqual(rollout.threadId, ID);
    strictEqual(rollout.meta?.cli_version, version);
    deepStrictEqual(rollout.usage, {
      ...USAGE,
      input_tokens: 300,
      output_tokens: 60,
      total_tokens: 360,
    });
    deepStrictEqual(rollout.lastUsage, USAGE);
    strictEqual(rollout.cwd, "/repo");
    deepStrictEqual([rollout.brokenLines, rollout.droppedItems], [0, []]);
    const [developer, environment, ...items] = rollout.items;
    strictEqual(developer?.type === "message" && developer.role, "developer");
    strictEqual(environment?.type === "message" && environment.role, "user");
    const [prompt, call, output, ...rest] = items;
    deepStrictEqual([prompt, call, ...rest], [
      userMessage("first prompt"),
      {
        type: "function_call",
        name: "exec_command",
        arguments: '{"cmd":"echo one"}',
        call_id: "c1",
      },
      answer("first answer"),
      userMessage("second prompt"),
      answer("second answer"),
    ]);
    strictEqual(output?.type === "function_call_output" && output.call_id, "c1");
  });
}

Deno.test("readRollout() reads past a torn tail, foreign lines and bytes that are no text", async () => {
  using home = tempHome();
  const path = home.write([
    line("session_meta", { id: ID }),
    line("world_state", { full: true }),
    "null",
    "[1]",
    "",
    '{"type":"response_item"}',
    line("response_item", { type: "ghost_snapshot", ghost_commit: {} }),
    line("response_item", userMessage("kept")),
    line("event_msg", { type: "token_count", info: null }),
    line("event_msg", { type: "token_count", info: { total_token_usage: "many" } }),
    line("compacted", { replacement_history: "none" }),
  ]);
  await Deno.writeFile(path, Uint8Array.of(0xff, 0, 0xfe, 0x0a, 0x7b, 0x22, 0xe2, 0x82), {
    append: true,
  });
  deepStrictEqual(await readRollout(path), {
    threadId: ID,
    meta: { id: ID },
    items: [userMessage("kept")],
    brokenLines: 5,
    droppedItems: ["ghost_snapshot"],
  });
});

Deno.test("readRollout() takes the thread's id from the file's name where its first line is lost", async () => {
  using home = tempHome();
  const path = home.write([line("response_item", userMessage("hi"))]);
  const rollout = await readRollout(path);
  deepStrictEqual([rollout.threadId, rollout.meta], [ID, undefined]);
  await Deno.rename(path, `${home.path}/odd.jsonl`);
  await rejects(readRollout(`${home.path}/odd.jsonl`), UsageError);
});

Deno.test("readRollout() puts a compaction in history's place", async () => {
  using home = tempHome();
  const lines = [
    line("session_meta", { id: ID }),
    line("response_item", userMessage("old")),
    line("response_item", answer("old answer")),
    tokens(),
  ];
  const replacement = [userMessage("old"), userMessage("summary")];
  const replaced = home.write([
    ...lines,
    line("compacted", { message: "summary", replacement_history: replacement }),
    line("response_item", userMessage("new")),
  ]);
  const { items, usage, lastUsage } = await readRollout(replaced);
  deepStrictEqual(items, [...replacement, userMessage("new")]);
  deepStrictEqual([usage, lastUsage], [USAGE, undefined]);
  const older = home.write([...lines, line("compacted", { message: "summary" })]);
  deepStrictEqual((await readRollout(older)).items, replacement);
});

Deno.test("readRollout() leaves out turns that were taken back", async () => {
  using home = tempHome();
  const turn = (text: string) => [
    line("response_item", userMessage(text)),
    line("event_msg", { type: "user_message", message: text }),
    line("response_item", answer(`to ${text}`)),
  ];
  const path = home.write([
    line("session_meta", { id: ID }),
    line("response_item", userMessage("<environment_context>")),
    ...["one", "two", "three"].flatMap(turn),
    line("event_msg", { type: "thread_rolled_back", num_turns: 2 }),
    ...turn("four"),
  ]);
  deepStrictEqual((await readRollout(path)).items, [
    userMessage("<environment_context>"),
    ...["one", "four"].flatMap((text) => [userMessage(text), answer(`to ${text}`)]),
  ]);
});

Deno.test("readRollout() reads lines of any length", async () => {
  using home = tempHome();
  const long = "é".repeat(700_000);
  const path = home.write([
    line("session_meta", { id: ID }),
    line("response_item", userMessage(long)),
    line("response_item", userMessage("after")),
  ]);
  deepStrictEqual((await readRollout(path)).items, [userMessage(long), userMessage("after")]);
});

Deno.test("toResponseItem() keeps what is sent and nothing else", () => {
  const call = {
    type: "custom_tool_call",
    status: "completed",
    call_id: "c",
    name: "n",
    input: "",
  };
  const image = { type: "input_image", image_url: "data:image/png;base64,AA==" };
  const result = '{"output":"Success\\n","metadata":{"exit_code":1,"duration_seconds":0.7}}';
  const table: [stored: unknown, item: unknown][] = [
    [{ ...call, id: "ctc_1", metadata: {} }, call],
    [output("plain"), output("plain")],
    [output('{"output":"my own JSON"}'), output('{"output":"my own JSON"}')],
    [output(result), output(result)],
    [
      { ...output(result), type: "custom_tool_call_output" },
      {
        type: "custom_tool_call_output",
        call_id: "c",
        output: "Exit code: 1\nWall time: 0.7 seconds\nOutput:\nSuccess\n",
      },
    ],
    [output([image, { type: "input_audio" }]), output([image])],
    [output({ content: "odd" }), output('{"content":"odd"}')],
    [{ type: "function_call_output", call_id: "c" }, undefined],
    [{ type: "function_call_output", output: "no call" }, undefined],
    [{ type: "function_call", name: "f", arguments: "{}", call_id: 5 }, undefined],
    [{ type: "message", role: "user", content: [{ type: "input_file" }] }, undefined],
    [{ type: "message", role: "robot", content: [] }, undefined],
    [{ type: "message", role: "user", content: "text" }, undefined],
    [
      { type: "reasoning", id: "rs", summary: [], content: null, encrypted_content: "x" },
      { type: "reasoning", summary: [], content: null, encrypted_content: "x" },
    ],
    [
      { type: "web_search_call", id: "ws", status: "completed", action: { type: "other" } },
      { type: "web_search_call", status: "completed", action: { type: "other" } },
    ],
    [{ type: "tool_search_call", call_id: "c" }, undefined],
    [null, undefined],
    ["text", undefined],
  ];
  for (const [stored, item] of table) deepStrictEqual(toResponseItem(stored), item);
});

Deno.test("findRollout() finds a thread by its whole id, archived or not", async () => {
  using home = tempHome();
  const path = home.write([]);
  strictEqual(await findRollout(home.path, ID.toUpperCase()), path);
  strictEqual(await findRollout(home.path, ID.slice(1)), undefined);
  strictEqual(await findRollout(home.path, "../../x"), undefined);
  strictEqual(await findRollout(home.path, OTHER_ID), undefined);
  const archived = `${home.path}/archived_sessions/rollout-2026-01-01T00-00-00-${OTHER_ID}.jsonl`;
  await Deno.mkdir(`${home.path}/archived_sessions`);
  await Deno.writeTextFile(archived, "");
  strictEqual(await findRollout(home.path, OTHER_ID), archived);
  strictEqual(await findRollout(`${home.path}/none`, ID), undefined);
});

Deno.test("findRollout() follows no link below sessions", async () => {
  using home = tempHome();
  const path = home.write([]);
  const hidden = `${home.path}/hidden.jsonl`;
  await Deno.rename(path, hidden);
  await Deno.symlink(hidden, path);
  await Deno.symlink(home.path, `${home.path}/sessions/2027`);
  strictEqual(await findRollout(home.path, ID), undefined);
  strictEqual(await findRollout(home.path, "last"), undefined);
});

Deno.test("findRollout() gives the thread written last, in this folder and with this provider", async () => {
  using home = tempHome();
  const turn = line("turn_context", { cwd: "/moved", model: "m" });
  const paths = [
    { id: 3, meta: { cwd: "/a", model_provider: "x" }, lines: [turn] },
    { id: 4, meta: { cwd: "/a", model_provider: "y" } },
    { id: 5, meta: { cwd: "/b", model_provider: "x" } },
    { id: 6, meta: { cwd: "/a", model_provider: "x", source: { subagent: "review" } } },
  ].map(({ id, meta, lines = [] }) => {
    const path = home.write([line("session_meta", { ...meta, id: String(id) }), ...lines], id);
    Deno.utimeSync(path, id, id);
    return path;
  });
  const find = (filter?: { cwd?: string; modelProvider?: string }) =>
    findRollout(home.path, "last", filter);
  strictEqual(await find(), paths[2]);
  strictEqual(await find({ cwd: "/a" }), paths[1]);
  strictEqual(await find({ cwd: "/a", modelProvider: "x" }), paths[0]);
  strictEqual(await find({ cwd: "/moved" }), paths[0]);
  strictEqual(await find({ cwd: "/elsewhere" }), undefined);
});

function line(type: string, payload: unknown): string {
  return JSON.stringify({ timestamp: "2026-11-22T05:59:52.284Z", type, payload });
}

function tokens(): string {
  const info = { total_token_usage: USAGE, last_token_usage: USAGE };
  return line("event_msg", { type: "token_count", info });
}

function answer(text: string): ResponseItem {
  return { type: "message", role: "assistant", content: [{ type: "output_text", text }] };
}

function output(output: unknown): Record<string, unknown> {
  return { type: "function_call_output", call_id: "c", output };
}

function tempHome(): Disposable & { path: string; write(lines: string[], n?: number): string } {
  const path = Deno.makeTempDirSync();
  return {
    path,
    write(lines, n = 1): string {
      const folder = `${path}/sessions/2026/11/22`;
      const file = `${folder}/rollout-2026-11-22T05-59-52-${ID.slice(0, -1)}${n}.jsonl`;
      Deno.mkdirSync(folder, { recursive: true });
      Deno.writeTextFileSync(file, lines.map((text) => `${text}\n`).join(""));
      return file;
    },
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}
