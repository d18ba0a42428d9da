/** A Responses server that costs as little as possible, so that the program is what is measured. */

import type { Scenario } from "./scenarios.ts";

export interface BenchServer {
  readonly url: string;
  /** Begins a run of the scenario: its first request gets the first response. */
  begin(scenario: Scenario): void;
  /** When each request of the run came in, by `performance.now()`. */
  readonly requestTimes: readonly number[];
  close(): Promise<void>;
}

export function startBenchServer(): BenchServer {
  let scenario: Scenario | undefined;
  let times: number[] = [];
  /** Made before they are asked for, as far as they are many bytes: the program is measured, not we. */
  let answers: readonly Uint8Array[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (req) => {
    if (new URL(req.url).pathname !== "/v1/responses" || !scenario) {
      return new Response(null, { status: 404 });
    }
    times.push(performance.now());
    const n = Math.min(times.length, scenario.rounds) - 1;
    const { thinksMs = 0 } = scenario;
    for await (const _ of req.body ?? []) {
      // Somebody who hangs up early would cost the client a connection.
    }
    if (thinksMs > 0) await new Promise((resolve) => setTimeout(resolve, thinksMs));
    return new Response(answers[n]?.slice() ?? encode(answer(scenario, n)), {
      headers: { "content-type": "text/event-stream" },
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    begin(next): void {
      scenario = next;
      times = [];
      const prepared = Math.min(next.rounds, MOST_PREPARED);
      answers = Array.from({ length: prepared }, (_, n) => encode(answer(next, n)));
    },
    get requestTimes() {
      return times;
    },
    close: () => server.shutdown(),
  };
}

const MOST_PREPARED = 5;

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function answer(scenario: Scenario, n: number): string {
  const events: unknown[] = [{ type: "response.created", response: { id: "r" } }];
  if (scenario.deltas && n === 1) {
    const item = { type: "message", role: "assistant", id: "msg", content: [] };
    events.push({ type: "response.output_item.added", output_index: 0, item });
    for (const delta of scenario.deltas) {
      events.push({ type: "response.output_text.delta", item_id: "msg", delta });
    }
  }
  for (const item of scenario.items(n)) events.push({ type: "response.output_item.done", item });
  const usage = { input_tokens: 10, output_tokens: 1, total_tokens: 11 };
  events.push({ type: "response.completed", response: { id: "r", usage } });
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}
