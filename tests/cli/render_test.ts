/** What a run looks like: as JSON lines for programs, as text for people. */

import { deepStrictEqual } from "node:assert/strict";
import { HumanRenderer } from "../../src/cli/render/human.ts";
import { JsonRenderer } from "../../src/cli/render/json.ts";
import type { Renderer } from "../../src/cli/render/renderer.ts";
import type { Event } from "../../src/protocol/event.ts";
import { NO_USAGE } from "../../src/protocol/response_item.ts";

const FACTS = { model: "m", provider: "p", sandbox: "read-only (none)" };
const COMMAND = "/bin/bash -lc 'echo hi; exit 3'";

type Completed = Extract<Event, { type: "turn.completed" }>;

function completed(text?: string): Completed {
  const usage = {
    ...NO_USAGE,
    input_tokens: 1300,
    cached_input_tokens: 400,
    output_tokens: 110,
    reasoning_output_tokens: 20,
  };
  const answer = text === undefined ? {} : { last_agent_message: text };
  return { type: "turn.completed", turn_id: "t", usage, ...answer };
}

/** The course of `json_main` of codex-cli 0.115.0. */
const EVENTS: readonly Event[] = [
  { type: "thread.started", thread_id: "t" },
  { type: "turn.started", turn_id: "t" },
  {
    type: "item.completed",
    item: { id: "rs_1", type: "reasoning", text: "**Thinking** hard" },
  },
  { type: "item.delta", item_id: "msg_1", delta: "Look" },
  { type: "item.delta", item_id: "msg_1", delta: "ing." },
  { type: "item.completed", item: { id: "msg_1", type: "agent_message", text: "Looking." } },
  {
    type: "item.started",
    item: {
      id: "c1",
      type: "command_execution",
      command: COMMAND,
      aggregated_output: "",
      status: "in_progress",
    },
  },
  {
    type: "item.completed",
    item: {
      id: "c1",
      type: "command_execution",
      command: COMMAND,
      aggregated_output: "hi\n",
      exit_code: 3,
      status: "failed",
    },
  },
  {
    type: "item.started",
    item: {
      id: "c2",
      type: "file_change",
      changes: [{ path: "/w/a.txt", kind: "update" }],
      status: "in_progress",
    },
  },
  {
    type: "item.completed",
    item: {
      id: "c2",
      type: "file_change",
      changes: [{ path: "/w/a.txt", kind: "update" }],
      status: "completed",
      diff: "-one\n+uno\n",
    },
  },
  {
    type: "item.started",
    item: { id: "plan", type: "todo_list", items: [{ text: "a", completed: false }] },
  },
  {
    type: "item.updated",
    item: { id: "plan", type: "todo_list", items: [{ text: "a", completed: true }] },
  },
  { type: "warning", message: "Reconnecting... 1/5 (reset)" },
  { type: "warning", message: "a file could not be read" },
  {
    type: "item.completed",
    item: {
      id: "ws_1",
      type: "web_search",
      query: "deno",
      action: { type: "search", query: "deno" },
    },
  },
  { type: "token_count", usage: NO_USAGE, total: NO_USAGE },
  { type: "item.completed", item: { id: "msg_2", type: "agent_message", text: "All done." } },
  {
    type: "item.completed",
    item: { id: "plan", type: "todo_list", items: [{ text: "a", completed: true }] },
  },
];

function show(renderer: Renderer, end?: Completed): void {
  renderer.begin("t", FACTS);
  for (const event of EVENTS) renderer.event(event);
  if (end) renderer.completed(end);
}

function jsonLines(run: (renderer: JsonRenderer) => void): unknown[] {
  const texts: string[] = [];
  run(new JsonRenderer((text) => texts.push(text)));
  return texts.join("").trimEnd().split("\n").map((line) => JSON.parse(line));
}

function todo(done: boolean) {
  return { id: "item_4", type: "todo_list", items: [{ text: "a", completed: done }] };
}

const SHELL_ITEM = { id: "item_2", type: "command_execution", command: COMMAND };

const PRINTED = [
  {
    type: "thread.started",
    thread_id: "t",
    schema_version: 1,
    decodex_version: "0.1.0",
    ...FACTS,
  },
  { type: "turn.started" },
  {
    type: "item.completed",
    item: { id: "item_0", type: "reasoning", text: "**Thinking** hard" },
  },
  { type: "item.completed", item: { id: "item_1", type: "agent_message", text: "Looking." } },
  {
    type: "item.started",
    item: { ...SHELL_ITEM, aggregated_output: "", exit_code: null, status: "in_progress" },
  },
  {
    type: "item.completed",
    item: { ...SHELL_ITEM, aggregated_output: "hi\n", exit_code: 3, status: "failed" },
  },
  {
    type: "item.completed",
    item: {
      id: "item_3",
      type: "file_change",
      changes: [{ path: "/w/a.txt", kind: "update" }],
      status: "completed",
    },
  },
  { type: "item.started", item: todo(false) },
  { type: "item.updated", item: todo(true) },
  { type: "error", message: "Reconnecting... 1/5 (reset)" },
  {
    type: "item.completed",
    item: { id: "item_5", type: "error", message: "a file could not be read" },
  },
  {
    type: "item.completed",
    item: {
      id: "item_6",
      type: "web_search",
      query: "deno",
      action: { type: "search", query: "deno" },
    },
  },
  { type: "item.completed", item: { id: "item_7", type: "agent_message", text: "All done." } },
  { type: "item.completed", item: todo(true) },
  {
    type: "turn.completed",
    usage: {
      input_tokens: 1300,
      cached_input_tokens: 400,
      output_tokens: 110,
      reasoning_output_tokens: 20,
    },
  },
];

Deno.test("--json prints the events of codex exec, with their names and fields", () => {
  deepStrictEqual(jsonLines((renderer) => show(renderer, completed("All done."))), PRINTED);
});

Deno.test("--json says how a run failed twice: as an error and as its last line", () => {
  const failure = { exitCode: 3, reason: "config", message: "line 3 has no value" };
  deepStrictEqual(jsonLines((renderer) => renderer.failed(failure)), [
    { type: "error", message: "line 3 has no value" },
    {
      type: "turn.failed",
      error: { message: "line 3 has no value" },
      exit_code: 3,
      reason: "config",
    },
  ]);
});

Deno.test("--json keeps a line a line, whatever the model says", () => {
  const text = "a\nb\u2028c\x1b[31m\u0085\u009b\ud800\u202e\u2066";
  const texts: string[] = [];
  const renderer = new JsonRenderer((line) => texts.push(line));
  renderer.event({ type: "item.completed", item: { id: "x", type: "agent_message", text } });
  const line = texts.join("");
  deepStrictEqual(line.split("\n").length, 2);
  // deno-lint-ignore no-control-regex
  deepStrictEqual(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/.test(line), false);
  deepStrictEqual(JSON.parse(line).item.text, text);
});

interface Shown {
  readonly stdout: string;
  readonly stderr: string;
}

function human(
  options: { live?: boolean; progress?: boolean; color?: boolean },
  run: (renderer: HumanRenderer) => void,
): Shown {
  let [stdout, stderr] = ["", ""];
  const { live = false, progress = false, color = false } = options;
  run(
    new HumanRenderer({
      stdout: (text) => stdout += text,
      stderr: (text) => stderr += text,
      live,
      progress,
      color,
    }),
  );
  return { stdout, stderr };
}

Deno.test("piped text is the answer alone; only warnings stand beside it", () => {
  deepStrictEqual(human({}, (renderer) => show(renderer, completed("All done."))), {
    stdout: "All done.\n",
    stderr: "warning: Reconnecting... 1/5 (reset)\nwarning: a file could not be read\n",
  });
});

Deno.test("a terminal sees messages as they come, and what is done between them", () => {
  const { stdout, stderr } = human(
    { live: true, progress: true },
    (renderer) => show(renderer, completed("All done.")),
  );
  deepStrictEqual(stdout, "Looking.\nAll done.\n");
  for (const part of [COMMAND, "hi", "exit code 3", "/w/a.txt", "+uno", "[x] a", "deno"]) {
    deepStrictEqual(stderr.includes(part), true, part);
  }
});

Deno.test("a message that is marked as the answer streams into a pipe too, once", () => {
  const parts: string[] = [];
  human({}, (renderer) => {
    for (const delta of ["The ", "answer"]) {
      renderer.event({ type: "item.delta", item_id: "m", delta, phase: "final_answer" });
      parts.push(delta);
    }
  });
  const text = parts.join("");
  const shown = human({}, (renderer) => {
    for (const delta of parts) {
      renderer.event({ type: "item.delta", item_id: "m", delta, phase: "final_answer" });
    }
    renderer.event({ type: "item.completed", item: { id: "m", type: "agent_message", text } });
    renderer.completed(completed(text));
  });
  deepStrictEqual(shown, { stdout: "The answer\n", stderr: "" });
});

Deno.test("control characters of model, tools and errors never come through", () => {
  const evil = "a\x1b]52;c;eA==\x07b\x9b31m\u202ec\x08";
  const shown = human({ live: true, progress: true, color: true }, (renderer) => {
    renderer.event({ type: "item.delta", item_id: "m", delta: evil.slice(0, 4) });
    renderer.event({ type: "item.delta", item_id: "m", delta: evil.slice(4) });
    renderer.event({
      type: "item.completed",
      item: { id: "m", type: "agent_message", text: evil },
    });
    renderer.event({
      type: "item.completed",
      item: {
        id: "c",
        type: "command_execution",
        command: evil,
        aggregated_output: evil,
        exit_code: 0,
        status: "completed",
      },
    });
    renderer.warning(evil);
    renderer.failed({ exitCode: 1, reason: "other", message: evil });
    renderer.completed(completed(evil));
  });
  deepStrictEqual(shown.stdout, "abc\n");
  // Our own colours are the only sequences.
  // deno-lint-ignore no-control-regex
  const plain = shown.stderr.replaceAll(/\x1b\[\d+m/g, "");
  // deno-lint-ignore no-control-regex
  deepStrictEqual(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(plain), false);
});

Deno.test("a terminal is shown every letter of a command and of a path", () => {
  const { stderr } = human({ progress: true }, (renderer) => {
    const shown = { type: "command_execution", command: "ls \x1b]0; && rm x\x07" } as const;
    const item = { id: "c", ...shown, aggregated_output: "", status: "in_progress" } as const;
    renderer.event({ type: "item.started", item });
    const changes = [{ path: "/w/a\u202egpj.sh", kind: "add" as const }];
    const change = { id: "f", type: "file_change", changes, status: "completed" } as const;
    renderer.event({ type: "item.completed", item: change });
  });
  deepStrictEqual(stderr, "$ ls \\x1b]0; && rm x\\x07\nadd /w/a\\u{202e}gpj.sh\n");
});

Deno.test("a failure is one line on standard error, and nothing on standard output", () => {
  const failure = { exitCode: 5, reason: "server_overloaded", message: "busy" };
  deepStrictEqual(human({}, (renderer) => renderer.failed(failure)), {
    stdout: "",
    stderr: "error: busy\n",
  });
});
