/** write_stdin: types into a running process, or looks what it has written since. */

import * as z from "zod/mini";
import type { Host } from "../src/protocol/host.ts";
import { count, integer, text } from "../src/protocol/schema.ts";
import { defineTool, type Tool } from "../src/protocol/tool.ts";
import { shellJoin } from "./command.ts";
import { formatProcessOutput, toToolOutput } from "./process_output.ts";

const WRITE = { usual: 250, least: 250, most: 30_000 };
/** A look at nothing new costs a whole request, so it waits longer. */
const LOOK = { usual: 5000, least: 5000, most: 300_000 };

export function writeStdin(host: Pick<Host, "processes">): Tool {
  return defineTool({
    name: "write_stdin",
    description:
      "Types text into a running exec_command session and gives what it has written since.",
    parallel: true,
    parameters: z.object({
      session_id: integer("The session ID that exec_command has given."),
      chars: z.optional(text("What to type; empty to only look.")),
      max_output_tokens: z.optional(
        count("The most tokens of output to give; the middle of a longer one is left out."),
      ),
      yield_time_ms: z.optional(
        count("How long to wait for output or the end, in milliseconds."),
      ),
    }),
    async run({ session_id, chars = "", yield_time_ms, max_output_tokens }, ctx) {
      const range = chars === "" ? LOOK : WRITE;
      const yieldTimeMs = Math.min(range.most, Math.max(range.least, yield_time_ms ?? range.usual));
      const result = await host.processes.write({ sessionId: session_id, chars, yieldTimeMs }, ctx);
      const output = formatProcessOutput(result, {
        command: shellJoin(result.startedBy.command),
        maxOutputTokens: max_output_tokens,
        policy: ctx.turn.model.truncation,
      });
      return toToolOutput(output, { result, ctx });
    },
  });
}
