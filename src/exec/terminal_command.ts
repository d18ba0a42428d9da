/** How a command comes to its terminal: through a start of this program, or through `script`. */

import { THREAD_VARIABLE } from "../protocol/environment.ts";
import { toFileError } from "./file_error.ts";
import type { LaunchPolicy } from "./sandbox/launch.ts";
import { POLICY_FROM, selfCommand } from "./self_command.ts";
import type { Terminal } from "./terminal.ts";

interface Command {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts what becomes the command once the terminal is its own; what goes wrong before it says on
 * standard error. Its number stays, and so does its group. Fails with a `FileError` for the folder.
 */
export function launchOnTerminal(
  terminal: Terminal,
  { command, cwd, env }: Command,
): Deno.ChildProcess {
  enterable(cwd);
  const { program, args } = selfCommand(["--allow-ffi"]);
  const { [THREAD_VARIABLE]: mark } = env;
  const child = new Deno.Command(program, {
    args: [...args, "__exec", POLICY_FROM.input, "--", ...command],
    cwd: "/",
    // Beside what this process needs as well to start; the command sees nothing of it.
    ...mark !== undefined && { env: { [THREAD_VARIABLE]: mark } },
    detached: true,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const policy: LaunchPolicy = { terminal: terminal.path, cwd, environment: env };
  hand(child.stdin, JSON.stringify(policy)).catch(() => {});
  return child;
}

/** Where Deno does not tell, as below `/proc`, the launch will. */
function enterable(cwd: string): void {
  try {
    if (!Deno.statSync(cwd).isDirectory) throw new Deno.errors.NotADirectory();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw toFileError(error, cwd);
  }
}

/** Fails where the other goes before it has read it, which its end tells as well. */
async function hand(stream: WritableStream<Uint8Array<ArrayBuffer>>, text: string): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}

/** The same command on a terminal that util-linux's `script` makes, of the same size. */
export function throughScript({ command, cwd, env }: Command): Command {
  const shell = env["SHELL"] === undefined ? "unset SHELL" : `SHELL=${quote(env["SHELL"])}`;
  const line = `stty rows 24 cols 80 echo; ${shell}; exec ${command.map(quote).join(" ")}`;
  return {
    command: ["script", "-qefc", line, "/dev/null"],
    // By which it runs the line.
    env: { ...env, SHELL: "/bin/sh" },
    cwd,
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
