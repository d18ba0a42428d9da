/** The body and the headers of a sampling request, in the order of codex-cli 0.115.0. */

import type { Prompt } from "../protocol/model_client.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import type { ResponseItem } from "../protocol/response_item.ts";
import type { ToolSpec } from "../protocol/tool.ts";

/** JSON of what has been sent before: a long history is not serialised anew for every request. */
export class BodyWriter {
  readonly #pieces = new WeakMap<object, string>();

  write(prompt: Prompt, promptCacheKey: string): string {
    const { model, instructions, parallel_tool_calls, reasoning, service_tier, text } = prompt;
    const tail = {
      tool_choice: "auto",
      parallel_tool_calls,
      reasoning,
      store: false,
      stream: true,
      include: reasoning ? ["reasoning.encrypted_content"] : [],
      ...service_tier !== undefined && { service_tier },
      prompt_cache_key: promptCacheKey,
      ...text && { text },
    };
    const input = prompt.input.map((item) => this.#piece(item, toWire)).join(",");
    const tools = prompt.tools.map((tool) => this.#piece(tool, asIs)).join(",");
    return `{"model":${JSON.stringify(model)},"instructions":${JSON.stringify(instructions)},` +
      `"input":[${input}],"tools":[${tools}],${JSON.stringify(tail).slice(1)}`;
  }

  #piece<T extends object>(value: T, wire: (value: T) => object): string {
    let json = this.#pieces.get(value);
    if (json === undefined) {
      json = JSON.stringify(wire(value));
      this.#pieces.set(value, json);
    }
    return json;
  }
}

/** 0.115.0 sends no ids and no phase back. */
function toWire(item: ResponseItem): object {
  const { id: _id, phase: _phase, ...wire } = item as ResponseItem & {
    id?: string;
    phase?: string;
  };
  return wire;
}

function asIs(tool: ToolSpec): ToolSpec {
  return tool;
}

export interface HeaderOptions {
  readonly provider: ProviderInfo;
  readonly threadId: string;
  readonly originator: string;
  readonly userAgent: string;
  readonly betaFeatures?: readonly string[];
}

export function requestHeaders(
  prompt: Prompt,
  options: HeaderOptions & { turnState: string | undefined },
): Headers {
  const { provider, threadId, betaFeatures = [], turnState } = options;
  const headers = new Headers();
  if (prompt.turnMetadata) {
    headers.set("x-codex-turn-metadata", toAscii(JSON.stringify(prompt.turnMetadata)));
  }
  headers.set("x-client-request-id", threadId);
  headers.set("session_id", threadId);
  if (turnState !== undefined) headers.set("x-codex-turn-state", turnState);
  if (betaFeatures.length > 0) headers.set("x-codex-beta-features", betaFeatures.join(","));
  for (const [name, value] of Object.entries(provider.headers)) headers.set(name, value);
  if (provider.bearerToken !== undefined) {
    headers.set("authorization", `Bearer ${provider.bearerToken}`);
  }
  headers.set("accept", "text/event-stream");
  headers.set("content-type", "application/json");
  headers.set("user-agent", options.userAgent);
  headers.set("originator", options.originator);
  return headers;
}

/** A header carries no other characters; JSON has an escape for each. */
function toAscii(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function responsesUrl(provider: ProviderInfo): string {
  const query = new URLSearchParams(provider.queryParams).toString();
  return `${provider.baseUrl}/responses${query === "" ? "" : `?${query}`}`;
}
