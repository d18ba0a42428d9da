/** The real client for tests: no waits between tries, no environment. */

import { createModelClient, type ModelClientOptions } from "../../src/client/mod.ts";
import type { ModelClient, Prompt, ResponseEvent } from "../../src/protocol/model_client.ts";
import type { ProviderInfo } from "../../src/protocol/provider.ts";
import { provider } from "./provider.ts";

export type ClientOptions = Partial<Omit<ModelClientOptions, "provider">> & {
  readonly provider?: Partial<ProviderInfo>;
};

export function client(baseUrl: string, options: ClientOptions = {}): Promise<ModelClient> {
  return createModelClient({
    threadId: "thread-1",
    originator: "codex_exec",
    userAgent: "codex_exec/0.115.0 (Lïnux)",
    env: {},
    sleep: () => Promise.resolve(),
    random: () => 0.5,
    ...options,
    provider: provider({ baseUrl, ...options.provider }),
  });
}

export function prompt(options: Partial<Prompt> = {}): Prompt {
  return {
    model: "m",
    instructions: "base",
    input: [],
    tools: [],
    parallel_tool_calls: true,
    reasoning: null,
    ...options,
  };
}

/** All events of one response. */
export async function ask(
  model: ModelClient | Promise<ModelClient>,
  asked: Prompt = prompt(),
  signal: AbortSignal = new AbortController().signal,
): Promise<ResponseEvent[]> {
  return await Array.fromAsync((await model).stream(asked, signal));
}
