/** Which leading words of a command may be allowed once and for all. */

/** They run what they are given: to allow one is to allow anything. */
const RUNNERS: ReadonlySet<string> = new Set([
  ...["sh", "bash", "zsh", "dash", "ash", "fish", "ksh", "csh", "tcsh", "busybox", "pwsh", "cmd"],
  ...["python", "pypy", "node", "nodejs", "deno", "bun", "ruby", "perl", "php", "lua", "tclsh"],
  ...["osascript", "powershell", "awk", "gawk", "mawk", "sed", "find", "vi", "vim", "emacs", "ed"],
  ...["sudo", "doas", "su", "pkexec", "runuser", "env", "xargs", "parallel", "nice", "ionice"],
  ...["nohup", "time", "timeout", "setsid", "stdbuf", "watch", "script", "flock", "unshare"],
  ...["chroot", "nsenter", "bwrap", "ssh", "eval", "exec", "command", "builtin", "source", "."],
]);

/** They take away what cannot be had back, or steer what others run. */
const DESTROYERS: ReadonlySet<string> = new Set([
  ...["rm", "rmdir", "unlink", "shred", "dd", "mkfs", "truncate", "chmod", "chown", "kill"],
  ...["git clean", "git rm", "git reset", "git config"],
]);

/**
 * At least a program and a subcommand, with which each of `commands` begins: the plain commands of
 * what is asked for.
 */
export function isAllowedPrefix(
  prefix: readonly string[],
  commands: readonly (readonly string[])[] | undefined,
): boolean {
  const [program = "", subcommand = ""] = prefix;
  if (subcommand === "" || !/^[\w.+-]+$/.test(program) || program.startsWith("-")) return false;
  if (subcommand.startsWith("-") || prefix.includes("")) return false;
  const name = program.toLowerCase().replace(/\.exe$/, "").replace(/[\d.]+$/, "") || program;
  if (RUNNERS.has(name) || DESTROYERS.has(name)) return false;
  if (DESTROYERS.has(`${name} ${subcommand}`)) return false;
  return commands !== undefined && commands.length > 0 &&
    commands.every((command) => prefix.every((word, index) => command[index] === word));
}
