/** A turn as the session file tells it. */

import type { TurnContext } from "../protocol/tool.ts";

/** The payload of a `turn_context` line, its keys in Codex's order. */
export function describeTurn(
  turn: TurnContext,
  { currentDate, timezone }: { currentDate: string; timezone: string },
): Record<string, unknown> {
  const { model } = turn;
  return {
    turn_id: turn.turnId,
    cwd: turn.cwd,
    current_date: currentDate,
    timezone,
    approval_policy: turn.approvalPolicy,
    sandbox_policy: turn.sandboxPolicy,
    model: model.slug,
    personality: "pragmatic",
    collaboration_mode: {
      mode: turn.collaborationMode,
      settings: { model: model.slug, reasoning_effort: null, developer_instructions: null },
    },
    realtime_active: false,
    summary: model.reasoning ? model.reasoning.summary ?? "none" : "auto",
    truncation_policy: { mode: model.truncation.mode, limit: model.truncation.limit },
  };
}
