/**
 * The Responses API's items, in the wire's own shape: what the stream delivers
 * is what history keeps, the rollout stores and the next request sends.
 */

export type ContentItem =
  | { type: "input_text"; text: string }
  | { type: "input_image"; image_url: string; detail?: string }
  | { type: "output_text"; text: string };

export type OutputContentItem = Exclude<ContentItem, { type: "output_text" }>;

export interface MessageItem {
  type: "message";
  role: "user" | "developer" | "assistant" | "system";
  content: ContentItem[];
  id?: string;
  /** Set by newer models: whether this is the answer or talk on the way to it. */
  phase?: "commentary" | "final_answer" | null;
}

export interface ReasoningItem {
  type: "reasoning";
  summary: { type: "summary_text"; text: string }[];
  content?: { type: "reasoning_text" | "text"; text: string }[] | null;
  encrypted_content?: string | null;
  id?: string;
}

export interface FunctionCallItem {
  type: "function_call";
  call_id: string;
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
  namespace?: string;
  id?: string;
}

export interface CustomToolCallItem {
  type: "custom_tool_call";
  call_id: string;
  name: string;
  input: string;
  status?: string;
  id?: string;
}

/** The hosted shell tool of older models; answered with a `function_call_output`. */
export interface LocalShellCallItem {
  type: "local_shell_call";
  call_id: string;
  status: string;
  action: {
    type: "exec";
    command: string[];
    timeout_ms?: number | null;
    working_directory?: string | null;
    env?: null;
    user?: null;
  };
  id?: string;
}

export interface FunctionCallOutputItem {
  type: "function_call_output" | "custom_tool_call_output";
  call_id: string;
  output: string | OutputContentItem[];
}

export interface WebSearchCallItem {
  type: "web_search_call";
  status?: string;
  action?: {
    type: string;
    query?: string;
    queries?: string[];
    url?: string;
    pattern?: string;
  };
  id?: string;
}

export type ToolCallItem = FunctionCallItem | CustomToolCallItem | LocalShellCallItem;

export type ResponseItem =
  | MessageItem
  | ReasoningItem
  | ToolCallItem
  | FunctionCallOutputItem
  | WebSearchCallItem;

export interface TokenUsage {
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  reasoning_output_tokens: number;
  total_tokens: number;
}

export const NO_USAGE: Readonly<TokenUsage> = Object.freeze({
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
  total_tokens: 0,
});

export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    cached_input_tokens: a.cached_input_tokens + b.cached_input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    reasoning_output_tokens: a.reasoning_output_tokens + b.reasoning_output_tokens,
    total_tokens: a.total_tokens + b.total_tokens,
  };
}

export function isToolCall(item: ResponseItem): item is ToolCallItem {
  return item.type === "function_call" || item.type === "custom_tool_call" ||
    item.type === "local_shell_call";
}

export function isCallOutput(item: ResponseItem): item is FunctionCallOutputItem {
  return item.type === "function_call_output" || item.type === "custom_tool_call_output";
}

export function userMessage(text: string): MessageItem {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

/** The text of a message, its parts joined; images left out. */
export function messageText(item: MessageItem): string {
  return item.content.map((part) => part.type === "input_image" ? "" : part.text).join("");
}

/** The output item that answers `call`, of the type that its call asks for. */
export function callOutput(
  call: ToolCallItem,
  output: FunctionCallOutputItem["output"],
): FunctionCallOutputItem {
  const type = call.type === "custom_tool_call"
    ? "custom_tool_call_output"
    : "function_call_output";
  return { type, call_id: call.call_id, output };
}
