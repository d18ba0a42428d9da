/**
 * The smallest agent: the prompt goes out, commands are run, their outputs go back. It checks
 * nothing, confines nothing and keeps nothing, so that what it takes is what the runtime takes.
 */

interface Item {
  readonly type: string;
  readonly call_id?: string;
  readonly arguments?: string;
  readonly content?: readonly { readonly text: string }[];
}

const TOOLS = [{
  type: "function",
  name: "exec_command",
  parameters: { type: "object", properties: { cmd: { type: "string" } } },
}];

/** As every command of decodex has one of its own, so that all that it starts can be ended with it. */
const IN_SESSIONS = Deno.args.includes("--sessions");

/** Whoever compiles it asks for a version to see that it starts. */
const STARTS_ONLY = "--version";

if (import.meta.main && Deno.args[0] !== STARTS_ONLY) await main(Deno.args.at(-1) ?? "");

async function main(prompt: string): Promise<void> {
  const config = await Deno.readTextFile(`${Deno.env.get("CODEX_HOME")}/config.toml`);
  const url = `${/base_url = "(.*)"/.exec(config)?.[1]}/responses`;
  const key = Deno.env.get(/env_key = "(.*)"/.exec(config)?.[1] ?? "") ?? "";
  const input: unknown[] = [
    { type: "message", role: "user", content: [{ type: "input_text", text: prompt }] },
  ];
  for (let isAsked = true; isAsked;) {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "m", input, tools: TOOLS, stream: true }),
    });
    isAsked = false;
    for await (const item of itemsOf(response)) {
      input.push(item);
      if (item.type === "message") console.log(item.content?.[0]?.text);
      if (item.type !== "function_call") continue;
      isAsked = true;
      input.push({
        type: "function_call_output",
        call_id: item.call_id,
        output: await outputOf(JSON.parse(item.arguments ?? "{}").cmd),
      });
    }
  }
}

async function* itemsOf({ body }: Response): AsyncGenerator<Item> {
  let rest = "";
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (rest + text).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = JSON.parse(event.slice("data: ".length));
      if (data.type === "response.output_item.done") yield data.item;
    }
  }
}

async function outputOf(script: string): Promise<string> {
  const args = ["-lc", script];
  const { stdout } = await new Deno.Command("/bin/bash", { args, detached: IN_SESSIONS }).output();
  return new TextDecoder().decode(stdout);
}
