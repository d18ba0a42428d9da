/** The client against a real server on loopback: what it sends, and how it takes an answer. */

import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import type { Prompt, ResponseEvent } from "../../src/protocol/model_client.ts";
import type { ResponseItem } from "../../src/protocol/response_item.ts";
import { ConfigError } from "../../src/protocol/error.ts";
import { functionCall, functionOutput } from "../support/items.ts";
import { ask, client, prompt } from "../support/responses_client.ts";
import { startResponsesServer } from "../support/responses_server.ts";

const MESSAGE: ResponseItem = {
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: "hi" }],
};

Deno.test("a request is the one of codex-cli 0.115.0, byte for byte", async () => {
  await using server = startResponsesServer([{ items: ["x"] }]);
  const asked: Prompt = prompt({
    input: [
      MESSAGE,
      { type: "reasoning", summary: [], encrypted_content: "E", id: "rs_1" },
      { ...functionCall("exec_command", { cmd: "ls" }, "c1"), id: "fc_1" },
      functionOutput("c1", "out"),
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "a" }],
        id: "msg_1",
        phase: "commentary",
      },
    ],
    tools: [{ type: "web_search", external_web_access: true }],
    reasoning: { effort: "high", summary: "auto" },
    service_tier: "priority",
    text: { verbosity: "low" },
  });
  await ask(client(server.url), asked);
  const [request] = server.requests;
  deepStrictEqual(request?.path, "/v1/responses");
  deepStrictEqual(
    request?.text,
    `{"model":"m","instructions":"base","input":[` +
      `{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]},` +
      `{"type":"reasoning","summary":[],"encrypted_content":"E"},` +
      `{"type":"function_call","call_id":"c1","name":"exec_command","arguments":"{\\"cmd\\":\\"ls\\"}"},` +
      `{"type":"function_call_output","call_id":"c1","output":"out"},` +
      `{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]}],` +
      `"tools":[{"type":"web_search","external_web_access":true}],"tool_choice":"auto",` +
      `"parallel_tool_calls":true,"reasoning":{"effort":"high","summary":"auto"},"store":false,` +
      `"stream":true,"include":["reasoning.encrypted_content"],"service_tier":"priority",` +
      `"prompt_cache_key":"thread-1","text":{"verbosity":"low"}}`,
  );
});

Deno.test("a model that does not reason is asked for nothing encrypted", async () => {
  await using server = startResponsesServer([{}]);
  await ask(client(server.url), prompt());
  const body = server.requests[0]?.body;
  deepStrictEqual([body?.reasoning, body?.include, body?.input, body?.tools], [null, [], [], []]);
});

Deno.test("half a character of a cut output does not spoil the body", async () => {
  await using server = startResponsesServer([{}]);
  await ask(
    client(server.url),
    prompt({ input: [functionOutput("c", "🦕".slice(0, 1) + "é\\ud83d")] }),
  );
  deepStrictEqual(server.requests[0]?.body.input[0]?.output, "\ufffdé\\ud83d");
});

/** The head of a request as it stands on the wire. */
async function headOf(options: Parameters<typeof client>[1], asked: Prompt): Promise<string[]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const answered = answerOnce(listener);
  await ask(client(`http://127.0.0.1:${port}/v1`, options), asked);
  return (await answered).split("\r\n\r\n")[0]?.split("\r\n") ?? [];
}

async function answerOnce(listener: Deno.Listener): Promise<string> {
  using connection = await listener.accept();
  const buffer = new Uint8Array(65_536);
  const count = await connection.read(buffer) ?? 0;
  const body = 'data: {"type":"response.completed"}\n\n';
  await connection.write(new TextEncoder().encode(
    `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ));
  return new TextDecoder().decode(buffer.subarray(0, count));
}

Deno.test("headers go out in the order of codex-cli 0.115.0", async () => {
  const head = await headOf({
    betaFeatures: ["apps", "prevent_idle_sleep"],
    subagent: "review",
    provider: {
      headers: { "X-Stat": "sv", "x-env": "ev\n" },
      queryParams: { "api-version": "1 2", b: "&" },
    },
  }, prompt({ turnMetadata: { turn_id: "t", workspaces: { "/ü": {} }, sandbox: "none" } }));
  const own = head.filter((line) => !/^(?:content-length|accept-language|host):/.test(line));
  deepStrictEqual(own, [
    "POST /v1/responses?api-version=1+2&b=%26 HTTP/1.1",
    "x-stat: sv",
    "x-env: ev",
    `x-codex-turn-metadata: {"turn_id":"t","workspaces":{"/\\u00fc":{}},"sandbox":"none"}`,
    "x-client-request-id: thread-1",
    "session_id: thread-1",
    "x-codex-beta-features: apps,prevent_idle_sleep",
    "x-openai-subagent: review",
    "authorization: Bearer sk-very-secret-key",
    "accept: text/event-stream",
    "content-type: application/json",
    "user-agent: codex_exec/0.115.0 (L_nux)",
    "originator: codex_exec",
    "accept-encoding: identity",
  ]);
});

Deno.test("a provider without a key sends none", async () => {
  const head = await headOf({ provider: { bearerToken: undefined } }, prompt());
  deepStrictEqual(head.filter((line) => line.startsWith("authorization")), []);
});

Deno.test("a key, header or address that HTTP cannot carry is refused at once, and not shown", async () => {
  const unusable = [
    { bearerToken: "sk-sec\nret" },
    { bearerToken: "“sk-secret”" },
    { headers: { "x-key": "sec\r\nret: 1" } },
    { headers: { "bad name": "sec-ret" } },
    { baseUrl: "no url" },
    { baseUrl: "ftp://sec:ret@h" },
  ];
  for (const options of unusable) {
    await rejects(client("http://127.0.0.1:1/v1", { provider: options }), (error) => {
      ok(error instanceof ConfigError, String(error));
      ok(!/sec.*ret/s.test(error.message), error.message);
      return true;
    });
  }
});

Deno.test("x-codex-turn-state is said again within its turn, and not in the next one", async () => {
  await using server = startResponsesServer((n) => ({
    headers: { "x-codex-turn-state": `state ${n}` },
  }));
  const model = await client(server.url);
  for (const turn_id of ["t1", "t1", "t1", "t2", "t2"]) {
    await ask(model, prompt({ turnMetadata: { turn_id, sandbox: "none" } }));
  }
  const states = server.requests.map(({ headers }) =>
    headers.find(([name]) => name === "x-codex-turn-state")?.[1]
  );
  deepStrictEqual(states, [undefined, "state 0", "state 0", undefined, "state 3"]);
});

Deno.test("an old item is serialised once", async () => {
  await using server = startResponsesServer([{}]);
  let reads = 0;
  const item = functionOutput("c", "out");
  Object.defineProperty(item, "output", {
    enumerable: true,
    get() {
      reads++;
      return "out";
    },
  });
  const model = await client(server.url);
  for (let n = 0; n < 3; n++) await ask(model, prompt({ input: [item] }));
  deepStrictEqual(server.requests.map(({ body }) => body.input[0]?.output), ["out", "out", "out"]);
  ok(reads <= 2, `${reads} reads`);
});

const EVENTS: readonly ResponseEvent[] = [
  {
    type: "output_item.done",
    item: { type: "reasoning", summary: [], content: null, encrypted_content: null, id: "rs" },
  },
  { type: "message.started", item_id: "msg_1" },
  { type: "output_text.delta", item_id: "msg_1", delta: "Grüße" },
  { type: "output_text.delta", item_id: "msg_1", delta: " 🦕" },
  {
    type: "output_item.done",
    item: {
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Grüße 🦕" }],
      id: "msg_1",
    },
  },
  {
    type: "output_item.done",
    item: {
      type: "function_call",
      name: "exec_command",
      arguments: '{"cmd":"ls"}',
      call_id: "c1",
      id: "fc_2",
    },
  },
  {
    type: "output_item.done",
    item: {
      type: "custom_tool_call",
      status: "completed",
      call_id: "c2",
      name: "apply_patch",
      input: "*** Begin Patch",
      id: "ctc_3",
    },
  },
  { type: "web_search.started", item_id: "ws" },
  {
    type: "output_item.done",
    item: {
      type: "web_search_call",
      status: "completed",
      action: { type: "search" },
      id: "ws",
    },
  },
  {
    type: "completed",
    response_id: "resp_1",
    usage: {
      input_tokens: 100,
      cached_input_tokens: 0,
      output_tokens: 20,
      reasoning_output_tokens: 0,
      total_tokens: 120,
    },
  },
];

Deno.test("items, deltas and the end come as events, in order", async () => {
  await using server = startResponsesServer([{
    items: [
      { type: "reasoning", id: "rs", summary: [] },
      "Grüße 🦕",
      { call: "exec_command", args: { cmd: "ls" }, id: "c1" },
      { custom: "apply_patch", input: "*** Begin Patch", id: "c2" },
      { type: "web_search_call", id: "ws", status: "completed", action: { type: "search" } },
      { type: "martian" },
    ],
    deltaSize: 5,
    chunkBytes: 1,
  }]);
  // One byte at a time may arrive together or not: what is joined is the same text.
  deepStrictEqual(withTextJoined(await ask(client(server.url), prompt())), withTextJoined(EVENTS));
});

/** Each run of deltas of one message as one. */
function withTextJoined(events: readonly ResponseEvent[]): ResponseEvent[] {
  const joined: ResponseEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    const isMore = event.type === "output_text.delta" && last?.type === event.type &&
      last.item_id === event.item_id;
    if (isMore) joined[joined.length - 1] = { ...last, delta: last.delta + event.delta };
    else joined.push(event);
  }
  return joined;
}

Deno.test("deltas that arrive together are one, those that do not are not held back", async () => {
  const delta = (text: string) =>
    `data: ${
      JSON.stringify({ type: "response.output_text.delta", item_id: "m", delta: text })
    }\n\n`;
  const raw = delta("one ") + delta("two ");
  await using server = startResponsesServer([{ raw, hang: true }]);
  const seen: ResponseEvent[] = [];
  for await (
    const event of (await client(server.url)).stream(prompt(), new AbortController().signal)
  ) {
    seen.push(event);
    break;
  }
  deepStrictEqual(seen, [{ type: "output_text.delta", item_id: "m", delta: "one two " }]);
});

Deno.test("an event is given on before the next one is there", async () => {
  await using server = startResponsesServer([{ items: ["first"], hang: true }]);
  const events = (await client(server.url)).stream(prompt(), new AbortController().signal);
  for await (const event of events) {
    if (event.type === "output_item.done") break;
  }
  deepStrictEqual(server.requests.length, 1);
});

Deno.test("what follows the end is not waited for", async () => {
  const raw = 'data: {"type":"response.completed"}\n\ndata: [DONE]\n\n';
  await using server = startResponsesServer([{ raw, hang: true }]);
  deepStrictEqual((await ask(client(server.url), prompt())).map(({ type }) => type), ["completed"]);
});

Deno.test("of 20,000 deltas not a letter is lost", async () => {
  const text = "word ".repeat(20_000);
  await using server = startResponsesServer([{ items: [text], deltaSize: 5 }]);
  const events = await ask(client(server.url), prompt());
  const deltas = events.map((event) => event.type === "output_text.delta" ? event.delta : "");
  deepStrictEqual(deltas.join(""), text);
});
