/** Every way in which a server fails: how often it is asked again, and what is said in the end. */

import { deepStrictEqual, match, ok, rejects } from "node:assert/strict";
import { createHeaderDeadline } from "../../src/client/header_deadline.ts";
import { CodexError } from "../../src/protocol/error.ts";
import type { ResponseEvent } from "../../src/protocol/model_client.ts";
import { provider } from "../support/provider.ts";
import { ask, client, type ClientOptions, prompt } from "../support/responses_client.ts";
import { type Reply, startResponsesServer } from "../support/responses_server.ts";
import { until } from "../support/until.ts";

interface Outcome {
  readonly requests: number;
  readonly delays: number[];
  readonly retrying: number;
  readonly last: string;
  readonly error: CodexError | undefined;
}

/** One model call against a server that answers with `replies`, the last one for ever. */
async function call(replies: readonly Reply[], options: ClientOptions = {}): Promise<Outcome> {
  await using server = startResponsesServer(replies);
  const outcome = await callAt(server.url, options);
  return { ...outcome, requests: server.requests.length };
}

async function callAt(url: string, options: ClientOptions = {}): Promise<Outcome> {
  const delays: number[] = [];
  const model = await client(url, {
    sleep: (ms) => {
      delays.push(ms);
      return Promise.resolve();
    },
    ...options,
  });
  const events: ResponseEvent[] = [];
  let error: CodexError | undefined;
  try {
    for await (const event of model.stream(prompt(), new AbortController().signal)) {
      events.push(event);
    }
  } catch (caught) {
    ok(caught instanceof CodexError, String(caught));
    error = caught;
  }
  const retrying = events.filter(({ type }) => type === "retrying").length;
  return { requests: 0, delays, retrying, last: events.at(-1)?.type ?? "none", error };
}

function status(status: number, options: Partial<Reply> = {}): Reply {
  const raw = JSON.stringify({ error: { message: "m", type: "t", code: "c" } });
  return { status, raw, headers: { "content-type": "application/json" }, ...options };
}

for (const code of [400, 401, 402, 403, 404, 409, 413, 422, 429]) {
  Deno.test(`status ${code} is not asked again by the client`, async () => {
    const { requests, delays, error } = await call([status(code)]);
    deepStrictEqual([requests, delays, error?.retryable], [1, [], code === 429]);
  });
}

for (const code of [408, 500, 502, 503, 529]) {
  Deno.test(`status ${code} is asked again within the limit`, async () => {
    const { requests, delays, retrying, error } = await call([status(code)]);
    deepStrictEqual([requests, delays, retrying], [5, [200, 400, 800, 1600], 4]);
    deepStrictEqual([error?.info, error?.retryable], ["server_overloaded", true]);
  });
}

Deno.test("limits of the provider hold, none too", async () => {
  for (const requestMaxRetries of [0, 1, 2]) {
    const { requests } = await call([status(500)], { provider: { requestMaxRetries } });
    deepStrictEqual(requests, requestMaxRetries + 1);
  }
});

Deno.test("a server that recovers is answered with its stream", async () => {
  const { requests, retrying, last, error } = await call([status(500), status(503), {}]);
  deepStrictEqual([requests, retrying, last, error], [3, 2, "completed", undefined]);
});

Deno.test("what a retry is about is told", async () => {
  await using server = startResponsesServer([status(503, { headers: { "retry-after": "7" } }), {}]);
  const [event] = await ask(client(server.url));
  deepStrictEqual(event, {
    type: "retrying",
    attempt: 1,
    max: 4,
    delay_ms: 7000,
    reason: `unexpected status 503 Service Unavailable: m, url: ${server.url}/responses`,
  });
});

Deno.test("retries repeat the request unchanged", async () => {
  await using server = startResponsesServer([status(500), {}]);
  await ask(client(server.url));
  const [first, second] = server.requests;
  deepStrictEqual(second, first);
});

Deno.test("a delay beyond reason ends the call", async () => {
  const { requests, error } = await call([status(503, { headers: { "retry-after": "3600" } })]);
  deepStrictEqual([requests, error?.retryable], [1, false]);
  match(error?.message ?? "", /the server asks to wait 3600 s, longer than the 300 s/);
});

Deno.test("a redirect is not followed, and its target is told without secrets", async () => {
  let followed = 0;
  await using other = startResponsesServer(() => {
    followed++;
    return {};
  });
  for (const code of [301, 302, 307, 308]) {
    const location = `${other.url.replace("//", "//user:pw@")}/x?key=1`;
    const { requests, error } = await call([status(code, { headers: { location } })]);
    deepStrictEqual([requests, error?.info, error?.retryable], [1, "bad_request", false]);
    const message = error?.message ?? "";
    ok(message.includes(`redirects to ${other.url}/x; redirects are not followed`), message);
    ok(!/pw|key=1/.test(message), message);
  }
  deepStrictEqual(followed, 0);
});

Deno.test("a big error body is neither read to its end nor shown whole", async () => {
  const raw = `{"error":{"message":"${"x".repeat(1_000_000)}"}}`;
  const { error } = await call([status(400, { raw })]);
  ok((error?.message.length ?? 0) < 4200);
});

Deno.test("a server that repeats the key does not get it into the message", async () => {
  const raw = JSON.stringify({ error: { message: "wrong key: sk-very-secret-key" } });
  for (const reply of [status(401, { raw }), status(500, { raw })]) {
    const { error } = await call([reply]);
    match(error?.message ?? "", /wrong key: \[redacted: the provider's key\]/);
  }
  const failed = { type: "error", code: "x", message: "sk-very-secret-key" };
  const { error } = await call([{ events: [failed] }]);
  deepStrictEqual(
    error?.message,
    "stream disconnected before completion: [redacted: the provider's key]",
  );
});

/** Streams that end badly, and what is said of them. */
const STREAMS: readonly [string, Reply, RegExp][] = [
  ["no end", { items: ["x"], cut: true }, /^[^:]*: stream closed before response\.completed$/],
  ["a cut event", { items: ["x"], cutAfter: 150 }, /: stream closed before response\.completed$/],
  ["no events", { raw: "" }, /response\.completed \(it held no events; content-type: text\/event/],
  [
    "text",
    { raw: "hello", headers: { "content-type": "text/plain" } },
    /\(it held no events; content-type: text\/plain\)$/,
  ],
  ["a reset", { items: ["x"], cut: true, reset: true }, /: Transport error: /],
];

for (const [name, reply, message] of STREAMS) {
  Deno.test(`a stream with ${name} is the session's to try again`, async () => {
    const { requests, error } = await call([reply]);
    deepStrictEqual(
      [requests, error?.info, error?.retryable],
      [1, "response_stream_disconnected", true],
    );
    match(error?.message ?? "", message);
  });
}

Deno.test("items of a stream that breaks have been given on", async () => {
  const { last } = await call([{ items: ["x"], cut: true, reset: true }]);
  deepStrictEqual(last, "output_item.done");
});

Deno.test("a page in place of a stream is told as one, once", async () => {
  const raw = "<html><title>Log in</title></html>";
  const { requests, error } = await call([{ raw, headers: { "content-type": "text/html" } }]);
  deepStrictEqual([requests, error?.retryable], [1, false]);
  match(
    error?.message ?? "",
    /expected an event stream from .* but got text\/html \(an HTML page, "Log in"\); check base_url/,
  );
});

Deno.test("an error that comes with status 200 is told", async () => {
  const { error } = await call([status(200)]);
  match(error?.message ?? "", /but got application\/json \(m\)/);
});

Deno.test("silence within a stream ends it", async () => {
  const reply = { items: ["x"], hang: true };
  const { error } = await call([reply], { provider: { streamIdleTimeoutMs: 30 } });
  match(error?.message ?? "", /: idle timeout waiting for SSE$/);
});

Deno.test("a stream that never ends is ended by the total time", async () => {
  const raw = ": ping\n\n".repeat(10_000);
  const reply = { raw, chunkBytes: 8, chunkDelayMs: 5 };
  const { error } = await call([reply], { provider: { totalTimeoutMs: 60 } });
  match(error?.message ?? "", /: the model call took longer than 0\.06 s$/);
  deepStrictEqual(error?.retryable, false);
});

Deno.test("a server that does not answer is left after the header time, thinking or not", async () => {
  const reply = { delayMs: 60_000 };
  const { requests, error } = await call([reply], {
    provider: { connectTimeoutMs: 5, headerTimeoutMs: 60 },
  });
  deepStrictEqual([requests, error?.info], [1, "response_stream_disconnected"]);
  match(error?.message ?? "", /: no answer from 127\.0\.0\.1:\d+ within 0\.06 s$/);
});

Deno.test("a server that thinks longer than connecting may take is waited for", async () => {
  const { requests, last } = await call([{ delayMs: 60 }], { provider: { connectTimeoutMs: 5 } });
  deepStrictEqual([requests, last], [1, "completed"]);
});

/** A port of loopback where nobody listens. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

Deno.test("a refused connection is tried again within the limit, and says what to check", async () => {
  const url = `http://127.0.0.1:${freePort()}/v1`;
  const { delays, error } = await callAt(url);
  deepStrictEqual(delays, [200, 400, 800, 1600]);
  deepStrictEqual([error?.info, error?.retryable], ["http_connection_failed", true]);
  ok(error?.message.startsWith(`error sending request for url (${url}/responses): `));
  match(error?.message ?? "", /; check base_url, network and proxy settings$/);
});

/** Connects until the listener, which accepts nobody, has no room left. */
async function fillUp(port: number): Promise<Deno.Conn[]> {
  const connections: Deno.Conn[] = [];
  while (true) {
    const signal = AbortSignal.timeout(50);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port, signal })
      .catch(() => undefined);
    if (!connection) return connections;
    connections.push(connection);
  }
}

Deno.test("a host that lets no connection come about is given up after the connect time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr as Deno.NetAddr;
  const connections = await fillUp(port);
  const { delays, error } = await callAt(`http://127.0.0.1:${port}/v1`, {
    provider: { connectTimeoutMs: 30, requestMaxRetries: 1 },
  });
  deepStrictEqual([delays.length, error?.info], [1, "http_connection_failed"]);
  match(error?.message ?? "", /^Cannot connect to 127\.0\.0\.1:\d+ within 0\.03 s; check base_url/);
  for (const connection of connections) connection.close();
});

Deno.test("a look for the server that has not ended when the headers come ends nothing", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr as Deno.NetAddr;
  const connections = await fillUp(port);
  const options = { provider: provider({ connectTimeoutMs: 30 }), probe: true };
  const deadline = () => createHeaderDeadline(`http://127.0.0.1:${port}/v1/responses`, options);
  const [answered, waiting] = [deadline(), deadline()];
  answered.start();
  waiting.start();
  await new Promise((resolve) => setTimeout(resolve, 40));
  answered.stop();
  await until(() => waiting.signal.aborted);
  deepStrictEqual(answered.signal.aborted, false);
  waiting.stop();
  for (const connection of connections) connection.close();
});

Deno.test("a connection that is closed before its answer is tried again", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  let connections = 0;
  const closing = (async () => {
    for await (const connection of listener) {
      connections++;
      await connection.read(new Uint8Array(65_536));
      connection.close();
    }
  })();
  const { delays, error } = await callAt(`http://127.0.0.1:${port}/v1`);
  listener.close();
  await closing;
  deepStrictEqual([delays.length, error?.info], [4, "http_connection_failed"]);
  ok(connections >= 5, `${connections} connections`);
});

Deno.test("the caller's signal ends a call at once, with its reason, wherever it is", async () => {
  const reason = new Error("interrupt");
  const places: readonly Reply[] = [{ delayMs: 60_000 }, { items: ["x"], hang: true }];
  for (const reply of places) {
    const abort = new AbortController();
    await using server = startResponsesServer(() => {
      queueMicrotask(() => abort.abort(reason));
      return reply;
    });
    await rejects(ask(client(server.url), prompt(), abort.signal), (error) => error === reason);
  }
});

Deno.test("the caller's signal ends the wait for a retry", async () => {
  const reason = new Error("interrupt");
  const abort = new AbortController();
  await using server = startResponsesServer([status(500)]);
  const { sleep } = await import("../../src/protocol/retry.ts");
  const model = client(server.url, {
    sleep: (_, signal) => {
      const sleeping = sleep(60_000, signal);
      abort.abort(reason);
      return sleeping;
    },
  });
  await rejects(ask(model, prompt(), abort.signal), (error) => error === reason);
  deepStrictEqual(server.requests.length, 1);
});

Deno.test("a signal that is aborted already lets nothing out", async () => {
  const reason = new Error("interrupt");
  await using server = startResponsesServer([{}]);
  const asked = ask(client(server.url), prompt(), AbortSignal.abort(reason));
  await rejects(asked, (error) => error === reason);
  deepStrictEqual(server.requests.length, 0);
});

Deno.test("a client goes on after a call that was ended", async () => {
  await using server = startResponsesServer([{ items: ["x"], hang: true }, {}]);
  const model = await client(server.url);
  const abort = new AbortController();
  for await (const event of model.stream(prompt(), abort.signal)) {
    if (event.type === "output_item.done") break;
  }
  deepStrictEqual((await ask(model)).map(({ type }) => type), ["completed"]);
});
