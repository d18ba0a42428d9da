/** argv becomes an invocation: which command, with which options. */

import { parseArgs } from "@std/cli";
import { UsageError } from "../protocol/error.ts";
import { isUuid } from "../protocol/id.ts";
import type { AskForApproval, SandboxMode } from "../protocol/policy.ts";
import { findFlag, type Flag, type FlagName, FLAGS, spell } from "./flags.ts";
import { nearest } from "./nearest.ts";

export interface ExecOptions {
  /** Absent: from stdin. */
  readonly prompt?: string;
  /** `-` in the prompt's place: stdin is the prompt. */
  readonly promptIsStdin: boolean;
  readonly resume?: { readonly id: string } | { readonly last: true };
  readonly json: boolean;
  readonly outputLastMessage?: string;
  readonly outputSchema?: string;
  readonly model?: string;
  readonly modelProvider?: string;
  readonly profile?: string;
  readonly overrides: readonly string[];
  readonly configFile?: string;
  readonly strictConfig: boolean;
  readonly cwd?: string;
  readonly addDirs: readonly string[];
  readonly images: readonly string[];
  readonly sandboxMode?: SandboxMode;
  readonly approvalPolicy?: AskForApproval;
  readonly ephemeral: boolean;
  readonly color: "auto" | "always" | "never";
  readonly systemPrompt?: string;
  readonly timeoutSeconds?: number;
}

export type Invocation =
  | { readonly command: "help"; readonly topic: string }
  | { readonly command: "version" }
  | { readonly command: "exec"; readonly options: ExecOptions };

/** Fails with a `UsageError` that names the flag. */
export function parseCommandLine(argv: readonly string[]): Invocation {
  const args = readFlags(argv);
  const { words, topic, resume } = readWords(args);
  if (args.has("help") || topic !== undefined) return { command: "help", topic: topic ?? "" };
  if (args.has("version")) return { command: "version" };
  if (args.has("last") && !resume) {
    throw new UsageError("--last belongs to a resumed session: decodex exec resume --last");
  }
  checkConflicts(args);
  return { command: "exec", options: toOptions(args, { words, ...resume && { resume } }) };
}

interface ReadFlags {
  has(name: FlagName): boolean;
  all(name: FlagName): readonly string[];
  one(name: FlagName): string | undefined;
  /** Words before `--`: a command's name may be among them. */
  readonly words: readonly string[];
  readonly rest: readonly string[];
}

function readFlags(argv: readonly string[]): ReadFlags {
  const flags: readonly Flag[] = FLAGS;
  const valued = flags.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const parsed = parseArgs(unambiguous(argv), {
    string: [...valued, "_"],
    boolean: flags.filter(({ value }) => value === undefined).map(({ name }) => name),
    collect: valued,
    alias: Object.fromEntries(flags.map(({ name, aliases = [] }) => [name, aliases])),
    "--": true,
    unknown: (arg, key) => key === undefined || refuse(arg),
  });
  const values: Record<string, unknown> = parsed;
  const all = (name: FlagName) => (values[name] as string[] | undefined) ?? [];
  for (const flag of flags) {
    if (flag.value !== undefined) checkValues(all(flag.name as FlagName), flag);
  }
  return {
    has: (name) => values[name] === true,
    all,
    one: (name) => all(name)[0],
    words: parsed._.map(String),
    rest: parsed["--"] ?? [],
  };
}

/** So that a flag without a value never takes the word behind it, and `-mgpt` is `--model=gpt`. */
function unambiguous(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  const flags = (end < 0 ? argv : argv.slice(0, end)).map((arg) => {
    const [, name = "", attached = ""] = /^-([a-zA-Z])(.+)$/s.exec(arg) ?? [];
    const short = findFlag(name);
    if (short?.value !== undefined) return `--${short.name}=${attached.replace(/^=/, "")}`;
    const long = findFlag(/^--?([^=]+)/.exec(arg)?.[1] ?? "");
    if (!long || long.value !== undefined || !arg.startsWith("-")) return arg;
    if (arg.includes("=")) throw new UsageError(`${spell(long.name)} takes no value`);
    return `--${long.name}=true`;
  });
  return [...flags, ...end < 0 ? [] : argv.slice(end)];
}

function refuse(arg: string): never {
  const name = (/^-+([^=]*)/.exec(arg)?.[1] ?? "").trim();
  const known = findFlag(name);
  if (known?.value !== undefined) throw new UsageError(missingValue(known.name));
  const long = FLAGS.map((flag): string => flag.name);
  const other = findFlag(name.toLowerCase()) ?? findFlag(name.toUpperCase());
  const meant = other?.name ?? nearest(name, long);
  const hint = meant === undefined ? "" : `; did you mean ${spell(meant)}?`;
  throw new UsageError(
    `Unknown flag "${arg}"${hint} A prompt that begins with a hyphen goes behind --`,
  );
}

function missingValue(name: string): string {
  return `${spell(name)} needs a value (one that begins with a hyphen as ${spell(name)}=VALUE)`;
}

function checkValues(
  values: readonly string[],
  { name, repeatable, choices }: Flag,
): void {
  if (values.includes("")) throw new UsageError(missingValue(name));
  if (!repeatable && values.length > 1) {
    throw new UsageError(`${spell(name)} is given ${values.length} times; it has one value`);
  }
  const wrong = choices && values.find((value) => !choices.includes(value));
  if (wrong === undefined) return;
  throw new UsageError(
    `Cannot use ${spell(name)} "${wrong}": it is one of ${choices?.join(", ")}` +
      `; did you mean ${nearest(wrong, choices ?? [])}?`,
  );
}

interface ReadWords {
  readonly words: readonly string[];
  /** The command that help is asked for. */
  readonly topic?: string;
  readonly resume?: NonNullable<ExecOptions["resume"]>;
}

/** A command's name is a word of the prompt where what follows fits no such command. */
function readWords(args: ReadFlags): ReadWords {
  const [first, ...others] = args.words;
  const help = args.has("help");
  if (first === "help" && args.rest.length === 0 && isTopic(others)) {
    return { words: [], topic: others.join(" ") };
  }
  const isExec = first === "exec" || first === "e";
  const words = isExec ? others : args.words;
  const resumed = words[0] === "resume" ? readResume(words.slice(1), args) : undefined;
  if (help) {
    return {
      words: [],
      topic: resumed || words[0] === "resume" ? "exec resume" : isExec ? "exec" : "",
    };
  }
  return resumed ?? { words: [...words, ...args.rest] };
}

function isTopic(words: readonly string[]): boolean {
  return ["", "exec", "exec resume"].includes(words.join(" "));
}

/** The command where an id or `--last` follows; nothing where the words read as a prompt. */
function readResume(words: readonly string[], args: ReadFlags): ReadWords | undefined {
  const [id, ...others] = words;
  if (args.has("last")) {
    if (id !== undefined && isUuid(id)) {
      throw new UsageError(`Cannot resume both "${id}" and --last: give one of them`);
    }
    return { words: [...words, ...args.rest], resume: { last: true } };
  }
  if (args.has("help")) return undefined;
  if (id === "-" || id === undefined && args.rest.length === 0) {
    throw new UsageError("exec resume needs the id of a session, or --last");
  }
  if (id === undefined || !isSessionId(id, others)) return undefined;
  return { words: [...others, ...args.rest], resume: { id } };
}

/** A mistyped id must not become a prompt; the second word of a sentence must not become an id. */
function isSessionId(word: string, others: readonly string[]): boolean {
  if (isUuid(word)) return true;
  if (/\s/.test(word)) return false;
  const [next] = others;
  return next === undefined || /^[0-9a-f]+-[0-9a-f-]+$/i.test(word) ||
    others.length === 1 && (next === "-" || /\s/.test(next));
}

const CONFLICTS: readonly (readonly [FlagName, FlagName])[] = [
  ["demo", "oss"],
  ["full-auto", "dangerously-bypass-approvals-and-sandbox"],
];

function checkConflicts(args: ReadFlags): void {
  const bypass = "dangerously-bypass-approvals-and-sandbox";
  const given = (name: FlagName) => args.has(name) || args.all(name).length > 0;
  const pair = CONFLICTS.find((names) => names.every(given)) ??
    (["sandbox", "ask-for-approval"] as const).map((name) => [name, bypass] as const)
      .find((names) => names.every(given));
  if (pair) throw new UsageError(`${pair.map(spell).join(" and ")} cannot be combined`);
  const mode = args.one("sandbox");
  if (args.has("full-auto") && mode !== undefined && mode !== "workspace-write") {
    throw new UsageError(`--full-auto and --sandbox ${mode} cannot be combined`);
  }
  if (given("local-provider") && !args.has("oss")) {
    throw new UsageError("--local-provider says which server --oss uses: give --oss too");
  }
}

function toOptions(
  args: ReadFlags,
  { words, resume }: Pick<ReadWords, "words" | "resume">,
): ExecOptions {
  const promptIsStdin = words.length === 1 && words[0] === "-";
  const prompt = promptIsStdin ? "" : words.join(" ");
  const bypass = args.has("dangerously-bypass-approvals-and-sandbox");
  const sandboxMode = bypass
    ? "danger-full-access"
    : args.one("sandbox") ?? (args.has("full-auto") ? "workspace-write" : undefined);
  const seconds = args.one("timeout-seconds");
  return {
    ...prompt.trim() !== "" && { prompt },
    promptIsStdin,
    ...resume && { resume },
    json: args.has("json"),
    ...optional("outputLastMessage", args.one("output-last-message")),
    ...optional("outputSchema", args.one("output-schema")),
    ...optional("model", args.one("model")),
    ...optional("modelProvider", providerOf(args)),
    ...optional("profile", args.one("profile")),
    overrides: args.all("config").map(checkOverride),
    ...optional("configFile", args.one("config-file")),
    strictConfig: args.has("strict-config"),
    ...optional("cwd", args.one("cd")),
    addDirs: args.all("add-dir"),
    images: args.all("image").flatMap((list) => list.split(",").filter((path) => path !== "")),
    ...optional("sandboxMode", sandboxMode as SandboxMode | undefined),
    ...optional("approvalPolicy", args.one("ask-for-approval") as AskForApproval | undefined),
    ephemeral: args.has("ephemeral"),
    color: (args.one("color") ?? "auto") as ExecOptions["color"],
    ...optional("systemPrompt", args.one("system-prompt")),
    ...seconds !== undefined && { timeoutSeconds: toSeconds(seconds) },
  };
}

function providerOf(args: ReadFlags): string | undefined {
  if (args.has("demo")) return "demo";
  return args.has("oss") ? args.one("local-provider") ?? "ollama" : undefined;
}

function checkOverride(override: string): string {
  if (override.includes("=")) return override;
  throw new UsageError(
    `Cannot read --config "${override}": it has to be key=value; a file is named by --config-file`,
  );
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new UsageError(`Cannot use --timeout-seconds "${text}": it has to be a number above 0`);
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [P in K]?: V };
}
