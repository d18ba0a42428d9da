/** update_plan: the model's list of steps, shown to the user. */

import * as z from "zod/mini";
import { choice, list } from "../src/protocol/schema.ts";
import { defineTool, type Tool } from "../src/protocol/tool.ts";

const STATUS = ["pending", "in_progress", "completed"] as const;

export function updatePlan(): Tool {
  return defineTool({
    name: "update_plan",
    description:
      "Writes down the plan of the task, or how far it has come: the steps, each with a " +
      "status, and if need be why the plan has changed. At most one step is in_progress at a time.",
    parameters: z.object({
      explanation: z.optional(z.string()),
      plan: list(
        z.object({
          step: z.string(),
          status: choice(STATUS, "pending, in_progress or completed"),
        }),
        "The steps, in order.",
      ),
    }),
    run({ plan }, ctx) {
      const items = plan.map(({ step, status }) => ({
        text: step,
        completed: status === "completed",
      }));
      ctx.report({ type: "todo_list", items }, `plan-${ctx.turn.turnId}`);
      return { output: "Plan updated", success: true };
    },
  });
}
