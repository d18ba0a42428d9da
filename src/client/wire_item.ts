/** What a server calls an item, checked: unknown kinds and broken ones are nobody's items. */

import type {
  ContentItem,
  MessageItem,
  ReasoningItem,
  ResponseItem,
  WebSearchCallItem,
} from "../protocol/response_item.ts";

type Json = Readonly<Record<string, unknown>>;

/** Fields in the order in which codex-cli 0.115.0 sends them back. */
export function toResponseItem(value: unknown): ResponseItem | undefined {
  if (!isObject(value)) return undefined;
  switch (value.type) {
    case "message":
      return toMessage(value);
    case "reasoning":
      return toReasoning(value);
    case "function_call":
      if (!isText(value.call_id) || !isText(value.name)) return undefined;
      return {
        type: "function_call",
        name: value.name,
        arguments: argumentText(value.arguments),
        call_id: value.call_id,
        ...isText(value.namespace) && { namespace: value.namespace },
        ...id(value),
      };
    case "custom_tool_call":
      if (!isText(value.call_id) || !isText(value.name)) return undefined;
      return {
        type: "custom_tool_call",
        ...isText(value.status) && { status: value.status },
        call_id: value.call_id,
        name: value.name,
        input: text(value.input),
        ...id(value),
      };
    case "local_shell_call":
      return toLocalShellCall(value);
    case "web_search_call":
      return {
        type: "web_search_call",
        ...isText(value.status) && { status: value.status },
        ...isObject(value.action) && { action: value.action as WebSearchCallItem["action"] & Json },
        ...id(value),
      } as WebSearchCallItem;
    default:
      return undefined;
  }
}

function toMessage(value: Json): MessageItem | undefined {
  if (value.role !== "assistant" || !Array.isArray(value.content)) return undefined;
  const content = value.content.flatMap((part): ContentItem[] => {
    if (!isObject(part)) return [];
    if (part.type === "output_text" && typeof part.text === "string") {
      return [{ type: "output_text", text: part.text }];
    }
    // A refusal is what the model has to say; the API takes it back as text only.
    if (part.type === "refusal" && typeof part.refusal === "string") {
      return [{ type: "output_text", text: part.refusal }];
    }
    return [];
  });
  const { phase } = value;
  const known = phase === "commentary" || phase === "final_answer";
  return { type: "message", role: "assistant", content, ...id(value), ...known && { phase } };
}

function toReasoning(value: Json): ReasoningItem {
  const summary = list(value.summary).flatMap((part) =>
    isObject(part) && typeof part.text === "string"
      ? [{ type: "summary_text" as const, text: part.text }]
      : []
  );
  const content = list(value.content).flatMap((part) =>
    isObject(part) && typeof part.text === "string"
      ? [{
        type: part.type === "text" ? "text" as const : "reasoning_text" as const,
        text: part.text,
      }]
      : []
  );
  const encrypted = value.encrypted_content;
  return {
    type: "reasoning",
    summary,
    content: content.length > 0 ? content : null,
    encrypted_content: typeof encrypted === "string" ? encrypted : null,
    ...id(value),
  };
}

function toLocalShellCall(value: Json): ResponseItem | undefined {
  const { action } = value;
  const call_id = isText(value.call_id) ? value.call_id : value.id;
  if (!isText(call_id) || !isObject(action) || !Array.isArray(action.command)) return undefined;
  return {
    type: "local_shell_call",
    call_id,
    status: text(value.status),
    action: {
      type: "exec",
      command: action.command.map(String),
      timeout_ms: typeof action.timeout_ms === "number" ? action.timeout_ms : null,
      working_directory: isText(action.working_directory) ? action.working_directory : null,
      env: null,
      user: null,
    },
    ...id(value),
  };
}

/** A string of JSON; some servers send the object itself. */
function argumentText(value: unknown): string {
  return isObject(value) ? JSON.stringify(value) : text(value);
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function id(value: Json): { id?: string } {
  return isText(value.id) ? { id: value.id } : {};
}
