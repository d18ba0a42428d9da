/** The body and the headers of a sampling request, in the order of codex-cli 0.115.0. */

import type {
  ResponseCreateParams,
  ResponseIncludable,
} from "openai/resources/responses/responses";
import { ConfigError } from "../protocol/error.ts";
import type { Prompt } from "../protocol/model_client.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import type { ResponseItem } from "../protocol/response_item.ts";
import type { ToolSpec } from "../protocol/tool.ts";

/** Names that the API knows; the values are the prompt's own. */
type Fields = { readonly [Name in keyof ResponseCreateParams]?: unknown };

/** Items that stand one behind the other. */
interface Segment {
  readonly items: readonly ResponseItem[];
  /** Kept outside of the heap; a request reads it as it is sent. */
  readonly json: Blob;
}

/** In letters. */
const SEGMENT_LENGTH = 256 * 1024;

/** JSON of what has been sent before: a long history is not serialised anew for every request. */
export class BodyWriter {
  readonly #pieces = new WeakMap<object, string>();
  /** The beginning of a long history. */
  #segments: Segment[] = [];

  write(prompt: Prompt, promptCacheKey: string): string | Blob {
    const { model, instructions, parallel_tool_calls, reasoning, service_tier, text } = prompt;
    const fields = {
      tool_choice: "auto",
      parallel_tool_calls,
      reasoning,
      store: false,
      stream: true,
      include: reasoning ? [ENCRYPTED_REASONING] : [],
      ...service_tier !== undefined && { service_tier },
      prompt_cache_key: promptCacheKey,
      ...text && { text },
    } satisfies Fields;
    const recent = this.#recent(prompt.input);
    const tools = prompt.tools.map((tool) => this.#piece(tool, asIs)).join(",");
    const head = `{"model":${toJson(model)},"instructions":${toJson(instructions)},"input":[`;
    const tail = `],"tools":[${tools}],${toJson(fields).slice(1)}`;
    if (this.#segments.length === 0) return head + recent + tail;
    const parts = [...this.#segments.map(({ json }) => json), ...recent === "" ? [] : [recent]];
    return new Blob([head, ...parts.flatMap((part, at) => at === 0 ? part : [",", part]), tail]);
  }

  /** What stands behind the segments; where that is long, there are more of them. */
  #recent(input: readonly ResponseItem[]): string {
    let items: ResponseItem[] = [];
    let length = 0;
    for (const item of input.slice(this.#keepSegments(input))) {
      items.push(item);
      length += this.#piece(item, toWire).length;
      if (length < SEGMENT_LENGTH) continue;
      this.#addSegment(items);
      [items, length] = [[], 0];
    }
    return this.#joined(items);
  }

  /** Those that the input begins with. Gives the number of items in them. */
  #keepSegments(input: readonly ResponseItem[]): number {
    let count = 0;
    this.#segments = this.#segments.filter(({ items }) => {
      if (!items.every((item, at) => item === input[count + at])) return false;
      count += items.length;
      return true;
    });
    return count;
  }

  #addSegment(items: readonly ResponseItem[]): void {
    this.#segments.push({ items, json: new Blob([this.#joined(items)]) });
    for (const item of items) this.#pieces.delete(item);
  }

  #joined(items: readonly ResponseItem[]): string {
    return items.map((item) => this.#piece(item, toWire)).join(",");
  }

  #piece<T extends object>(value: T, wire: (value: T) => object): string {
    let json = this.#pieces.get(value);
    if (json === undefined) {
      json = toJson(wire(value));
      this.#pieces.set(value, json);
    }
    return json;
  }
}

const ENCRYPTED_REASONING: ResponseIncludable = "reasoning.encrypted_content";

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

/** Half a surrogate pair would make strict servers refuse this request and all that follow it. */
function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/\\ud[89a-f]/.test(json)) return json;
  return JSON.stringify(value, (_, part) => typeof part === "string" ? part.toWellFormed() : part);
}

export interface HeaderOptions {
  readonly provider: ProviderInfo;
  readonly threadId: string;
  readonly originator: string;
  readonly userAgent: string;
  readonly betaFeatures?: readonly string[];
  readonly subagent?: string;
  readonly turnState?: string | undefined;
}

export type HeaderPairs = readonly (readonly [string, string])[];

/** A provider's own come first; of a name that comes twice, the last value is sent. */
export function requestHeaders(prompt: Prompt, options: HeaderOptions): HeaderPairs {
  const { provider, threadId, betaFeatures = [], subagent, turnState } = options;
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(provider.headers)) {
    headers.set(name.toLowerCase(), value.trim());
  }
  if (turnState !== undefined) headers.set("x-codex-turn-state", turnState);
  if (prompt.turnMetadata) {
    headers.set("x-codex-turn-metadata", toAscii(JSON.stringify(prompt.turnMetadata)));
  }
  headers.set("x-client-request-id", threadId);
  headers.set("session_id", threadId);
  if (betaFeatures.length > 0) headers.set("x-codex-beta-features", betaFeatures.join(","));
  if (subagent !== undefined) headers.set("x-openai-subagent", subagent);
  if (provider.bearerToken !== undefined) {
    headers.set("authorization", `Bearer ${provider.bearerToken.trim()}`);
  }
  headers.set("accept", "text/event-stream");
  headers.set("content-type", "application/json");
  headers.set("user-agent", options.userAgent.replace(/[^\x20-\x7e]/g, "_"));
  headers.set("originator", options.originator);
  // The runtime would ask for compression, which makes some proxies hold a stream back.
  headers.set("accept-encoding", "identity");
  return [...headers];
}

/** Said before anything is sent: the runtime's own error would show the value. */
export function assertSendable(provider: ProviderInfo): void {
  const { id, baseUrl, headers, bearerToken } = provider;
  if (!/^https?:\/\//i.test(baseUrl) || !URL.canParse(responsesUrl(provider))) {
    throw new ConfigError(`Cannot reach provider "${id}": its base_url is no http or https URL`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (HEADER_NAME.test(name) && HEADER_VALUE.test(value.trim())) continue;
    throw new ConfigError(
      `Cannot send the header ${JSON.stringify(name)} of provider "${id}": its name or value ` +
        "holds a character that HTTP forbids",
    );
  }
  if (bearerToken !== undefined && !HEADER_VALUE.test(bearerToken.trim())) {
    throw new ConfigError(
      `Cannot send the key of provider "${id}": it holds a character that no key has, such as a ` +
        "line break or a typographic quote",
    );
  }
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/** A header carries no other characters; JSON has an escape for each. */
function toAscii(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function responsesUrl({ baseUrl, queryParams }: ProviderInfo): string {
  const query = new URLSearchParams(queryParams).toString();
  return `${baseUrl}/responses${query === "" ? "" : `?${query}`}`;
}
