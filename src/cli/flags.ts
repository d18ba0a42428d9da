/** The command line as data: what is parsed, explained and suggested comes from here. */

export interface Flag {
  readonly name: string;
  /** Other spellings; those of one letter are given with one hyphen. */
  readonly aliases?: readonly string[];
  /** What its value is called; absent for a flag without one. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly repeatable?: boolean;
  /** Absent for a flag that is accepted and not explained. */
  readonly summary?: string;
}

export interface Command {
  /** As it is typed after `decodex`. */
  readonly name: string;
  readonly usage: readonly string[];
  readonly summary: string;
  readonly examples: readonly (readonly [string, string])[];
}

export const FLAGS = [
  { name: "model", aliases: ["m"], value: "MODEL", summary: "The model to ask" },
  {
    name: "image",
    aliases: ["i"],
    value: "FILE",
    repeatable: true,
    summary: "Attach an image; several may be separated by commas",
  },
  { name: "cd", aliases: ["C"], value: "DIR", summary: "Work in this folder" },
  {
    name: "add-dir",
    value: "DIR",
    repeatable: true,
    summary: "A further folder that may be written",
  },
  {
    name: "sandbox",
    aliases: ["s"],
    value: "MODE",
    choices: ["read-only", "workspace-write", "danger-full-access"],
    summary: "How far commands may reach",
  },
  {
    name: "ask-for-approval",
    aliases: ["a"],
    value: "POLICY",
    choices: ["untrusted", "on-failure", "on-request", "never"],
    summary: "When to ask first; a run without a terminal refuses what it would have to ask",
  },
  { name: "full-auto", summary: "The same as --sandbox workspace-write" },
  {
    name: "dangerously-bypass-approvals-and-sandbox",
    aliases: ["yolo"],
    summary: "Ask nothing and confine nothing: only inside a machine that may be lost",
  },
  { name: "json", aliases: ["experimental-json"], summary: "Print events, one JSON object a line" },
  {
    name: "output-last-message",
    aliases: ["o"],
    value: "FILE",
    summary: "Write the answer to this file too",
  },
  {
    name: "output-schema",
    value: "FILE",
    summary: "A JSON Schema that the answer has to fit (exit 9 if it does not)",
  },
  { name: "last", summary: "With exec resume: the newest session of this folder" },
  { name: "ephemeral", summary: "Keep no session file" },
  {
    name: "config",
    aliases: ["c"],
    value: "KEY=VALUE",
    repeatable: true,
    summary: "Set a configuration key; the value is TOML, else text",
  },
  { name: "config-file", value: "PATH", summary: "Read this file instead of config.toml" },
  { name: "profile", aliases: ["p"], value: "NAME", summary: "Use a profile of the configuration" },
  { name: "strict-config", summary: "Unknown keys in the configuration are errors" },
  { name: "demo", summary: "Use the scripted model inside the program: no key, no network" },
  { name: "oss", summary: "Use a model server on this machine" },
  {
    name: "local-provider",
    value: "NAME",
    choices: ["ollama", "lmstudio"],
    summary: "Which one --oss uses",
  },
  { name: "system-prompt", value: "TEXT", summary: "Instead of the built-in instructions" },
  { name: "timeout-seconds", value: "N", summary: "The longest that one model call may take" },
  {
    name: "color",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    summary: "Colour on standard error",
  },
  { name: "skip-git-repo-check", summary: "Accepted: decodex asks for no repository" },
  { name: "help", aliases: ["h"], summary: "Explain a command" },
  { name: "version", aliases: ["V"], summary: "Print the version" },
  // What OpenAI's SDK may pass and decodex has no use for.
  { name: "thread-source", value: "SOURCE" },
  { name: "cyber-access-program", value: "NAME" },
] as const satisfies readonly Flag[];

export type FlagName = typeof FLAGS[number]["name"];

export const COMMANDS: readonly Command[] = [
  {
    name: "",
    usage: ["decodex [FLAGS] PROMPT…", "decodex exec [FLAGS] [PROMPT…|-]"],
    summary: "A prompt goes in, work is done in the current folder, the answer comes out.",
    examples: [
      ['decodex "fix the failing test"', "one turn, the answer on standard output"],
      ["decodex --demo", "see every part work, without a key"],
      ["git diff | decodex review this change", "piped text goes along with the prompt"],
      ["decodex exec --json - < task.md", "the prompt from a file, events as JSON lines"],
      ["decodex exec resume --last now the docs", "go on where the last session ended"],
    ],
  },
  {
    name: "exec",
    usage: [
      "decodex exec [FLAGS] [PROMPT…|-]",
      "decodex exec resume [FLAGS] ID|--last [PROMPT…|-]",
    ],
    summary: "Runs one turn. Without prompt words, or with -, the prompt is read from stdin.",
    examples: [
      ["decodex exec -s workspace-write add a changelog", "may write below this folder"],
      ["decodex exec -o answer.txt -m gpt-5.1-codex explain main.ts", "the answer in a file too"],
      ["decodex exec --output-schema shape.json list the routes", "the answer as checked JSON"],
      ["decodex exec -i before.png,after.png what changed", "with two pictures"],
      ["decodex exec -- --help is misspelt in cli.ts", "after -- nothing is a flag"],
    ],
  },
  {
    name: "exec resume",
    usage: ["decodex exec resume [FLAGS] ID|--last [PROMPT…|-]"],
    summary: "Continues a session of decodex or Codex; its history goes along.",
    examples: [
      ["decodex exec resume --last", "the newest session of this folder, prompt from stdin"],
      ["decodex exec resume 0199a213-81c0-7800-8aa1-bbab2a035a53 go on", "a session by its id"],
    ],
  },
];

export function findFlag(spelling: string): Flag | undefined {
  const flags: readonly Flag[] = FLAGS;
  return flags.find(({ name, aliases }) => name === spelling || aliases?.includes(spelling));
}

/** `--name` or `-n`. */
export function spell(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
