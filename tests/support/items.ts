/** Builders of wire items for tests. */

import type {
  CustomToolCallItem,
  FunctionCallItem,
  FunctionCallOutputItem,
  MessageItem,
} from "../../src/protocol/response_item.ts";

export function functionCall(name: string, args: unknown = {}, call_id = name): FunctionCallItem {
  return { type: "function_call", call_id, name, arguments: JSON.stringify(args) };
}

export function customCall(name: string, input: string, call_id = name): CustomToolCallItem {
  return { type: "custom_tool_call", call_id, name, input };
}

export function functionOutput(call_id: string, output: string): FunctionCallOutputItem {
  return { type: "function_call_output", call_id, output };
}

export function assistantMessage(text: string): MessageItem {
  return { type: "message", role: "assistant", content: [{ type: "output_text", text }] };
}
