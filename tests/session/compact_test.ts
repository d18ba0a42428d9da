/** A history that fills the context window is replaced by what the user said and a summary. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import * as z from "zod/mini";
import { CodexError } from "../../src/protocol/error.ts";
import { NO_USAGE, userMessage } from "../../src/protocol/response_item.ts";
import { defineTool } from "../../src/protocol/tool.ts";
import { assistantMessage, functionCall } from "../support/items.ts";
import { ScriptedClient } from "../support/scripted_client.ts";
import { converse, outline, scriptedSession } from "../support/scripted_session.ts";

const a = defineTool({
  name: "a",
  description: "",
  parameters: z.object({}),
  run: () => ({ output: "a ran", success: true }),
});

Deno.test("a history that is full is compacted before the next request", async () => {
  const full = {
    type: "completed",
    response_id: "",
    usage: { ...NO_USAGE, total_tokens: 95_000 },
  } as const;
  const client = new ScriptedClient(
    [functionCall("a"), full],
    [assistantMessage("what was done")],
    [assistantMessage("done")],
  );
  const { session, lines } = scriptedSession(client, {
    tools: [a],
    buildContext: () => Promise.resolve([userMessage("<environment_context>")]),
  });
  const events = await converse(session, "do it");
  deepStrictEqual(client.prompts.map(({ input }) => outline(input)), [
    ["user: <environment_context>", "user: do it"],
    ["user: <environment_context>", "user: do it", "call a", "a -> a ran", "user: summarize"],
    ["user: <environment_context>", "user: do it", "user: SUMMARY\nwhat was done"],
  ]);
  deepStrictEqual(client.prompts.map(({ tools }) => tools.length), [1, 0, 1]);
  strictEqual(events.filter((e) => e.type === "thread.compacted").length, 1);
  strictEqual(lines.filter((line) => line.type === "compacted").length, 1);
});

Deno.test("a history that the server finds too long is compacted once and sent again", async () => {
  const tooLong = new CodexError("context_window_exceeded", "too long");
  const client = new ScriptedClient(
    [functionCall("a")],
    [tooLong],
    [tooLong],
    [assistantMessage("short")],
    [assistantMessage("done")],
  );
  const { session } = scriptedSession(client, { tools: [a] });
  await converse(session, "do it");
  deepStrictEqual(client.prompts.slice(2).map(({ input }) => outline(input)), [
    ["user: do it", "call a", "a -> a ran", "user: summarize"],
    ["call a", "a -> a ran", "user: summarize"],
    ["user: do it", "user: SUMMARY\nshort"],
  ]);
});
