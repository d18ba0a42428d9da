/** shell and shell_command: one command to its end, under names old and new. */

import * as z from "zod/mini";
import { errorMessage, ToolError } from "../src/protocol/error.ts";
import { type ExecOutput, FileError, type Host, type ShellInfo } from "../src/protocol/host.ts";
import { count, flag, list, text } from "../src/protocol/schema.ts";
import { defineTool, type Tool, type ToolContext, type ToolOutput } from "../src/protocol/tool.ts";
import { countLines, truncateText } from "../src/protocol/truncate.ts";
import { patchInterception } from "./apply_patch/mod.ts";
import {
  escalationOf,
  escalationParameters,
  resolvePath,
  shellCommandLine,
  shellJoin,
} from "./command.ts";

type CommandHost = Pick<Host, "exec" | "files">;

export interface ShellOptions {
  readonly advertised: boolean;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const TIMEOUT = "The longest time for the command, in milliseconds.";

export function shellCommand(
  host: CommandHost,
  { shell, advertised }: ShellOptions & { shell: ShellInfo },
): Tool {
  return defineTool({
    name: "shell_command",
    description: "Runs a shell script to its end and gives its output. Set workdir instead of " +
      "changing folders with cd.",
    parallel: true,
    advertised,
    parameters: z.object({
      command: text("The script for the user's shell."),
      ...escalationParameters(),
      login: z.optional(flag("Whether the shell reads the login files (-l). Default: true.")),
      timeout_ms: z.optional(count(TIMEOUT)),
      workdir: z.optional(text("The folder to run in. Default: the turn's working folder.")),
    }),
    async run(args, ctx) {
      const command = shellCommandLine(args.command, { shell, login: args.login ?? true });
      return await runToEnd(command, { args, host, ctx });
    },
  });
}

/** The name under which the model calls it is all that differs between the aliases. */
export function shell(
  host: CommandHost,
  { name, advertised }: ShellOptions & { name: string },
): Tool {
  return defineTool({
    name,
    description: "Runs a program to its end and gives its output. The command is an argument " +
      'vector; for a script give ["bash", "-lc", "…"]. Set workdir instead of changing folders with cd.',
    parallel: true,
    advertised,
    parameters: z.object({
      command: list(z.string(), "The program and its arguments."),
      ...escalationParameters(),
      timeout_ms: z.optional(count(TIMEOUT)),
      workdir: z.optional(text("The folder to run in. Default: the turn's working folder.")),
    }),
    async run(args, ctx) {
      if (args.command.length === 0) throw new ToolError("command args are empty");
      return await runToEnd(args.command, { args, host, ctx });
    },
  });
}

interface RunArguments {
  readonly timeout_ms?: number | undefined;
  readonly workdir?: string | undefined;
  readonly justification?: string | undefined;
  readonly prefix_rule?: string[] | undefined;
  readonly sandbox_permissions?: string | undefined;
}

async function runToEnd(
  command: string[],
  { args, host, ctx }: { args: RunArguments; host: CommandHost; ctx: ToolContext },
): Promise<ToolOutput> {
  const cwd = resolvePath(ctx.turn.cwd, args.workdir);
  const patched = await patchInterception(command, { cwd, host, ctx });
  if (patched !== undefined) return { output: patched, success: true };
  const shown = { type: "command_execution", command: shellJoin(command) } as const;
  const { escalation } = escalationOf(args);
  ctx.report({ ...shown, aggregated_output: "", status: "in_progress" });
  const result = await host.exec({
    command,
    cwd,
    timeoutMs: args.timeout_ms ?? DEFAULT_TIMEOUT_MS,
    ...escalation && { escalation },
  }, ctx).catch((error) => {
    throw startFailure(error);
  });
  const success = result.exitCode === 0;
  ctx.report({
    ...shown,
    aggregated_output: result.output,
    exit_code: result.exitCode,
    status: success ? "completed" : "failed",
  });
  return { output: format(result, ctx), success };
}

function startFailure(error: unknown): unknown {
  if (!(error instanceof FileError)) return error;
  if (error.kind !== "not_found") return new ToolError(`execution error: ${errorMessage(error)}`);
  return new ToolError(
    'execution error: Io(Os { code: 2, kind: NotFound, message: "No such file or directory" })',
  );
}

function format(result: ExecOutput, ctx: ToolContext): string {
  const { output, durationMs, timedOut } = result;
  const notice = timedOut ? `command timed out after ${Math.round(durationMs)} milliseconds\n` : "";
  const whole = `${notice}${output}`;
  const { text, truncated } = truncateText(whole, ctx.turn.model.truncation);
  const cut = truncated || result.totalLines !== undefined;
  const seconds = Number((durationMs / 1000).toFixed(1));
  return [
    `Exit code: ${result.exitCode}`,
    `Wall time: ${seconds} seconds`,
    ...cut ? [`Total output lines: ${result.totalLines ?? countLines(whole)}`] : [],
    ...cut && result.fullOutputPath !== undefined ? [`Full output: ${result.fullOutputPath}`] : [],
    "Output:",
    text,
  ].join("\n");
}
