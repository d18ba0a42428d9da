/** exec_command: runs a script in a shell and answers when it ends or the wait is over. */

import * as z from "zod/mini";
import { errorMessage, ToolError } from "../src/protocol/error.ts";
import { FileError, type Host, type ShellInfo } from "../src/protocol/host.ts";
import { count, flag, text } from "../src/protocol/schema.ts";
import { defineTool, type Tool } from "../src/protocol/tool.ts";
import { patchInterception } from "./apply_patch/mod.ts";
import {
  escalationOf,
  escalationParameters,
  resolvePath,
  shellCommandLine,
  shellJoin,
} from "./command.ts";
import { permissionsSchema } from "./request_permissions.ts";
import { formatProcessOutput, toToolOutput } from "./process_output.ts";

const DEFAULT_YIELD_MS = 10_000;
const SHORTEST_YIELD_MS = 250;
const LONGEST_YIELD_MS = 30_000;

export interface ExecCommandOptions {
  readonly shell: ShellInfo;
  /** A command may ask for some rights instead of all (feature `exec_permission_approvals`). */
  readonly partialPermissions?: boolean;
}

export function execCommand(
  host: Pick<Host, "processes" | "files">,
  { shell, partialPermissions = false }: ExecCommandOptions,
): Tool {
  return defineTool({
    name: "exec_command",
    description:
      "Runs a command and gives its output, or a session ID to go on with if it is still running.",
    parallel: true,
    parameters: z.object({
      cmd: text("The shell script to run."),
      ...escalationParameters({ partial: partialPermissions }),
      ...extraParameters(partialPermissions),
      login: z.optional(flag("Whether the shell reads the login files (-l). Default: true.")),
      max_output_tokens: z.optional(
        count("The most tokens of output to give; the middle of a longer one is left out."),
      ),
      shell: z.optional(text("The shell to use instead of the user's own.")),
      tty: z.optional(flag(
        "Whether the command gets a terminal and its input stays open for write_stdin. Default: false.",
      )),
      workdir: z.optional(text("The folder to run in. Default: the turn's working folder.")),
      yield_time_ms: z.optional(
        count("How long to wait for the end, in milliseconds, before giving a session ID."),
      ),
    }),
    async run(args, ctx) {
      const cwd = resolvePath(ctx.turn.cwd, args.workdir);
      const { login = true } = args;
      const command = shellCommandLine(args.cmd, {
        shell,
        login,
        ...args.shell !== undefined && { wanted: args.shell },
      });
      const patched = await patchInterception(command, { cwd, host, ctx });
      if (patched !== undefined) {
        return { output: `Wall time: 0.0000 seconds\nOutput:\n${patched}`, success: true };
      }
      const line = shellJoin(command);
      const shown = { type: "command_execution", command: line } as const;
      const { escalation } = escalationOf(args);
      ctx.report({ ...shown, aggregated_output: "", status: "in_progress" });
      const result = await host.processes.start({
        command,
        cwd,
        tty: args.tty ?? false,
        yieldTimeMs: clamp(args.yield_time_ms ?? DEFAULT_YIELD_MS),
        ...escalation && { escalation },
      }, ctx).catch((error) => {
        throw startFailure(error, line);
      });
      const output = formatProcessOutput(result, {
        command: line,
        maxOutputTokens: args.max_output_tokens,
        policy: ctx.turn.model.truncation,
      });
      return toToolOutput(output, { result, ctx });
    },
  });
}

/** Where they are not offered they are not read either. */
function extraParameters(
  isOffered: boolean,
): { additional_permissions: z.ZodMiniOptional<ReturnType<typeof permissionsSchema>> } {
  const offered = { additional_permissions: z.optional(permissionsSchema()) };
  return isOffered ? offered : {} as typeof offered;
}

function clamp(ms: number): number {
  return Math.min(LONGEST_YIELD_MS, Math.max(SHORTEST_YIELD_MS, ms));
}

/** codex-cli 0.115.0's words; what is no failure of the start passes as it is. */
function startFailure(error: unknown, line: string): unknown {
  if (!(error instanceof FileError)) return error;
  const reason = JSON.stringify(
    `Rejected("Failed to create unified exec process: ${errorMessage(error)}")`,
  );
  return new ToolError(
    `exec_command failed for \`${line}\`: CreateProcess { message: ${reason} }`,
  );
}
