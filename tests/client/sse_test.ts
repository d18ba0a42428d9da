/** Bytes to events: framing by the event-stream rules, then the vocabulary of the Responses API. */

import { deepStrictEqual, rejects, throws } from "node:assert/strict";
import { readSse } from "../../src/client/sse.ts";
import { EventReader } from "../../src/client/wire_event.ts";
import { CodexError } from "../../src/protocol/error.ts";

const TEXT = '{"type":"a","text":"grün 🦕 \\n"}';

function streamOf(bytes: Uint8Array, chunkBytes = bytes.length): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkBytes));
      at += chunkBytes;
    },
  });
}

async function read(text: string, chunkBytes?: number): Promise<string[]> {
  const stream = streamOf(new TextEncoder().encode(text), chunkBytes);
  return (await Array.fromAsync(readSse(stream, { idleTimeoutMs: 60_000 }))).flat();
}

const FRAMINGS: readonly [string, string, string[]][] = [
  ["LF", `event: a\ndata: ${TEXT}\n\ndata: 2\n\n`, [TEXT, "2"]],
  ["CRLF", `event: a\r\ndata: ${TEXT}\r\n\r\ndata: 2\r\n\r\n`, [TEXT, "2"]],
  ["CR", `event: a\rdata: ${TEXT}\r\rdata: 2\r\r`, [TEXT, "2"]],
  ["mixed ends", `data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r`, ["1", "2", "3"]],
  ["a BOM", `\uFEFFdata: ${TEXT}\n\n`, [TEXT]],
  ["no space after the colon", `data:${TEXT}\n\n`, [TEXT]],
  ["comments", `: ping\n\n:\ndata: ${TEXT}\n: in between\n\n`, [TEXT]],
  ["several data lines", `data: {"a":\ndata: 1}\n\n`, ['{"a":\n1}']],
  ["other fields", `id: 7\nretry: 100\nfoo: bar\nbaz\ndata: ${TEXT}\n\n`, [TEXT]],
  ["no data", `event: a\n\n`, []],
  ["an end without an empty line", `data: 1\n\ndata: ${TEXT}`, ["1", TEXT]],
  ["nothing", ``, []],
];

for (const [name, text, expected] of FRAMINGS) {
  Deno.test(`a stream with ${name} gives its events, in chunks of any size`, async () => {
    for (const chunkBytes of [undefined, 1, 2, 3, 7]) {
      deepStrictEqual(await read(text, chunkBytes), expected, `chunks of ${chunkBytes}`);
    }
  });
}

Deno.test("an event that a lone CR ends is not held back for the next chunk", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const events = readSse(readable, { idleTimeoutMs: 60_000 });
  const written = writer.write(new TextEncoder().encode("data: 1\r\r"));
  deepStrictEqual(await events.next(), { done: false, value: ["1"] });
  await written;
  await events.return(undefined);
});

Deno.test("silence longer than the limit ends the stream", async () => {
  let cancelled = false;
  const silent = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  await rejects(
    Array.fromAsync(readSse(silent, { idleTimeoutMs: 1 })),
    new CodexError(
      "response_stream_disconnected",
      "stream disconnected before completion: idle timeout waiting for SSE",
    ),
  );
  deepStrictEqual(cancelled, true);
});

Deno.test("an event without end does not fill the memory", async () => {
  const bytes = new TextEncoder().encode(`data: ${"x".repeat(100)}`);
  const endless = new ReadableStream<Uint8Array>({ pull: (c) => c.enqueue(bytes) });
  await rejects(
    Array.fromAsync(readSse(endless, { idleTimeoutMs: 60_000, maxEventChars: 10_000 })),
    /an event is longer than 10000 characters/,
  );
});

Deno.test("comments without end are no event and stay allowed", async () => {
  const bytes = new TextEncoder().encode(": ping\n\n".repeat(1000) + "data: 1\n\n");
  const events = readSse(streamOf(bytes, 9), { idleTimeoutMs: 60_000, maxEventChars: 100 });
  deepStrictEqual((await Array.fromAsync(events)).flat(), ["1"]);
});

/** Reads one event of the vocabulary. */
function event(value: unknown): unknown[] {
  return [...new EventReader().read(JSON.stringify(value))];
}

function done(item: unknown): unknown {
  const [read] = event({ type: "response.output_item.done", item }) as { item?: unknown }[];
  return read?.item;
}

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
    { type: "reasoning", summary: [], encrypted_content: null },
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
      action: { type: "exec", command: ["echo", "1"], timeout_ms: null, working_directory: null },
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
  Deno.test(`item: ${name}`, () => deepStrictEqual(done(wire), expected));
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
    deepStrictEqual([...reader.read(data)], []);
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
  reader.read(JSON.stringify({ type: "response.output_item.done", item }));
  deepStrictEqual(reader.read(incomplete("max_output_tokens")), [{
    type: "completed",
    response_id: "r",
    usage: undefined,
    incomplete_reason: "max_output_tokens",
  }]);
});

Deno.test("an incomplete response whose text was never declared done still gives the text", () => {
  const reader = new EventReader();
  for (const delta of ["half an", " answer"]) {
    reader.read(JSON.stringify({ type: "response.output_text.delta", item_id: "m", delta }));
  }
  deepStrictEqual(reader.read(incomplete("content_filter")), [
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

Deno.test("text that came as a finished item too is given once", () => {
  const reader = new EventReader();
  const content = [{ type: "output_text", text: "half" }];
  const item = { type: "message", role: "assistant", id: "m", content };
  reader.read(
    JSON.stringify({ type: "response.output_item.added", item: { ...item, content: [] } }),
  );
  reader.read(JSON.stringify({ type: "response.output_text.delta", delta: "half" }));
  reader.read(JSON.stringify({ type: "response.output_item.done", item }));
  deepStrictEqual(reader.read(incomplete("x")).map(({ type }) => type), ["completed"]);
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
    reader.read('{"type":"response.output_item.done","item":{"type":"reasoning","summary":[]}}');
    throws(
      () => reader.read(incomplete(reason)),
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
    throws(() => reader.read(JSON.stringify(failed)), error);
    const nested = { type: "error", error: { type: code, code: null, message } };
    throws(() => reader.read(JSON.stringify(nested)), error);
  });
}

Deno.test("an error event may carry its fields itself", () => {
  throws(
    () => event({ type: "error", code: "rate_limit_exceeded", message: "m", sequence_number: 1 }),
    new CodexError("rate_limited", "rate limit exceeded: m"),
  );
});
