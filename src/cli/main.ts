/** From the arguments to the exit code. */

import { type Command, parseCommand, wantsJson } from "./args.ts";
import { lookEarly } from "./early_look.ts";
import { failureOf } from "./exit_code.ts";
import { helpText } from "./flags.ts";
import { giveUpRights } from "./rights.ts";
import { say } from "./say.ts";
import { ignoresHangup, Stop } from "./stop.ts";
import { VERSION } from "./version.ts";

/** Gives the exit code; everything that is to be said has been said by then. */
export async function main(argv: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = parseCommand(argv);
  } catch (error) {
    return await refuse(error, argv);
  }
  switch (command.command) {
    case "help":
      return say(helpText(command.topic));
    case "version":
      return say(`decodex ${VERSION}`);
    case "completions": {
      const { completionsOf } = await import("./commands/completions.ts");
      return say(completionsOf(command.shell));
    }
    case "permissions":
    case "exec":
      return await runCommand(command).catch((error) => refuse(error, argv));
  }
}

type WorkingCommand = Extract<Command, { command: "permissions" | "exec" }>;

async function runCommand(command: WorkingCommand): Promise<number> {
  if (command.command === "exec") return await runExec(command);
  giveUpRights(command.flags);
  const { runPermissions } = await import("./commands/permissions.ts");
  return await runPermissions(command.flags);
}

/** Git looks at the repository while the rest of the program is loaded. */
async function runExec(command: Extract<Command, { command: "exec" }>): Promise<number> {
  // To be told of it takes the rights that are given up.
  const stop = new Stop({ ignoresHangup: ignoresHangup() });
  giveUpRights(command.flags);
  const git = lookEarly(command.flags.text("cd"));
  const { runExec } = await import("./commands/exec.ts");
  return await runExec(command, { git, stop });
}

/** Programs that asked for events get them, however wrong the arguments are. */
async function refuse(error: unknown, argv: readonly string[]): Promise<number> {
  const { exitCode, reason, message } = failureOf(error);
  if (wantsJson(argv)) {
    const { toJsonLine } = await import("./render/json_line.ts");
    const end = { type: "turn.failed", error: { message }, exit_code: exitCode, reason };
    say(`${toJsonLine({ type: "error", message })}\n${toJsonLine(end)}`);
  } else {
    // It quotes the arguments, and these may have come from anywhere.
    const { sanitize } = await import("./render/sanitize.ts");
    console.error(`error: ${sanitize(message)}`);
  }
  return exitCode;
}
