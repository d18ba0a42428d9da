/** The library, by the words of README: its block of code is run as it stands. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { startResponsesServer } from "../support/responses_server.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("README's echo tool is called by the model and its answer is printed", async () => {
  await using server = startResponsesServer([
    { items: [{ call: "echo", args: { text: "hello" }, id: "c1" }] },
    { items: ["It said hello."] },
  ]);
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const block = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  ok(block, "README has no block of TypeScript");
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/example.ts`;
    await Deno.writeTextFile(file, block.replace("./src/mod.ts", new URL("src/mod.ts", ROOT).href));
    await Deno.writeTextFile(`${folder}/config.toml`, configFor(server.url));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", new URL("deno.json", ROOT).pathname, file],
      cwd: folder,
      env: { CODEX_HOME: folder, TEST_KEY: "k", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    deepStrictEqual([code, text(stdout), text(stderr)], [0, "It said hello.\n", ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  deepStrictEqual(server.requests[1]?.body.input.at(-1), {
    type: "function_call_output",
    call_id: "c1",
    output: "hello",
  });
});

function configFor(url: string): string {
  return `model = "gpt-5.1-codex"
model_provider = "test"
[model_providers.test]
name = "test"
base_url = "${url}"
env_key = "TEST_KEY"
`;
}
