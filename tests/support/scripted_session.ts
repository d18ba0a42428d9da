/** A real session around a scripted model, with nothing of the machine in it. */

import type { Event } from "../../src/protocol/event.ts";
import type { ModelInfo } from "../../src/protocol/model_info.ts";
import type { MessageItem } from "../../src/protocol/response_item.ts";
import { messageText, userMessage } from "../../src/protocol/response_item.ts";
import type { RolloutLine } from "../../src/protocol/rollout_line.ts";
import type { AnyTool } from "../../src/protocol/tool.ts";
import { Session, type SessionConfig } from "../../src/session/session.ts";
import type { ScriptedClient } from "./scripted_client.ts";

export const MODEL: ModelInfo = {
  slug: "m",
  known: true,
  contextWindow: 100_000,
  effectiveContextWindowPercent: 95,
  autoCompactTokenLimit: 90_000,
  truncation: { mode: "tokens", limit: 10_000 },
  shellType: "shell_command",
  applyPatch: "freeform",
  supportsParallelToolCalls: true,
  webSearch: "text",
  experimentalTools: [],
};

export interface ScriptedSession {
  readonly session: Session;
  readonly lines: RolloutLine[];
  readonly delays: number[];
}

export function scriptedSession(
  client: ScriptedClient | SessionConfig["client"],
  options: { tools?: readonly AnyTool[] } & Partial<SessionConfig> = {},
): ScriptedSession {
  const lines: RolloutLine[] = [];
  const delays: number[] = [];
  const session = new Session({
    threadId: "thread",
    instructions: "base",
    turnDefaults: {
      cwd: "/w",
      model: MODEL,
      approvalPolicy: "never",
      sandboxPolicy: { type: "danger-full-access" },
      collaborationMode: "default",
    },
    request: { reasoning: null },
    client,
    tools: [],
    streamMaxRetries: 2,
    contextWindow: 95_000,
    compaction: {
      limit: 90_000,
      words: () => Promise.resolve({ prompt: "summarize", summaryPrefix: "SUMMARY" }),
    },
    turnAbortedNotice: "<turn_aborted>\ncut\n</turn_aborted>",
    buildContext: () => Promise.resolve([]),
    toMessage: (items) =>
      Promise.resolve(userMessage(items.map((i) => i.type === "text" ? i.text : "").join(""))),
    turnMetadata: (turn) => Promise.resolve({ turn_id: turn.turnId, sandbox: "none" }),
    describeTurn: () => ({}),
    record: (line) => lines.push(line),
    sleep: (ms) => {
      delays.push(ms);
      return Promise.resolve();
    },
    ...options,
  });
  return { session, lines, delays };
}

/** Says each text in turn order, shuts down and gives every event. */
export async function converse(session: Session, ...texts: string[]): Promise<Event[]> {
  for (const text of texts) session.submit({ type: "user_input", items: [{ type: "text", text }] });
  session.submit({ type: "shutdown" });
  await session.run();
  return await Array.fromAsync(session.events);
}

/** What a prompt's input says, an entry an item, for short comparisons. */
export function outline(input: readonly unknown[]): string[] {
  return (input as (MessageItem | { type: string; call_id: string; output?: unknown })[]).map(
    (item) => {
      if ("role" in item) return `${item.role}: ${messageText(item)}`;
      if ("output" in item) return `${item.call_id} -> ${item.output}`;
      return `call ${item.call_id}`;
    },
  );
}
