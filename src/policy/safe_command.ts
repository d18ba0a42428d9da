/** Commands that only read. */

const READ_ONLY: ReadonlySet<string> = new Set([
  "cat",
  "echo",
  "false",
  "head",
  "ls",
  "nl",
  "pwd",
  "stat",
  "tail",
  "true",
  "uname",
  "wc",
  "which",
  "whoami",
]);

/** Only an argument vector of such a program itself; what a shell is given is never known. */
export function isKnownSafe(command: readonly string[]): boolean {
  const [program] = command;
  return program !== undefined && READ_ONLY.has(program);
}
