/** Commands that are known to do no more than read: asked about by no policy. */

import { plainCommands } from "./shell_words.ts";

/** Whether arguments leave a program what it is: one that reads. */
type ReadsOnly = (args: readonly string[]) => boolean;

/** No option of theirs writes or starts anything. */
const READERS = [
  ...["basename", "cat", "cd", "cut", "df", "dirname", "du", "echo", "egrep", "expr", "false"],
  ...["fgrep", "grep", "head", "id", "ls", "nl", "paste", "pwd", "readlink", "realpath", "rev"],
  ...["seq", "stat", "tac", "tail", "tr", "true", "uname", "wc", "which", "whoami"],
];

const PROGRAMS: ReadonlyMap<string, ReadsOnly> = new Map<string, ReadsOnly>([
  ...READERS.map((name) => [name, always] as const),
  ["base64", isBase64],
  ["find", isFind],
  ["git", isGit],
  ["rg", isRipgrep],
  ["sed", isSed],
  ["uniq", isUniq],
]);

/** Where programs lie that only the machine's owner puts there. */
const SYSTEM_FOLDER = /^\/(?:usr\/)?bin\/(?=[^/]+$)/;

/**
 * An argument vector, or every plain command of a script. `inTurnFolder`: it runs in the turn's own
 * folder; a repository elsewhere may have been laid out to make git run something.
 */
export function isKnownSafe(
  command: readonly string[],
  { inTurnFolder }: { inTurnFolder: boolean },
): boolean {
  const commands = plainCommands(command);
  if (!commands) return false;
  const movesAway = commands.some(([program]) => program === "cd");
  return commands.every(([program = "", ...args]) => {
    const name = program.replace(SYSTEM_FOLDER, "");
    if (name === "git" && (movesAway || !inTurnFolder)) return false;
    return PROGRAMS.get(name)?.(args) ?? false;
  });
}

function always(): boolean {
  return true;
}

/** On macOS it writes a file. */
function isBase64(args: readonly string[]): boolean {
  return args.every((arg) =>
    !arg.startsWith("-") || /^(?:-|-[dDi]|-w\d*|--decode|--wrap=\d+)$/.test(arg)
  );
}

function isFind(args: readonly string[]): boolean {
  return !args.some((arg) => /^-(?:exec|ok|delete|fprint|fls)/.test(arg));
}

/** What it runs on files or for the host's name; `z` alone or among short options unpacks files. */
function isRipgrep(args: readonly string[]): boolean {
  return !args.some((arg) => /^(?:--(?:pre|hostname-bin|search-zip)|-[^-]*z)/.test(arg));
}

/** A range of lines, printed. */
function isSed(args: readonly string[]): boolean {
  const [quiet, script = "", ...files] = args;
  if (quiet !== "-n" || !/^(?:\d+|\$)(?:,(?:\d+|\$))?p$/.test(script)) return false;
  return !files.some((file) => file.startsWith("-"));
}

/** A second file would be written, and `-` is one; what follows `--` is one whatever it looks like. */
function isUniq(args: readonly string[]): boolean {
  return args.filter((arg) => /^(?:-|--)?$|^[^-]/.test(arg)).length <= 1 &&
    !args.some((arg) => /[*?]/.test(arg));
}

/** Of git's diffs: none that writes a file or runs a program of the configuration. */
const DIFF_OPTIONS = [
  ...["-p", "-u", "--patch", "--stat", "--numstat", "--shortstat", "--name-only", "--name-status"],
  ...["-w", "-b", "--no-color", "--summary", "--word-diff", "--cached", "--staged", "--minimal"],
  ...["--no-ext-diff", "--no-textconv", "-M", "-C", "-R", "-z", "--"],
];
const LOG_OPTIONS = [
  ...["--oneline", "--graph", "--all", "--decorate", "--follow", "--merges", "--no-merges"],
  ...["--reverse", "--first-parent", "--no-patch", "-s", "--branches", "--tags", "--remotes"],
];
/** With a number or text behind it, in the same word. */
const VALUED = /^(?:-U?\d+|-n\d+|--(?:max-count|skip|since|until|after|before|author|date)=.*)$/;
const FORMAT = /^--(?:format|pretty)=(?!.*%G)/;

const GIT: ReadonlyMap<string, ReadsOnly> = new Map<string, ReadsOnly>([
  ["status", optionsAmong("-s", "-b", "-sb", "--short", "--branch", "--porcelain", "--", "-z")],
  ["diff", optionsAmong(...DIFF_OPTIONS)],
  ["log", optionsAmong(...DIFF_OPTIONS, ...LOG_OPTIONS)],
  ["show", optionsAmong(...DIFF_OPTIONS, ...LOG_OPTIONS)],
  ["branch", isBranchList],
  ["ls-files", optionsAmong("-c", "-d", "-m", "-o", "-s", "-t", "-z", "--exclude-standard", "--")],
  [
    "rev-parse",
    optionsAmong("--show-toplevel", "--abbrev-ref", "--short", "--is-inside-work-tree"),
  ],
]);

/** The subcommand stands first: options before it set the configuration or another repository. */
function isGit([subcommand = "", ...args]: readonly string[]): boolean {
  return GIT.get(subcommand)?.(args) ?? false;
}

/** git takes options by their first letters, so that only whole known ones are safe. */
function optionsAmong(...options: readonly string[]): ReadsOnly {
  return (args) =>
    args.every((arg) =>
      !arg.startsWith("-") || options.includes(arg) || VALUED.test(arg) || FORMAT.test(arg)
    );
}

/** A name makes a branch, or is a pattern behind `--list`. */
function isBranchList(args: readonly string[]): boolean {
  const [first, ...rest] = args;
  if (first === "--list" || first === "-l") return !rest.some((arg) => arg.startsWith("-"));
  const shown = ["-a", "-r", "-v", "-vv", "-avv", "--all", "--remotes", "--show-current"];
  return args.every((arg) => shown.includes(arg));
}
