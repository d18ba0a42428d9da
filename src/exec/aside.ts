/** A process beside this one that does its work once this one has ended, however that comes. */

/** It hears of that by the end of its input. Absent where it cannot be started. */
export function startAside(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess | undefined {
  try {
    return new Deno.Command(program, {
      args,
      env: { ...env },
      clearEnv: true,
      cwd: "/",
      // Ctrl-C on the terminal is not for it.
      detached: true,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch {
    return undefined;
  }
}
