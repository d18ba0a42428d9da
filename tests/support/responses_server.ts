/** A scripted Responses server on loopback: what is asked of it is kept, what it answers is written down. */

/** An output item in short: a message's text, a call, or an item as it stands. */
export type ScriptItem =
  | string
  | { call: string; args: unknown; id: string }
  | { custom: string; input: string; id: string }
  | { type: string; [field: string]: unknown };

export interface Reply {
  readonly items?: readonly ScriptItem[];
  readonly usage?: Readonly<Record<string, unknown>>;
  /** Fields of the completed response beside its id and usage. */
  readonly completed?: Readonly<Record<string, unknown>>;
  /** Text deltas of this size in front of each message. */
  readonly deltaSize?: number;
  /** Events after the items, in place of `response.completed`. */
  readonly events?: readonly unknown[];
  /** The body itself, in place of items and events. */
  readonly raw?: string | Uint8Array;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes that go out at a time; all at once where absent. */
  readonly chunkBytes?: number;
  /** Before the headers, in milliseconds. */
  readonly delayMs?: number;
  /** Between chunks, in milliseconds. */
  readonly chunkDelayMs?: number;
  /** The stream ends without `response.completed`. */
  readonly cut?: boolean;
  /** The body ends after so many bytes, as if it were whole. */
  readonly cutAfter?: number;
  /** The connection breaks where the body would end. */
  readonly reset?: boolean;
  /** Nothing comes after what is there, and the stream stays open. */
  readonly hang?: boolean;
}

export type Script = readonly Reply[] | ((n: number, body: RequestBody) => Reply);

/** The fields of a request that tests look into. */
export interface RequestBody {
  readonly model: string;
  readonly instructions: string;
  readonly input: readonly Readonly<Record<string, unknown>>[];
  readonly tools: readonly Readonly<Record<string, unknown>>[];
  readonly [field: string]: unknown;
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
  readonly body: RequestBody;
}

export interface ResponsesServer extends AsyncDisposable {
  /** Ends in `/v1`: what `base_url` is set to. */
  readonly url: string;
  readonly requests: SeenRequest[];
  close(): Promise<void>;
}

/** The n-th request gets the n-th reply; past the end, the last one again. */
export function startResponsesServer(script: Script): ResponsesServer {
  const requests: SeenRequest[] = [];
  const ended = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: ended.signal },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const text = await request.text();
      const body = (text.startsWith("{") ? JSON.parse(text) : {}) as RequestBody;
      requests.push({ path: `${pathname}${search}`, headers: [...request.headers], text, body });
      const n = requests.length - 1;
      const reply = typeof script === "function"
        ? script(n, body)
        : script[Math.min(n, script.length - 1)];
      return await respond(reply ?? { status: 500 }, ended.signal);
    },
  );
  async function close(): Promise<void> {
    ended.abort();
    await server.finished;
  }
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function respond(reply: Reply, ended: AbortSignal): Promise<Response> {
  if (reply.delayMs) await wait(reply.delayMs, ended);
  const headers = { "content-type": "text/event-stream", ...reply.headers };
  const status = reply.status ?? 200;
  const bytes = toBytes(reply).slice(0, reply.cutAfter);
  const isPlain = !reply.chunkBytes && !reply.hang && !reply.reset;
  const body = isPlain ? bytes : trickle(bytes, { reply, ended });
  // A body that is shorter than it was announced makes the server break the connection off.
  if (reply.reset) Object.assign(headers, { "content-length": `${bytes.length + 1}` });
  return new Response(body as BodyInit, { status, headers });
}

function toBytes({ raw, ...reply }: Reply): Uint8Array {
  if (raw instanceof Uint8Array) return raw;
  return new TextEncoder().encode(raw ?? toSse(reply));
}

function trickle(
  bytes: Uint8Array,
  { reply, ended }: { reply: Reply; ended: AbortSignal },
): ReadableStream<Uint8Array> {
  const size = reply.chunkBytes ?? Math.max(1, bytes.length);
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (at >= bytes.length) {
        if (reply.hang) await wait(2 ** 30, ended);
        return controller.close();
      }
      if (at > 0 && reply.chunkDelayMs) await wait(reply.chunkDelayMs, ended);
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

function wait(ms: number, ended: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  ended.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  }, { once: true });
  return promise;
}

/** The reply's events as the wire has them. */
export function toSse(reply: Reply): string {
  const id = "resp_1";
  const events: unknown[] = [{ type: "response.created", response: { id } }];
  (reply.items ?? []).forEach((item, index) => events.push(...itemEvents(item, { index, reply })));
  if (reply.events) events.push(...reply.events);
  else if (!reply.cut && !reply.hang) {
    const usage = reply.usage ?? {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 120,
    };
    events.push({ type: "response.completed", response: { id, usage, ...reply.completed } });
  }
  return events.map((event) => {
    const { type } = event as { type?: string };
    return `${type ? `event: ${type}\n` : ""}data: ${JSON.stringify(event)}\n\n`;
  }).join("");
}

function itemEvents(
  short: ScriptItem,
  { index, reply }: { index: number; reply: Reply },
): unknown[] {
  const item = toItem(short, index);
  const added = { type: "response.output_item.added", output_index: index, item };
  const done = { type: "response.output_item.done", output_index: index, item };
  if (item.type !== "message" || !reply.deltaSize) return [added, done];
  const text = (item.content as { text?: string }[]).map((part) => part.text ?? "").join("");
  const size = reply.deltaSize;
  const deltas = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => ({
    type: "response.output_text.delta",
    item_id: item.id,
    output_index: index,
    content_index: 0,
    delta: text.slice(i * size, (i + 1) * size),
  }));
  return [{ ...added, item: { ...item, content: [] } }, ...deltas, done];
}

function toItem(short: ScriptItem, index: number): { type: string; [field: string]: unknown } {
  if (typeof short === "string") {
    return {
      type: "message",
      role: "assistant",
      id: `msg_${index}`,
      content: [{ type: "output_text", text: short }],
    };
  }
  if ("call" in short && "args" in short) {
    const { call: name, args, id: call_id } = short;
    const arguments_ = typeof args === "string" ? args : JSON.stringify(args);
    return { type: "function_call", id: `fc_${index}`, call_id, name, arguments: arguments_ };
  }
  if ("custom" in short) {
    const { custom: name, input, id: call_id } = short;
    return {
      type: "custom_tool_call",
      id: `ctc_${index}`,
      status: "completed",
      call_id,
      name,
      input,
    };
  }
  return short as { type: string };
}
