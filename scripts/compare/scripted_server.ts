import type { Item, Step } from "./scenario.ts";
import type { SeenRequest } from "./observe.ts";
export interface ScriptedServer {
  url: string;
  requests: SeenRequest[];
  substitute(p: string, v: string): void;
  close(): Promise<void>;
}
export function startScriptedServer(steps: readonly Step[]): ScriptedServer {
  const requests: SeenRequest[] = [];
  const subs: [string, string][] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (req) => {
    const text = await req.text();
    const body = JSON.parse(text);
    requests.push({ path: new URL(req.url).pathname, headers: [...req.headers], body });
    const step = steps[requests.length - 1];
    if (!step) return new Response("no more steps", { status: 500 });
    if ("status" in step) {
      return new Response(JSON.stringify(step.body), {
        status: step.status,
        headers: step.headers,
      });
    }
    const session = [...text.matchAll(/session ID (\d+)/g)].at(-1)?.[1] ?? "0";
    const n = requests.length;
    const ev: any[] = [{ type: "response.created", response: { id: "resp_" + n } }];
    step.items.forEach((item: Item, i) => {
      let w: any = item;
      if (typeof item === "string") {
        w = {
          type: "message",
          id: `msg_${n}_${i}`,
          role: "assistant",
          content: [{ type: "output_text", text: item }],
        };
      } else if ("call" in item) {
        let a = typeof item.args === "string" ? item.args : JSON.stringify(item.args);
        for (const [p, v] of subs) a = a.replaceAll(p, v);
        a = a.replaceAll('"<session>"', session);
        w = {
          type: "function_call",
          id: `fc_${n}_${i}`,
          name: item.call,
          arguments: a,
          call_id: item.id,
        };
      } else if ("custom" in item) {
        w = {
          type: "custom_tool_call",
          id: `ctc_${n}_${i}`,
          status: "completed",
          name: item.custom,
          input: item.input,
          call_id: item.id,
        };
      }
      ev.push({ type: "response.output_item.done", output_index: i, item: w });
    });
    const t = step.usage ?? 120;
    ev.push({
      type: "response.completed",
      response: {
        id: "resp_" + n,
        usage: { input_tokens: t - 20, output_tokens: 20, total_tokens: t },
      },
    });
    let out = ev.map((e) => `event: ${e.type}\ndata: ${JSON.stringify(e)}\n\n`).join("");
    if (step.cutAfter !== undefined) out = out.slice(0, step.cutAfter);
    return new Response(out, { headers: { "content-type": "text/event-stream" } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    requests,
    substitute: (p, v) => void subs.push([p, v]),
    close: () => server.shutdown(),
  };
}
