/** request_user_input: asks the user, where there is one to ask. */

import * as z from "zod/mini";
import { ToolError } from "../src/protocol/error.ts";
import type { Question } from "../src/protocol/event.ts";
import { list, text } from "../src/protocol/schema.ts";
import { defineTool, type Tool, type ToolContext, type ToolOutput } from "../src/protocol/tool.ts";

/** Absent answers: the user has turned away. */
export type AskUser = (
  questions: Question[],
  ctx: ToolContext,
) => Promise<Record<string, string[]> | undefined>;

export interface RequestUserInputOptions {
  /** Also outside Plan mode. */
  readonly inDefaultMode: boolean;
  /** Absent where nobody can be asked: every question stays open. */
  readonly askUser: AskUser | undefined;
}

export function requestUserInput({ inDefaultMode, askUser }: RequestUserInputOptions): Tool {
  const tool = defineTool({
    name: "request_user_input",
    description:
      "Asks the user one to three short questions and waits for the answers. Available in " +
      `${inDefaultMode ? "Default or Plan" : "Plan"} mode.`,
    parameters: z.object({
      questions: questionsSchema(),
    }),
    async run({ questions }, ctx) {
      if (questions.some(({ options }) => options.length === 0)) {
        throw new ToolError("request_user_input requires non-empty options for every question");
      }
      const answers = askUser ? await askUser(questions, ctx) : {};
      if (!answers) {
        throw new ToolError("request_user_input was cancelled before receiving a response");
      }
      const byId = Object.entries(answers).map(([id, given]) => [id, { answers: given }]);
      return { output: JSON.stringify({ answers: Object.fromEntries(byId) }), success: true };
    },
  });
  return { ...tool, handle: (input, ctx) => inMode(tool, { input, ctx, inDefaultMode }) };
}

/** The mode is looked at before the arguments. */
async function inMode(
  tool: Tool,
  call: { input: string; ctx: ToolContext; inDefaultMode: boolean },
): Promise<ToolOutput> {
  const { collaborationMode } = call.ctx.turn;
  if (collaborationMode !== "plan" && !call.inDefaultMode) {
    throw new ToolError("request_user_input is unavailable in Default mode");
  }
  return await tool.handle(call.input, call.ctx);
}

function questionsSchema() {
  const option = z.object({
    label: text("The choice, in one to five words."),
    description: text("What follows from it, in one sentence."),
  });
  const question = z.object({
    id: text("A name for the answer, in snake_case."),
    header: text("A heading of at most 12 characters."),
    question: text("The question, in one sentence."),
    options: list(
      option,
      "Two or three choices that exclude each other, the recommended one first. Do not add " +
        '"Other": the user can always answer in own words.',
    ),
  });
  return list(question, "The questions; one is best, three are the most.");
}
