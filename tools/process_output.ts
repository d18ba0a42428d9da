/** What the model and the user are told of a long-running process. */

import type { ProcessOutput } from "../src/protocol/host.ts";
import type { TruncationPolicy } from "../src/protocol/model_info.ts";
import type { ToolContext, ToolOutput } from "../src/protocol/tool.ts";
import { approxTokens, countLines, truncateText } from "../src/protocol/truncate.ts";
import { shellJoin } from "./command.ts";

export interface FormatOptions {
  readonly command: string;
  readonly maxOutputTokens: number | undefined;
  readonly policy: TruncationPolicy;
}

/** The lines of codex-cli 0.115.0, and where the whole output is when it was cut. */
export function formatProcessOutput(result: ProcessOutput, options: FormatOptions): string {
  const { exit, sessionId } = result;
  const state = exit
    ? `Process exited with code ${exit.code}`
    : `Process running with session ID ${sessionId}`;
  return [
    `Command: ${options.command}`,
    `Chunk ID: ${chunkId()}`,
    `Wall time: ${(result.wallTimeMs / 1000).toFixed(4)} seconds`,
    state,
    `Original token count: ${approxTokens(result.totalBytes)}`,
    "Output:",
    cutOutput(result, budgetOf(options)),
  ].join("\n");
}

/** The model may ask for less than its budget, never for more. */
function budgetOf({ maxOutputTokens, policy }: FormatOptions): TruncationPolicy {
  if (maxOutputTokens === undefined) return policy;
  const wanted = policy.mode === "tokens" ? maxOutputTokens : maxOutputTokens * 4;
  return { mode: policy.mode, limit: Math.min(policy.limit, wanted) };
}

function cutOutput(
  result: Pick<ProcessOutput, "output" | "totalLines" | "fullOutputPath">,
  policy: TruncationPolicy,
): string {
  const { text, truncated } = truncateText(result.output, policy);
  if (!truncated && result.totalLines === undefined) return text;
  const lines = result.totalLines ?? countLines(result.output);
  const kept = result.fullOutputPath === undefined ? "" : `Full output: ${result.fullOutputPath}\n`;
  return `Total output lines: ${lines}\n${kept}\n${text}`;
}

function chunkId(): string {
  return crypto.getRandomValues(new Uint8Array(3)).toHex();
}

/** Shows the end under the call that started the process; a running one stays open. */
export function toToolOutput(
  output: string,
  { result, ctx }: { result: ProcessOutput; ctx: ToolContext },
): ToolOutput {
  const { exit } = result;
  if (!exit) return { output, success: true, itemStaysOpen: true };
  ctx.report({
    type: "command_execution",
    command: shellJoin(result.startedBy.command),
    aggregated_output: exit.aggregatedOutput,
    exit_code: exit.code,
    status: exit.code === 0 ? "completed" : "failed",
  }, result.startedBy.callId);
  return { output, success: exit.code === 0 };
}
