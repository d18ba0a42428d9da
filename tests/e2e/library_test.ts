/** The library, by the words of README: its block of code is run as it stands. */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { type ResponsesServer, startResponsesServer } from "../support/responses_server.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("README's echo tool is called by the model and its answer is printed", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const block = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  ok(block, "README has no block of TypeScript");
  await using server = startResponsesServer([
    { items: [{ call: "echo", args: { text: "hello" }, id: "c1" }] },
    { items: ["It said hello."] },
  ]);
  await using folder = await programFolder(server);
  deepStrictEqual(await folder.run(block), [0, "It said hello.\n", ""]);
  deepStrictEqual(server.requests[1]?.body.input.at(-1), {
    type: "function_call_output",
    call_id: "c1",
    output: "hello",
  });
});

const ASKING = `import { openAgent } from "./src/mod.ts";
await using agent = await openAgent({
  onApproval(request) {
    console.log(request.type, request.escalated, request.reason);
    if (request.reason === "bad") throw new Error("no idea");
    return "approved";
  },
  onEvent(event) {
    if (event.type === "warning") console.log(event.message);
    if (event.type === "permission.denied") console.log(event.denial.need);
  },
});
console.log((await agent.ask("go")).text);
`;

Deno.test("a program answers what a tool asks leave for; one that fails has said no", async () => {
  const asking = { sandbox_permissions: "require_escalated" };
  const call = (name: string, justification: string) => ({
    call: "exec_command",
    args: { cmd: `echo x > ${name}`, ...asking, justification },
    id: name,
  });
  await using server = startResponsesServer([
    { items: [call("first", "good")] },
    { items: [call("second", "bad")] },
    { items: ["done"] },
  ]);
  await using folder = await programFolder(server);
  const lines = [
    "exec true good",
    "exec true bad",
    "onApproval failed: no idea",
    'to run "echo x > second" outside of the sandbox',
    "done\n",
  ];
  deepStrictEqual(await folder.run(ASKING), [0, lines.join("\n"), ""]);
  strictEqual(await Deno.readTextFile(`${folder.path}/first`), "x\n");
  await rejects(Deno.stat(`${folder.path}/second`), Deno.errors.NotFound);
});

Deno.test("without anybody to answer, a question is answered with no", async () => {
  const args = { cmd: "make", sandbox_permissions: "require_escalated", justification: "why" };
  await using server = startResponsesServer([
    { items: [{ call: "exec_command", args, id: "c" }] },
    { items: ["done"] },
  ]);
  await using folder = await programFolder(server);
  const program = `import { openAgent } from "./src/mod.ts";
await using agent = await openAgent({ flags: { approvalPolicy: "on-request" } });
console.log((await agent.ask("go")).text);
`;
  deepStrictEqual(await folder.run(program), [0, "done\n", ""]);
  match(String(server.requests[1]?.body.input.at(-1)?.["output"]), /^rejected by user\n/);
});

Deno.test("what requires a sandbox that cannot be had opens no agent", async () => {
  await using server = startResponsesServer([{ items: ["done"] }]);
  await using folder = await programFolder(server);
  const program = `import { openAgent, SandboxError } from "./src/mod.ts";
const flags = { sandboxRequired: true, sandboxMode: "danger-full-access" } as const;
await openAgent({ flags }).catch((error) => console.log(error instanceof SandboxError));
`;
  deepStrictEqual(await folder.run(program), [0, "true\n", ""]);
});

/** A home and a working folder in one, for programs that import the library. */
async function programFolder(server: ResponsesServer): Promise<
  AsyncDisposable & { path: string; run(program: string): Promise<[number, string, string]> }
> {
  const path = await Deno.makeTempDir();
  await Deno.writeTextFile(`${path}/config.toml`, configFor(server.url));
  return {
    path,
    async run(program) {
      const file = `${path}/example.ts`;
      const library = new URL("src/mod.ts", ROOT).href;
      await Deno.writeTextFile(file, program.replace("./src/mod.ts", library));
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--config", new URL("deno.json", ROOT).pathname, file],
        cwd: path,
        env: { CODEX_HOME: path, TEST_KEY: "k", NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return [code, text(stdout), text(stderr)];
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

function configFor(url: string): string {
  return `model = "gpt-5.1-codex"
model_provider = "test"
[model_providers.test]
name = "test"
base_url = "${url}"
env_key = "TEST_KEY"
`;
}
