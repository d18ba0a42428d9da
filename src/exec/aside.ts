/** Processes of ours that do not belong to the terminal's foreground: Ctrl-C is ours to answer. */

/** In a session of its own. Fails where it cannot be started. */
export function spawnApart(
  [program = "", ...args]: readonly string[],
  { env, output }: { env: Readonly<Record<string, string>>; output: "piped" | "null" },
): Deno.ChildProcess {
  return new Deno.Command(program, {
    args,
    env: { ...env },
    clearEnv: true,
    cwd: "/",
    detached: true,
    stdin: "piped",
    stdout: output,
    stderr: output,
  }).spawn();
}

/**
 * One that does its work once this process has ended, however that comes: it hears of it by the end
 * of its input. Absent where it cannot be started.
 */
export function startAside(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess | undefined {
  try {
    return spawnApart(command, { env, output: "null" });
  } catch {
    return undefined;
  }
}
