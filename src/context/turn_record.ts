/** A turn as the session file tells it. */

import type { TurnContext } from "../protocol/tool.ts";

/** What a `turn_context` line holds beside the turn itself. */
export interface TurnFacts {
  readonly currentDate: string;
  readonly timezone: string;
  /** AGENTS.md files, merged. */
  readonly userInstructions?: string | undefined;
  readonly developerInstructions?: string | undefined;
  /** Where the user has set it. */
  readonly effort?: string | undefined;
  /** In place of the model's own. */
  readonly summary?: string | undefined;
  readonly outputSchema?: unknown;
}

/** The payload of a `turn_context` line, its keys in Codex's order. */
export function describeTurn(turn: TurnContext, facts: TurnFacts): Record<string, unknown> {
  const { model } = turn;
  const { effort, userInstructions, developerInstructions, outputSchema } = facts;
  return {
    turn_id: turn.turnId,
    cwd: turn.cwd,
    current_date: facts.currentDate,
    timezone: facts.timezone,
    approval_policy: turn.approvalPolicy,
    sandbox_policy: turn.sandboxPolicy,
    model: model.slug,
    personality: "pragmatic",
    collaboration_mode: {
      mode: turn.collaborationMode,
      settings: {
        model: model.slug,
        reasoning_effort: effort ?? null,
        developer_instructions: null,
      },
    },
    realtime_active: false,
    ...effort !== undefined && { effort },
    summary: facts.summary ?? (model.reasoning ? model.reasoning.summary ?? "none" : "auto"),
    ...userInstructions !== undefined && { user_instructions: userInstructions },
    ...developerInstructions !== undefined && { developer_instructions: developerInstructions },
    ...outputSchema !== undefined && { final_output_json_schema: outputSchema },
    truncation_policy: { mode: model.truncation.mode, limit: model.truncation.limit },
  };
}
