/** The loop: what a turn asks, runs, answers and tells. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { CodexError } from "../../src/protocol/error.ts";
import type { ModelClient } from "../../src/protocol/model_client.ts";
import { NO_USAGE, userMessage } from "../../src/protocol/response_item.ts";
import * as z from "zod/mini";
import { defineCustomTool, defineTool, type Tool } from "../../src/protocol/tool.ts";
import { assistantMessage, customCall, functionCall, functionOutput } from "../support/items.ts";
import { ScriptedClient } from "../support/scripted_client.ts";
import { converse, outline, scriptedSession } from "../support/scripted_session.ts";

const EMPTY = z.object({});

/** Answers with its own name and notes when it began and ended. */
function noted(name: string, log: string[], options: { parallel: boolean; turns?: number }): Tool {
  return defineTool({
    name,
    description: "",
    parameters: EMPTY,
    parallel: options.parallel,
    async run() {
      log.push(`${name} begins`);
      for (let i = 0; i < (options.turns ?? 20); i++) await Promise.resolve();
      log.push(`${name} ends`);
      return { output: `${name} ran`, success: true };
    },
  });
}

Deno.test("a turn answers the model's call and ends with its message", async () => {
  const plan = defineTool({
    name: "plan",
    description: "Plans",
    parameters: EMPTY,
    run(_args, ctx) {
      ctx.report({ type: "todo_list", items: [{ text: "look", completed: false }] }, "the plan");
      return { output: "Plan updated", success: true, itemStaysOpen: true };
    },
  });
  const usage = { ...NO_USAGE, input_tokens: 10, output_tokens: 2, total_tokens: 12 };
  const completed = { type: "completed", response_id: "r", usage } as const;
  const answer = { ...assistantMessage("done"), id: "msg_1" };
  const client = new ScriptedClient([functionCall("plan"), completed], [answer, completed]);
  const { session } = scriptedSession(client, { tools: [plan] });
  const events = await converse(session, "hi");
  const turn_id = events.flatMap((e) => e.type === "turn.started" ? [e.turn_id] : [])[0] ?? "";

  const todo = {
    id: "the plan",
    type: "todo_list" as const,
    items: [{ text: "look", completed: false }],
  };
  const twice = { ...NO_USAGE, input_tokens: 20, output_tokens: 4, total_tokens: 24 };
  deepStrictEqual(events, [
    { type: "thread.started", thread_id: "thread" },
    { type: "turn.started", turn_id },
    { type: "item.started", item: todo },
    { type: "token_count", usage, total: usage, context_window: 95_000 },
    { type: "item.completed", item: { id: "msg_1", type: "agent_message", text: "done" } },
    { type: "token_count", usage, total: twice, context_window: 95_000 },
    { type: "item.completed", item: todo },
    { type: "turn.completed", turn_id, usage: twice, last_agent_message: "done" },
  ]);
  deepStrictEqual(client.prompts[1]?.input, [
    userMessage("hi"),
    functionCall("plan"),
    functionOutput("plan", "Plan updated"),
  ]);
  deepStrictEqual(client.prompts[0], {
    model: "m",
    instructions: "base",
    input: [userMessage("hi")],
    tools: [plan.spec],
    parallel_tool_calls: true,
    reasoning: null,
    turnMetadata: { turn_id, sandbox: "none" },
  });
});

Deno.test("the rollout hears of everything before the next step", async () => {
  const client = new ScriptedClient([assistantMessage("hello")]);
  const { session, lines } = scriptedSession(client, {
    buildContext: () => Promise.resolve([userMessage("<environment_context>")]),
  });
  await converse(session, "hi");
  deepStrictEqual(
    lines.map((line) =>
      line.type === "event_msg"
        ? line.payload.type
        : `${line.type} ${line.type === "response_item" ? outline([line.payload]).join() : ""}`
    ),
    [
      "task_started",
      "response_item user: <environment_context>",
      "turn_context ",
      "response_item user: hi",
      "user_message",
      "agent_message",
      "response_item assistant: hello",
      "token_count",
      "task_complete",
    ],
  );
});

Deno.test("parallel calls run side by side, an exclusive one alone and in order", async () => {
  const log: string[] = [];
  const edit = defineCustomTool({
    name: "edit",
    description: "",
    format: { type: "grammar", syntax: "lark", definition: "" },
    async run() {
      log.push("edit begins");
      for (let i = 0; i < 20; i++) await Promise.resolve();
      log.push("edit ends");
      return { output: "edited", success: true };
    },
  });
  const client = new ScriptedClient(
    [functionCall("a"), functionCall("b"), customCall("edit", "x"), functionCall("c")],
    [assistantMessage("done")],
  );
  const tools = [
    noted("a", log, { parallel: true, turns: 40 }),
    noted("b", log, { parallel: true }),
    edit,
    noted("c", log, { parallel: true }),
  ];
  const { session } = scriptedSession(client, { tools });
  await converse(session, "go");
  deepStrictEqual(log, [
    "a begins",
    "b begins",
    "b ends",
    "a ends",
    "edit begins",
    "edit ends",
    "c begins",
    "c ends",
  ]);
  deepStrictEqual(outline(client.prompts[1]?.input ?? []), [
    "user: go",
    "call a",
    "call b",
    "call edit",
    "call c",
    "a -> a ran",
    "b -> b ran",
    "edit -> edited",
    "c -> c ran",
  ]);
});

Deno.test("a call starts when its item is done, not when the response is complete", async () => {
  const log: string[] = [];
  const started = Promise.withResolvers<void>();
  const tool = defineTool({
    name: "early",
    description: "",
    parameters: EMPTY,
    run() {
      log.push("tool ran");
      started.resolve();
      return { output: "", success: true };
    },
  });
  const client: ModelClient = {
    async *stream(prompt) {
      if (prompt.input.length > 1) {
        return yield { type: "completed", response_id: "", usage: NO_USAGE };
      }
      yield { type: "output_item.done", item: functionCall("early") };
      await started.promise;
      log.push("response completed");
      yield { type: "completed", response_id: "", usage: NO_USAGE };
    },
  };
  await converse(scriptedSession(client, { tools: [tool] }).session, "go");
  deepStrictEqual(log, ["tool ran", "response completed"]);
});

Deno.test("a cut response keeps what it had finished, and its call runs once", async () => {
  const log: string[] = [];
  const cut = new CodexError("response_stream_disconnected", "stream closed");
  const client = new ScriptedClient(
    [assistantMessage("looking"), functionCall("a"), cut],
    [functionCall("a"), assistantMessage("done")],
    [assistantMessage("really done")],
  );
  const { session, delays } = scriptedSession(client, {
    tools: [noted("a", log, { parallel: true })],
  });
  const events = await converse(session, "go");
  deepStrictEqual(log, ["a begins", "a ends"]);
  deepStrictEqual(outline(client.prompts[1]?.input ?? []), [
    "user: go",
    "assistant: looking",
    "call a",
    "a -> a ran",
  ]);
  deepStrictEqual(events.filter((e) => e.type === "warning"), [
    { type: "warning", message: "Reconnecting... 1/2 (stream closed)" },
  ]);
  strictEqual(delays.length, 1);
});

Deno.test("a call that comes again in the same turn is answered without running it", async () => {
  const log: string[] = [];
  const client = new ScriptedClient(
    [functionCall("a"), functionCall("a")],
    [functionCall("a")],
    [assistantMessage("done")],
  );
  const { session } = scriptedSession(client, { tools: [noted("a", log, { parallel: true })] });
  await converse(session, "go");
  deepStrictEqual(log, ["a begins", "a ends"]);
  deepStrictEqual(outline(client.prompts[2]?.input ?? []), [
    "user: go",
    "call a",
    "a -> a ran",
    "call a",
    "a -> a ran",
  ]);
});

Deno.test("retries end at the limit, and the turn fails with the last reason", async () => {
  const cut = new CodexError("response_stream_disconnected", "stream closed");
  const client = new ScriptedClient([cut], [cut], [cut], []);
  const { session, delays } = scriptedSession(client);
  const events = await converse(session, "go");
  strictEqual(client.prompts.length, 3);
  deepStrictEqual(delays.map((ms) => ms >= 180 && ms <= 440), [true, true]);
  const end = events.at(-1);
  deepStrictEqual(end?.type === "turn.failed" && end.error, {
    info: "response_stream_disconnected",
    message: "stream closed",
  });
});

Deno.test("a server's own delay is kept to, and a refusal is not tried again", async () => {
  const slow = new CodexError("rate_limited", "slow down", { retryAfterMs: 3500 });
  const refused = new CodexError("unauthorized", "no");
  const { session, delays } = scriptedSession(new ScriptedClient([slow], [refused]));
  const events = await converse(session, "go");
  deepStrictEqual(delays, [3500]);
  strictEqual(events.at(-1)?.type, "turn.failed");
});

Deno.test("end_turn false asks again although nothing was called", async () => {
  const more = { type: "completed", response_id: "", usage: NO_USAGE, end_turn: false } as const;
  const client = new ScriptedClient([assistantMessage("one"), more], [assistantMessage("two")]);
  await converse(scriptedSession(client).session, "go");
  deepStrictEqual(outline(client.prompts[1]?.input ?? []), ["user: go", "assistant: one"]);
});

Deno.test("input during a turn reaches the next request of the same turn", async () => {
  const client = new ScriptedClient([assistantMessage("a")], [assistantMessage("b")]);
  const { session } = scriptedSession(client);
  session.submit({ type: "user_input", items: [{ type: "text", text: "one" }] });
  session.submit({ type: "user_input", items: [{ type: "text", text: "two" }] });
  session.submit({ type: "shutdown" });
  await session.run();
  deepStrictEqual(outline(client.prompts.at(-1)?.input ?? []).filter((l) => l.startsWith("user")), [
    "user: one",
    "user: two",
  ]);
});

Deno.test("what is no tool, or a tool of the other kind, is answered and the loop goes on", async () => {
  const client = new ScriptedClient(
    [functionCall("nothing"), customCall("neither", ""), customCall("a", "", "a2")],
    [assistantMessage("ok")],
  );
  const { session } = scriptedSession(client, { tools: [noted("a", [], { parallel: true })] });
  await converse(session, "go");
  deepStrictEqual(outline(client.prompts[1]?.input ?? []).slice(-3), [
    "nothing -> unsupported call: nothing",
    "neither -> unsupported custom tool call: neither",
    "a2 -> unsupported custom tool call: a",
  ]);
});

Deno.test("a hosted shell call of an older model is run by local_shell", async () => {
  const inputs: string[] = [];
  const tool: Tool = {
    name: "local_shell",
    kind: "function",
    parallel: true,
    handle(input) {
      inputs.push(input);
      return Promise.resolve({ output: "x", success: true });
    },
  };
  const client = new ScriptedClient([{
    type: "local_shell_call",
    call_id: "lc1",
    status: "completed",
    action: { type: "exec", command: ["echo", "x"], timeout_ms: 1000, working_directory: null },
  }], []);
  await converse(scriptedSession(client, { tools: [tool] }).session, "go");
  deepStrictEqual(inputs, [`{"command":["echo","x"],"timeout_ms":1000}`]);
  deepStrictEqual(client.prompts[1]?.input.at(-1), functionOutput("lc1", "x"));
});

Deno.test("a tool that breaks costs the user a warning, not the turn", async () => {
  const broken = defineTool({
    name: "broken",
    description: "",
    parameters: EMPTY,
    run() {
      throw new TypeError("oops");
    },
  });
  const client = new ScriptedClient([functionCall("broken")], [assistantMessage("ok")]);
  const events = await converse(scriptedSession(client, { tools: [broken] }).session, "go");
  deepStrictEqual(events.filter((e) => e.type === "warning"), [
    { type: "warning", message: "tool broken failed: oops" },
  ]);
  deepStrictEqual(
    client.prompts[1]?.input.at(-1),
    functionOutput("broken", "tool broken failed: oops"),
  );
});
