/** The scripted model of --demo, asked without a machine behind it. */

import { deepStrictEqual, match } from "node:assert/strict";
import { createDemoClient } from "../../src/client/demo.ts";
import type { Prompt } from "../../src/protocol/model_client.ts";
import {
  callOutput,
  isToolCall,
  messageText,
  type ResponseItem,
  userMessage,
} from "../../src/protocol/response_item.ts";
import type { ToolSpec } from "../../src/protocol/tool.ts";

const ENVIRONMENT = userMessage(
  "<environment_context>\n  <cwd>/w</cwd>\n</environment_context>",
);

const OUTPUTS: Readonly<Record<string, string>> = {
  list: "Absolute path: /w\nREADME.md\nsrc/",
  read: "L1: # Title\nL2: text",
  copy: "Command: x\nOutput:\ntemporary folder: /tmp/t\n",
  patch: "Exit code: 0\nOutput:\nSuccess. Updated the following files:\nM /tmp/t/README.md\n",
};

/** Converses as the loop would, and gives the names of the calls and the last words. */
async function converse(
  tools: readonly string[],
  outputs: Readonly<Record<string, string>> = OUTPUTS,
): Promise<{ calls: string[]; answer: string; items: ResponseItem[] }> {
  const items: ResponseItem[] = [ENVIRONMENT, userMessage("my task")];
  const calls: string[] = [];
  let answer = "";
  for (let goesOn = true; goesOn;) {
    goesOn = false;
    const answers: ResponseItem[] = [];
    for await (const event of createDemoClient().stream(promptOf(items, tools), signal())) {
      if (event.type !== "output_item.done") continue;
      const { item } = event;
      items.push(item);
      if (item.type === "message") answer = messageText(item);
      if (!isToolCall(item)) continue;
      goesOn = true;
      const step = item.call_id.replace(/^demo_\d+_/, "");
      calls.push(step);
      answers.push(callOutput(item, outputs[step] ?? "ok"));
    }
    items.push(...answers);
  }
  return { calls, answer, items };
}

function promptOf(input: readonly ResponseItem[], tools: readonly string[]): Prompt {
  return {
    model: "demo",
    instructions: "",
    input,
    tools: tools.map((name) => ({ type: "function", name }) as ToolSpec),
    parallel_tool_calls: true,
    reasoning: null,
  };
}

function signal(): AbortSignal {
  return new AbortController().signal;
}

const ALL = ["update_plan", "list_dir", "read_file", "exec_command", "apply_patch"];

Deno.test("the demo plans, looks, reads, copies, patches, checks and tells what it saw", async () => {
  const { calls, answer, items } = await converse(ALL);
  deepStrictEqual(calls, [
    "plan0",
    "list",
    "read",
    "plan1",
    "copy",
    "plan2",
    "patch",
    "check",
    "plan3",
  ]);
  for (const part of ["my task", "/w holds 2 entries", "README.md", "# Title", "/tmp/t"]) {
    deepStrictEqual(answer.includes(part), true, part);
  }
  const patch = items.find((item) => item.type === "custom_tool_call");
  deepStrictEqual(
    patch?.type === "custom_tool_call" && patch.input,
    "*** Begin Patch\n*** Update File: /tmp/t/README.md\n@@\n" +
      "+Patched by the demo of decodex.\n # Title\n*** End Patch",
  );
});

Deno.test("the demo goes on where something does not work", async () => {
  const failed = await converse(ALL, { ...OUTPUTS, copy: "mktemp: not found" });
  deepStrictEqual(failed.calls.includes("patch"), false);
  match(failed.answer, /did not work here: mktemp: not found/);
  const few = await converse(["update_plan"]);
  deepStrictEqual(few.calls, []);
  match(few.answer, /my task/);
  const empty = await converse(ALL, { ...OUTPUTS, list: "Absolute path: /w" });
  deepStrictEqual(empty.calls.includes("read"), false);
  match(empty.answer, /0 entries/);
});

Deno.test("a second prompt begins a second round", async () => {
  const { items } = await converse(ALL);
  const again = promptOf([...items, userMessage("more")], ALL);
  const done: ResponseItem[] = [];
  for await (const event of createDemoClient().stream(again, signal())) {
    if (event.type === "output_item.done") done.push(event.item);
  }
  deepStrictEqual(done.filter(isToolCall).map(({ call_id }) => call_id), [
    "demo_2_plan0",
    "demo_2_list",
  ]);
});

Deno.test("the demo streams its words and ends with a count", async () => {
  let text = "";
  let last = "";
  for await (const event of createDemoClient().stream(promptOf([], []), signal())) {
    if (event.type === "output_text.delta") text += event.delta;
    if (event.type === "output_item.done" && event.item.type === "message") {
      deepStrictEqual(text, messageText(event.item));
    }
    last = event.type;
  }
  deepStrictEqual(last, "completed");
});
