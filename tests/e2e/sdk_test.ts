/** OpenAI's SDK drives decodex in Codex's place, where npm has the SDK. */

import { deepStrictEqual, match, rejects } from "node:assert/strict";
import { loadSdk, type Sdk, type SdkEvent } from "../support/codex_sdk.ts";
import { commandLine, createPlace, KEY, machine, type Place } from "../support/program.ts";
import type { Script } from "../support/responses_server.ts";

const sdk = await loadSdk().catch((error: Error) => error);
if (sdk instanceof Error) console.log(`skipped: OpenAI's SDK: ${sdk.message}`);

interface Driven extends AsyncDisposable {
  readonly place: Place;
  readonly codex: InstanceType<Sdk["Codex"]>;
  /** How each thread is begun. */
  readonly thread: Readonly<Record<string, unknown>>;
}

async function drive(script: Script): Promise<Driven> {
  if (sdk instanceof Error) throw sdk;
  const place = await createPlace(script);
  const program = `${place.root}/decodex`;
  const words = commandLine().map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(program, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  await Deno.remove(`${place.home}/config.toml`);
  const codex = new sdk.Codex({
    codexPathOverride: program,
    apiKey: KEY,
    baseUrl: place.server.url,
    env: { ...machine(), HOME: place.root, CODEX_HOME: place.home, SHELL: "/bin/bash" },
    config: { model_verbosity: "high", features: { web_search_request: false } },
  });
  return {
    place,
    codex,
    thread: { model: "gpt-5.1", workingDirectory: place.cwd, skipGitRepoCheck: true },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

function sdkTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `OpenAI's SDK ${name}`, ignore: sdk instanceof Error, fn });
}

sdkTest("runs a turn and reads answer, items and usage", async () => {
  await using driven = await drive([
    { items: [{ call: "exec_command", args: { cmd: "echo hi" }, id: "c" }] },
    { items: ["the answer"] },
  ]);
  const { place, codex } = driven;
  const thread = codex.startThread({
    ...driven.thread,
    sandboxMode: "workspace-write",
    modelReasoningEffort: "high",
    networkAccessEnabled: true,
    webSearchMode: "disabled",
    approvalPolicy: "never",
    additionalDirectories: [place.root],
    threadSource: "test",
  });
  const turn = await thread.run("say it");
  deepStrictEqual(turn.finalResponse, "the answer");
  deepStrictEqual(turn.items.map(({ type }) => type), ["command_execution", "agent_message"]);
  deepStrictEqual([turn.usage?.["input_tokens"], turn.usage?.["output_tokens"]], [200, 40]);
  match(thread.id ?? "", /^[0-9a-f-]{36}$/);
  const [request] = place.server.requests;
  const headers = new Map(request?.headers);
  deepStrictEqual(headers.get("authorization"), `Bearer ${KEY}`);
  deepStrictEqual(headers.get("originator"), "codex_sdk_ts");
  deepStrictEqual(headers.get("session_id"), thread.id);
  deepStrictEqual(request?.body.model, "gpt-5.1");
  deepStrictEqual(request?.body["reasoning"], { effort: "high", summary: "auto" });
  deepStrictEqual(request?.body["text"], { verbosity: "high" });
});

sdkTest("streams the events of a turn", async () => {
  await using driven = await drive([{ items: ["one", "two"], deltaSize: 1 }]);
  const { events } = await driven.codex.startThread(driven.thread).runStreamed("x");
  const types = (await Array.fromAsync(events)).map(({ type }) => type);
  deepStrictEqual(types, [
    "thread.started",
    "turn.started",
    "item.completed",
    "item.completed",
    "turn.completed",
  ]);
});

sdkTest("goes on with a thread, also by its id", async () => {
  await using driven = await drive((n) => ({ items: [`answer ${n}`] }));
  const thread = driven.codex.startThread(driven.thread);
  await thread.run("first");
  await thread.run("second");
  const resumed = driven.codex.resumeThread(thread.id ?? "", driven.thread);
  deepStrictEqual((await resumed.run("third")).finalResponse, "answer 2");
  const said = driven.place.server.requests[2]?.body.input.slice(-5).map((item) =>
    (item["content"] as { text: string }[])[0]?.text
  );
  deepStrictEqual(said, ["first", "answer 0", "second", "answer 1", "third"]);
  await rejects(
    driven.codex.resumeThread("0199a213-81c0-7800-8aa1-bbab2a035a53").run("x"),
    /0199a213/,
  );
});

sdkTest("sends pictures and a schema", async () => {
  await using driven = await drive([{ items: ['{"a":"x"}'] }]);
  const { place } = driven;
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await Deno.writeFile(`${place.root}/a.png`, Uint8Array.fromBase64(png));
  const schema = {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  };
  const turn = await driven.codex.startThread(driven.thread).run(
    [{ type: "text", text: "look" }, { type: "local_image", path: `${place.root}/a.png` }],
    { outputSchema: schema },
  );
  deepStrictEqual(turn.finalResponse, '{"a":"x"}');
  const body = place.server.requests[0]?.body;
  const { format } = body?.["text"] as { format: { schema: unknown } };
  deepStrictEqual(format.schema, schema);
  const content = body?.input.at(-1)?.["content"] as { type: string }[];
  deepStrictEqual(content.map(({ type }) => type), [
    "input_text",
    "input_image",
    "input_text",
    "input_text",
  ]);
});

sdkTest("hears why a turn has failed", async () => {
  await using driven = await drive([{ status: 400, raw: '{"error":{"message":"no such thing"}}' }]);
  await rejects(driven.codex.startThread(driven.thread).run("x"), /no such thing/);
});

sdkTest("aborts a turn", async () => {
  await using driven = await drive([{ items: ["begun"], hang: true }]);
  const abort = new AbortController();
  const { events } = await driven.codex.startThread(driven.thread)
    .runStreamed("x", { signal: abort.signal });
  const seen: SdkEvent[] = [];
  await rejects(async () => {
    for await (const event of events) {
      seen.push(event);
      if (event.type === "item.completed") abort.abort();
    }
  }, /abort/i);
  deepStrictEqual(seen.at(2)?.type, "item.completed");
});
