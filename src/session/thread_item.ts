/** What the user is shown of an item that the model has sent. */

import type { ThreadItem } from "../protocol/event.ts";
import { messageText, type ResponseItem } from "../protocol/response_item.ts";

/** Absent for what is not shown: calls are shown by their tools, empty reasoning not at all. */
export function toThreadItem(item: ResponseItem, id: string): ThreadItem | undefined {
  switch (item.type) {
    case "message":
      if (item.role !== "assistant") return undefined;
      return { id, type: "agent_message", text: messageText(item) };
    case "reasoning": {
      const text = item.summary.map((part) => part.text).join("\n");
      return text === "" ? undefined : { id, type: "reasoning", text };
    }
    case "web_search_call": {
      const { action } = item;
      const query = action?.query ?? action?.queries?.join(", ") ?? action?.url ?? "";
      return { id, type: "web_search", query, ...action && { action } };
    }
    default:
      return undefined;
  }
}
