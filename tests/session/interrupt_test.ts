/** An interrupt at any moment leaves a history that can be sent. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import * as z from "zod/mini";
import { defineTool } from "../../src/protocol/tool.ts";
import { sendable } from "../../src/session/history.ts";
import { assistantMessage, functionCall, functionOutput } from "../support/items.ts";
import { ScriptedClient } from "../support/scripted_client.ts";
import { outline, scriptedSession } from "../support/scripted_session.ts";

const parameters = z.object({});

const quick = defineTool({
  name: "quick",
  description: "",
  parameters,
  parallel: true,
  run: () => ({ output: "ran", success: true }),
});

/** Never ends by itself, and does not listen to its signal. */
const deaf = defineTool({
  name: "deaf",
  description: "",
  parameters,
  parallel: true,
  run(_args, ctx) {
    const item = { command: "sleep", aggregated_output: "", status: "in_progress" } as const;
    ctx.report({ type: "command_execution", ...item });
    return new Promise<never>(() => {});
  },
});

Deno.test("an interrupted turn keeps what ran, answers the rest and says so", async () => {
  const client = new ScriptedClient(
    [functionCall("quick"), functionCall("deaf")],
    [assistantMessage("after")],
  );
  const { session, lines } = scriptedSession(client, { tools: [quick, deaf] });
  const running = session.run();
  session.submit({ type: "user_input", items: [{ type: "text", text: "one" }] });
  const ends: string[] = [];
  for await (const event of session.events) {
    if (event.type === "item.started") session.submit({ type: "interrupt" });
    if (event.type === "item.completed" && event.item.type === "command_execution") {
      strictEqual(event.item.status, "failed");
    }
    if (event.type.startsWith("turn.") && event.type !== "turn.started") ends.push(event.type);
    if (event.type === "turn.interrupted") {
      session.submit({ type: "user_input", items: [{ type: "text", text: "two" }] });
      session.submit({ type: "shutdown" });
    }
  }
  await running;
  deepStrictEqual(ends, ["turn.interrupted", "turn.completed"]);
  const read = outline(client.prompts.at(-1)?.input ?? []);
  deepStrictEqual(read.map((line) => line.replace(/after \d+\.\ds$/, "after n seconds")), [
    "user: one",
    "call quick",
    "call deaf",
    "quick -> ran",
    "deaf -> aborted by user after n seconds",
    "user: <turn_aborted>\ncut\n</turn_aborted>",
    "user: two",
  ]);
  deepStrictEqual(
    lines.flatMap((line) =>
      line.type === "event_msg" && "reason" in line.payload ? [line.payload.reason] : []
    ),
    ["interrupted"],
  );
});

Deno.test("a history with open ends is mended when it is sent", () => {
  deepStrictEqual(
    outline(sendable([
      functionOutput("orphan", "x"),
      functionCall("open"),
      functionCall("done"),
      functionOutput("done", "y"),
    ])),
    ["call open", "open -> aborted", "call done", "done -> y"],
  );
});
