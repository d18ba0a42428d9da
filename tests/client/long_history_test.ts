/** Bodies of histories that are too long to be made anew for every request. */

import { deepStrictEqual } from "node:assert/strict";
import type { ResponseItem } from "../../src/protocol/response_item.ts";
import { assistantMessage, functionCall, functionOutput } from "../support/items.ts";
import { ask, client, prompt } from "../support/responses_client.ts";
import { startResponsesServer } from "../support/responses_server.ts";

const LONG = "dinosaur 🦕 ".repeat(30_000);
const LONGER = "x".repeat(2_000_000);

function exchange(id: string, output: string): ResponseItem[] {
  return [functionCall("exec_command", { cmd: id }, id), functionOutput(id, output)];
}

const FIRST = [...exchange("a", LONG), ...exchange("b", "short"), ...exchange("c", LONGER)];
const GROWN = [...FIRST, ...exchange("d", "short"), ...exchange("e", LONG)];
const SUMMARY = assistantMessage("what was said before");

/** What one client is asked, one after the other. */
const ASKED: Readonly<Record<string, readonly ResponseItem[]>> = {
  "a short one": [SUMMARY],
  "one that has become long": [SUMMARY, ...FIRST],
  "the same again": [SUMMARY, ...FIRST],
  "a longer one": [SUMMARY, ...GROWN],
  "one that ends with what is long": GROWN,
  "one whose beginning has gone": GROWN.slice(4),
  "one with something else in the middle": [...FIRST.slice(0, 2), SUMMARY, ...GROWN.slice(4)],
  "another one": [SUMMARY, ...exchange("f", LONG)],
  "a short one again": [SUMMARY],
  "none": [],
};

Deno.test("a long history is sent as it is, whatever was sent before, and its length is told", async () => {
  await using server = startResponsesServer([{}]);
  const model = await client(server.url);
  for (const input of Object.values(ASKED)) await ask(model, prompt({ input }));
  const sent = server.requests.map(({ body, text, headers }) => ({
    input: body.input,
    lengthIsTold: new Map(headers).get("content-length") ===
      String(new TextEncoder().encode(text).length),
    type: new Map(headers).get("content-type"),
    model: body.model,
    stream: body["stream"],
  }));
  deepStrictEqual(
    sent,
    Object.values(ASKED).map((input) => ({
      input,
      lengthIsTold: true,
      type: "application/json",
      model: "m",
      stream: true,
    })),
  );
});

Deno.test("a long request that failed goes out again whole", async () => {
  await using server = startResponsesServer([{ status: 500 }, { status: 503 }, {}]);
  const model = await client(server.url, { provider: { requestMaxRetries: 2 } });
  await ask(model, prompt({ input: FIRST }));
  deepStrictEqual(server.requests.map(({ body }) => body.input), [FIRST, FIRST, FIRST]);
});
