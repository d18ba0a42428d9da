/** The command line as data. */

import { parseArgs } from "@std/cli";
import { UsageError } from "../protocol/error.ts";
import { isUuid } from "../protocol/id.ts";
import { type Shell, SHELLS } from "./completions/shells.ts";
import { type Flag, FLAGS, type HelpTopic } from "./flags.ts";
import { nearestWord } from "./nearest.ts";

export type Command =
  | { command: "help"; topic: HelpTopic }
  | { command: "version" }
  | { command: "completions"; shell: Shell }
  | { command: "permissions"; flags: Flags }
  | { command: "exec"; flags: Flags; prompt: string | undefined; resume?: Resume };

/** `last`: the latest session of this folder, or of any. */
export type Resume = { id: string } | { last: true; all: boolean };

export interface Flags {
  text(name: string): string | undefined;
  has(name: string): boolean;
  list(name: string): readonly string[];
}

/** Whether `--json` is among the flags, however wrong the rest is. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const flags = end < 0 ? argv : argv.slice(0, end);
  return flags.includes("--json") || flags.includes("--experimental-json");
}

export function parseCommand(argv: readonly string[]): Command {
  const args = parseArgs(withPlainSwitches(argv), {
    string: ["_", ...FLAGS.filter((flag) => flag.value).map(({ name }) => name)],
    boolean: FLAGS.filter((flag) => !flag.value).map(({ name }) => name),
    collect: FLAGS.filter((flag) => flag.many).map(({ name }) => name),
    alias: Object.fromEntries(FLAGS.map((flag) => [flag.name, otherNames(flag)])),
    "--": true,
    unknown: (arg: string) => {
      if (arg.startsWith("-") && arg !== "-") throw unknownFlag(arg);
      return true;
    },
  });
  const flags = checkedFlags(args);
  const words = args._.map(String);
  const literal = (args["--"] ?? []).map(String);
  if (flags.has("version")) return { command: "version" };
  if (flags.has("help")) return { command: "help", topic: topicOf(words) };
  if (words[0] === "help" && literal.length === 0 && isTopic(words.slice(1))) {
    return { command: "help", topic: topicOf(words.slice(1)) };
  }
  if (words[0] === "completions" && words.length + literal.length <= 2) {
    return { command: "completions", shell: shellOf([...words, ...literal][1]) };
  }
  if (words[0] === "permissions" && words.length + literal.length === 1) {
    return { command: "permissions", flags };
  }
  return execCommand(flags, { words, literal });
}

function shellOf(name: string | undefined): Shell {
  const shell = SHELLS.find((shell) => shell === name);
  if (shell) return shell;
  throw new UsageError(`Cannot print completions: give a shell, one of ${SHELLS.join(", ")}`);
}

/**
 * `parseArgs` would take a word "true" or "false" behind a switch for the switch's value, and
 * `--no-x=` for a value of `x`.
 */
function withPlainSwitches(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((arg, index) => {
    if (end >= 0 && index > end || !arg.startsWith("-")) return arg;
    const name = arg.replace(/^-+/, "");
    if (arg !== spelling(name)) return arg;
    const found = FLAGS.find((flag) => !flag.value && isCalled(flag, name));
    if (!found) return arg;
    return `--${name.startsWith("no-") ? found.aliases?.[0] : name}=true`;
  });
}

function isCalled({ name, short, aliases }: Flag, word: string): boolean {
  return name === word || short === word || aliases?.includes(word) === true;
}

function spelling(name: string): string {
  return name.length > 1 ? `--${name}` : `-${name}`;
}

function otherNames({ short, aliases = [] }: Flag): string[] {
  return [...short ? [short] : [], ...aliases];
}

function unknownFlag(arg: string): UsageError {
  const [name = ""] = arg.split("=");
  const word = name.replace(/^-+/, "");
  const empty = name === spelling(word) && FLAGS.find((flag) => isCalled(flag, word));
  if (empty) return needsValue(empty);
  const known = FLAGS.filter((flag) => !flag.hidden)
    .flatMap((flag) => [flag.name, ...flag.aliases ?? []]).map((word) => `--${word}`);
  const nearest = nearestWord(name, known);
  const hint = nearest ? `; did you mean "${nearest}"?` : "; decodex --help lists the flags";
  const escape = ' (a prompt that begins with "-" goes behind "--")';
  return new UsageError(`Unknown flag "${name}"${hint}${nearest ? "" : escape}`);
}

function checkedFlags(args: Readonly<Record<string, unknown>>): Flags {
  const valueOf = (name: string) => typeof args[name] === "string" ? args[name] : undefined;
  const listOf = (name: string) => Array.isArray(args[name]) ? args[name].map(String) : [];
  for (const flag of FLAGS) {
    if (!flag.value) continue;
    const values = flag.many ? listOf(flag.name) : [valueOf(flag.name)];
    for (const value of values) if (value !== undefined) checkValue(flag, value);
  }
  const flags: Flags = { text: valueOf, has: (name) => args[name] === true, list: listOf };
  checkTogether(flags);
  return flags;
}

function checkValue(flag: Flag, value: string): void {
  if (value === "" && flag.name !== "system-prompt") {
    throw needsValue(flag);
  }
  if (flag.choices && !flag.choices.includes(value)) {
    const nearest = nearestWord(value, flag.choices);
    throw new UsageError(
      `Cannot use --${flag.name} "${value}": it has to be ${flag.choices.join(", ")}` +
        (nearest ? `; did you mean "${nearest}"?` : ""),
    );
  }
  if (flag.name === "timeout-seconds" && !(Number(value) > 0)) {
    throw new UsageError(`Cannot use --timeout-seconds "${value}": it has to be a number above 0`);
  }
}

function needsValue({ name, value }: Flag): UsageError {
  return new UsageError(
    value
      ? `Flag "--${name}" needs a value: --${name} ${value}`
      : `Flag "--${name}" takes no value`,
  );
}

/** Two that say opposite things are a mistake, not an order of precedence. */
function checkTogether(flags: Flags): void {
  const bypass = "dangerously-bypass-approvals-and-sandbox";
  const pairs: [boolean, string, boolean, string][] = [
    [flags.has(bypass), bypass, flags.text("sandbox") !== undefined, "sandbox"],
    [flags.has(bypass), bypass, flags.text("ask-for-approval") !== undefined, "ask-for-approval"],
    [flags.has(bypass), bypass, flags.has("full-auto"), "full-auto"],
    [flags.has("demo"), "demo", flags.has("oss"), "oss"],
  ];
  for (const [a, nameA, b, nameB] of pairs) {
    if (a && b) throw new UsageError(`Flags "--${nameA}" and "--${nameB}" exclude each other`);
  }
}

function isTopic(words: readonly string[]): boolean {
  return ["", "exec", "resume", "exec resume", "permissions"].includes(words.join(" "));
}

function topicOf(words: readonly string[]): HelpTopic {
  if (words.includes("resume")) return "resume";
  return words[0] === "exec" || words[0] === "permissions" ? words[0] : "decodex";
}

interface Words {
  readonly words: readonly string[];
  /** What stands behind `--`: never a command. */
  readonly literal: readonly string[];
}

function execCommand(flags: Flags, { words, literal }: Words): Command {
  const isExec = words[0] === "exec" || words[0] === "e";
  const rest = isExec ? words.slice(1) : words;
  const prompt = (texts: readonly string[]) => {
    const all = [...texts, ...literal];
    return all.length === 0 ? undefined : all.join(" ");
  };
  if (isExec && rest[0] === "resume") {
    const after = rest.slice(1);
    if (flags.has("last")) {
      const resume = { last: true, all: flags.has("all") } as const;
      return { command: "exec", flags, prompt: prompt(after), resume };
    }
    const [id = ""] = after;
    if (looksLikeId(id) || after.length === 1) {
      return { command: "exec", flags, prompt: prompt(after.slice(1)), resume: { id } };
    }
    if (after.length === 0) {
      throw new UsageError("Cannot resume: give the id of a session, or --last");
    }
  }
  for (const name of ["last", "all"]) {
    if (flags.has(name)) throw new UsageError(`Flag "--${name}" belongs to "exec resume"`);
  }
  return { command: "exec", flags, prompt: prompt(rest) };
}

/** Words of a prompt have neither digits nor dashes where an id has them. */
function looksLikeId(word: string): boolean {
  return isUuid(word) || /^(?=.*[\d-])[\w-]{6,}$/.test(word);
}
