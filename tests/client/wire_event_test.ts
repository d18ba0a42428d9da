/** The vocabulary of the Responses API: what becomes of each event, item and failure. */

import { deepStrictEqual, throws } from "node:assert/strict";
import { EventReader, parseAll } from "../../src/client/wire_event.ts";
import { CodexError } from "../../src/protocol/error.ts";
import type { ResponseEvent } from "../../src/protocol/model_client.ts";

/** What becomes of one event's data. */
function take(reader: EventReader, data: string): ResponseEvent[] {
  return [...reader.read(parseAll([data]))];
}

/** Reads one event of the vocabulary. */
function event(value: unknown): unknown[] {
  return [...take(new EventReader(), JSON.stringify(value))];
}

const USAGE = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 15,
};

const EVENTS: readonly [string, unknown, unknown[]][] = [
  [
    "the start of a message",
    {
      type: "response.output_item.added",
      item: { type: "message", id: "m", phase: "final_answer" },
    },
    [{ type: "message.started", item_id: "m", phase: "final_answer" }],
  ],
  [
    "the start of a search",
    { type: "response.output_item.added", item: { type: "web_search_call", id: "ws" } },
    [{ type: "web_search.started", item_id: "ws" }],
  ],
  ["the start of a call", {
    type: "response.output_item.added",
    item: { type: "function_call", id: "f" },
  }, []],
  [
    "a delta",
    { type: "response.output_text.delta", item_id: "m", delta: "x" },
    [{ type: "output_text.delta", item_id: "m", delta: "x" }],
  ],
  ["a delta without text", { type: "response.output_text.delta", item_id: "m" }, []],
  [
    "the end, with usage",
    { type: "response.completed", response: { id: "r", usage: USAGE, end_turn: false } },
    [{
      type: "completed",
      response_id: "r",
      usage: {
        input_tokens: 10,
        cached_input_tokens: 4,
        output_tokens: 5,
        reasoning_output_tokens: 2,
        total_tokens: 15,
      },
      end_turn: false,
    }],
  ],
  [
    "the end without id and usage",
    { type: "response.completed", response: { usage: null } },
    [{ type: "completed", response_id: "", usage: undefined }],
  ],
  ["the end with nothing", { type: "response.completed" }, [
    { type: "completed", response_id: "", usage: undefined },
  ]],
  [
    "usage with gaps",
    {
      type: "response.completed",
      response: { id: "r", usage: { input_tokens: 3, output_tokens: "x" } },
    },
    [{
      type: "completed",
      response_id: "r",
      usage: {
        input_tokens: 3,
        cached_input_tokens: 0,
        output_tokens: 0,
        reasoning_output_tokens: 0,
        total_tokens: 3,
      },
    }],
  ],
  ["an unknown event", { type: "response.zzz", x: 1 }, []],
  ["no type", { item: { type: "message" } }, []],
];

for (const [name, wire, expected] of EVENTS) {
  Deno.test(`event: ${name}`, () => deepStrictEqual(event(wire), expected));
}

Deno.test("what is no JSON object is let go", () => {
  const reader = new EventReader();
  for (const data of ["[DONE]", "{not json", "", "null", "7", '"x"', "[1]"]) {
    deepStrictEqual([...take(reader, data)], []);
  }
  deepStrictEqual(reader.hasEvents, false);
});

function incomplete(reason?: string): string {
  return JSON.stringify({
    type: "response.incomplete",
    response: { id: "r", ...reason && { incomplete_details: { reason } } },
  });
}

Deno.test("an incomplete response with a finished item is accepted", () => {
  const reader = new EventReader();
  const item = { type: "function_call", call_id: "c", name: "n", arguments: "{}" };
  take(reader, JSON.stringify({ type: "response.output_item.done", item }));
  deepStrictEqual(take(reader, incomplete("max_output_tokens")), [{
    type: "completed",
    response_id: "r",
    usage: undefined,
    incomplete_reason: "max_output_tokens",
  }]);
});

Deno.test("an incomplete response whose text was never declared done still gives the text", () => {
  const reader = new EventReader();
  for (const delta of ["half an", " answer"]) {
    take(reader, JSON.stringify({ type: "response.output_text.delta", item_id: "m", delta }));
  }
  deepStrictEqual(take(reader, incomplete("content_filter")), [
    {
      type: "output_item.done",
      item: {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "half an answer" }],
        id: "m",
      },
    },
    {
      type: "completed",
      response_id: "r",
      usage: undefined,
      incomplete_reason: "content_filter",
    },
  ]);
});

Deno.test("items that only the end tells of are given, and no others twice", () => {
  const item = { type: "function_call", call_id: "c", name: "n", arguments: "{}" };
  const end = { type: "response.completed", response: { id: "r", output: [item, { type: "x" }] } };
  const completed = { type: "completed", response_id: "r", usage: undefined };
  deepStrictEqual(event(end), [{ type: "output_item.done", item }, completed]);
  const reader = new EventReader();
  take(reader, JSON.stringify({ type: "response.output_item.done", item }));
  deepStrictEqual(take(reader, JSON.stringify(end)), [completed]);
});

Deno.test("text that came as a finished item too is given once", () => {
  const reader = new EventReader();
  const content = [{ type: "output_text", text: "half" }];
  const item = { type: "message", role: "assistant", id: "m", content };
  take(
    reader,
    JSON.stringify({ type: "response.output_item.added", item: { ...item, content: [] } }),
  );
  take(reader, JSON.stringify({ type: "response.output_text.delta", delta: "half" }));
  take(reader, JSON.stringify({ type: "response.output_item.done", item }));
  deepStrictEqual(take(reader, incomplete("x")).map(({ type }) => type), ["completed"]);
});

for (
  const [reason, retryable] of [
    ["max_output_tokens", false],
    ["content_filter", false],
    ["interrupted", true],
    [undefined, true],
  ] as const
) {
  Deno.test(`an incomplete response with a thought alone fails, reason: ${reason}`, () => {
    const reader = new EventReader();
    take(reader, '{"type":"response.output_item.done","item":{"type":"reasoning","summary":[]}}');
    throws(
      () => take(reader, incomplete(reason)),
      new CodexError(
        "response_incomplete",
        `Incomplete response returned, reason: ${reason ?? "unknown"}`,
        { retryable },
      ),
    );
  });
}

/** Code, message, then what becomes of them. */
const FAILURES: readonly [string, string, ConstructorParameters<typeof CodexError>][] = [
  ["context_length_exceeded", "m", [
    "context_window_exceeded",
    "The model ran out of room in its context window: start a new session or shorten the input",
  ]],
  ["insufficient_quota", "m", [
    "usage_limit_exceeded",
    "Quota exceeded. Check your plan and billing details.",
  ]],
  ["usage_not_included", "m", ["usage_limit_exceeded", "Your plan does not include this use: m"]],
  ["invalid_prompt", "bad words", ["bad_request", "bad words"]],
  ["cyber_policy", "not that", ["policy_refused", "not that"]],
  ["server_is_overloaded", "m", [
    "server_overloaded",
    "The selected model is at capacity: try another one with -m, or try later",
    { retryable: false },
  ]],
  ["slow_down", "m", ["rate_limited", "rate limit exceeded: m"]],
  ["rate_limit_exceeded", "Please try again in 3.5s. Visit x", [
    "rate_limited",
    "rate limit exceeded: Please try again in 3.5s. Visit x",
    { retryAfterMs: 3500 },
  ]],
  ["rate_limit_exceeded", "try again in 800ms.", [
    "rate_limited",
    "rate limit exceeded: try again in 800ms.",
    { retryAfterMs: 800 },
  ]],
  ["rate_limit_exceeded", "try again in 1m30s", [
    "rate_limited",
    "rate limit exceeded: try again in 1m30s",
    { retryAfterMs: 90_000 },
  ]],
  ["rate_limit_exceeded", "try again in 9000s", [
    "rate_limited",
    "rate limit exceeded: try again in 9000s; the server asks to wait 9000 s, longer than the " +
    "300 s that are waited at most",
    { retryable: false },
  ]],
  ["server_error", "boom\x1b[2J", [
    "response_failed",
    "stream disconnected before completion: boom[2J",
  ]],
  ["weird", "", ["response_failed", "stream disconnected before completion: weird"]],
  ["", "", ["response_failed", "stream disconnected before completion: response.failed"]],
];

for (const [code, message, expected] of FAILURES) {
  Deno.test(`failure by name: ${code || "none"} (${message})`, () => {
    const error = new CodexError(...expected);
    const reader = new EventReader();
    const failed = { type: "response.failed", response: { error: { code, message } } };
    throws(() => take(reader, JSON.stringify(failed)), error);
    const nested = { type: "error", error: { type: code, code: null, message } };
    throws(() => take(reader, JSON.stringify(nested)), error);
  });
}

Deno.test("an error event may carry its fields itself", () => {
  throws(
    () => event({ type: "error", code: "rate_limit_exceeded", message: "m", sequence_number: 1 }),
    new CodexError("rate_limited", "rate limit exceeded: m"),
  );
});

Deno.test("a message that is named anew with every event is one message", () => {
  const added = (id: string) => ({
    type: "response.output_item.added",
    item: { type: "message", role: "assistant", id, content: [] },
  });
  const delta = (delta: string, item_id?: string) => ({
    type: "response.output_text.delta",
    delta,
    ...item_id !== undefined && { item_id },
  });
  const done = (text: string, id?: string) => ({
    type: "response.output_item.done",
    item: {
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text }],
      ...id !== undefined && { id },
    },
  });
  const streams: [unknown[], [unknown, unknown][]][] = [
    [[added("a"), delta("x", "a"), done("x", "b")], [["a", undefined], ["a", "x"], ["a", "x"]]],
    [[added("a"), delta("x", "b"), done("x", "c")], [["a", undefined], ["a", "x"], ["a", "x"]]],
    [[delta("x", "b"), done("y", "c")], [["b", "x"], ["b", "y"]]],
    [[delta("x"), done("y")], [["", "x"], [undefined, "y"]]],
    [[added("a"), delta("x", "a"), added("b"), delta("y", "b"), done("y", "b"), done("x", "a")], [
      ["a", undefined],
      ["a", "x"],
      ["b", undefined],
      ["b", "y"],
      ["b", "y"],
      ["a", "x"],
    ]],
  ];
  for (const [events, expected] of streams) {
    const reader = new EventReader();
    const end = { type: "response.completed", response: { id: "r" } };
    const read = [...events, end].flatMap((each) => take(reader, JSON.stringify(each)));
    const messages = read.filter(({ type }) => type !== "completed").map((each) => {
      const { item_id, delta, item } = each as {
        item_id?: string;
        delta?: string;
        item?: { id?: string; content: { text: string }[] };
      };
      return [item ? item.id : item_id, item ? item.content[0]?.text : delta];
    });
    deepStrictEqual(messages, expected);
  }
});

Deno.test("text in a row is one delta; what comes between, another message or a failure cuts it", () => {
  const delta = (delta: unknown, item_id = "a") => ({
    type: "response.output_text.delta",
    ...{ delta, item_id },
  });
  const reader = new EventReader();
  const read: ResponseEvent[] = [];
  const events = [
    ...[delta("1"), delta("2"), delta("3", "b"), delta("4"), delta(5), delta("6")],
    ...[{ type: "response.other" }, delta("7"), null, delta("8")],
    { type: "error", message: "m" },
    delta("9"),
  ];
  throws(() => {
    for (const event of reader.read(events)) read.push(event);
  }, /m$/);
  const type = "output_text.delta";
  const texts = ["a 12", "b 3", "a 4", "a 6", "a 7", "a 8"].map((text) => text.split(" "));
  deepStrictEqual(read, texts.map(([item_id, delta]) => ({ type, item_id, delta })));
});

const TOGETHER: Readonly<Record<string, [data: string[], values: unknown[]]>> = {
  "nothing": [[], []],
  "one": [['{"a":1}'], [{ a: 1 }]],
  "some": [['{"a":1}', "2", '"x,y"'], [{ a: 1 }, 2, "x,y"]],
  "what is no JSON among others": [['{"a":1}', "[DONE]", "3"], [{ a: 1 }, undefined, 3]],
  "two in one": [['{"a":1},{"b":2}', "3"], [undefined, 3]],
  "none at all": [["", "4"], [undefined, 4]],
};

for (const [name, [data, values]] of Object.entries(TOGETHER)) {
  Deno.test(`events that come together are read as each alone: ${name}`, () => {
    deepStrictEqual(parseAll(data), values);
  });
}
