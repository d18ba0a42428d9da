/** Items as servers send them, and what is kept of them. */

import { deepStrictEqual } from "node:assert/strict";
import { toResponseItem } from "../../src/client/wire_item.ts";

const ITEMS: readonly [string, unknown, unknown][] = [
  [
    "a message keeps its text and its id",
    {
      type: "message",
      id: "m",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "hi", annotations: [], logprobs: [] }],
    },
    {
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "hi" }],
      id: "m",
    },
  ],
  [
    "a message says its phase",
    { type: "message", role: "assistant", phase: "commentary", content: [] },
    { type: "message", role: "assistant", content: [], phase: "commentary" },
  ],
  [
    "a refusal is text",
    { type: "message", role: "assistant", content: [{ type: "refusal", refusal: "no" }] },
    { type: "message", role: "assistant", content: [{ type: "output_text", text: "no" }] },
  ],
  [
    "a message of another role is nobody's",
    { type: "message", role: "user", content: [] },
    undefined,
  ],
  ["a message without content is none", { type: "message", role: "assistant" }, undefined],
  [
    "a reasoning item keeps what the server wants back",
    {
      type: "reasoning",
      id: "r",
      summary: [{ type: "summary_text", text: "S" }, 7],
      content: [{ type: "reasoning_text", text: "raw" }],
      encrypted_content: "ENC",
      status: null,
    },
    {
      type: "reasoning",
      summary: [{ type: "summary_text", text: "S" }],
      content: [{ type: "reasoning_text", text: "raw" }],
      encrypted_content: "ENC",
      id: "r",
    },
  ],
  [
    "a bare reasoning item is completed",
    { type: "reasoning" },
    { type: "reasoning", summary: [], content: null, encrypted_content: null },
  ],
  [
    "a function call",
    {
      type: "function_call",
      id: "f",
      call_id: "c",
      name: "n",
      arguments: "{}",
      status: "completed",
    },
    { type: "function_call", name: "n", arguments: "{}", call_id: "c", id: "f" },
  ],
  [
    "a function call whose arguments are no string",
    { type: "function_call", call_id: "c", name: "n", arguments: { a: 1 } },
    { type: "function_call", name: "n", arguments: '{"a":1}', call_id: "c" },
  ],
  [
    "a function call without call_id",
    { type: "function_call", name: "n", arguments: "" },
    undefined,
  ],
  [
    "a custom call",
    {
      type: "custom_tool_call",
      call_id: "c",
      name: "apply_patch",
      input: "x",
      status: "completed",
    },
    {
      type: "custom_tool_call",
      status: "completed",
      call_id: "c",
      name: "apply_patch",
      input: "x",
    },
  ],
  ["a custom call without call_id", { type: "custom_tool_call", name: "n", input: "x" }, undefined],
  [
    "a local shell call falls back on its id",
    { type: "local_shell_call", id: "ls", status: "completed", action: { command: ["echo", 1] } },
    {
      type: "local_shell_call",
      call_id: "ls",
      status: "completed",
      action: {
        type: "exec",
        command: ["echo", "1"],
        timeout_ms: null,
        working_directory: null,
        env: null,
        user: null,
      },
      id: "ls",
    },
  ],
  [
    "a search",
    {
      type: "web_search_call",
      id: "ws",
      status: "completed",
      action: { type: "search", query: "q" },
    },
    {
      type: "web_search_call",
      status: "completed",
      action: { type: "search", query: "q" },
      id: "ws",
    },
  ],
  ["an unknown item", { type: "martian", x: 1 }, undefined],
  ["no item", null, undefined],
  ["a list", [], undefined],
];

for (const [name, wire, expected] of ITEMS) {
  Deno.test(name, () => deepStrictEqual(toResponseItem(wire), expected));
}
