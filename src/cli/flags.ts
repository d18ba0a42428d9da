/** Every flag, once: what parses them, what `--help` says and what a wrong one is compared with. */

export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly aliases?: readonly string[];
  /** How `--help` calls its value; a switch has none. */
  readonly value?: string;
  readonly many?: boolean;
  readonly summary: string;
  readonly choices?: readonly string[];
  /** Taken, and not worth a line of `--help`. */
  readonly hidden?: boolean;
}

export const FLAGS: readonly Flag[] = [
  { name: "model", short: "m", value: "NAME", summary: "The model to ask" },
  {
    name: "image",
    short: "i",
    value: "FILE",
    many: true,
    summary: "Attach an image (repeatable, or a,b)",
  },
  {
    name: "output-last-message",
    short: "o",
    value: "FILE",
    summary: "Write the last message to a file",
  },
  { name: "output-schema", value: "FILE", summary: "JSON Schema that the answer has to follow" },
  { name: "json", aliases: ["experimental-json"], summary: "Print events as JSON lines" },
  {
    name: "config",
    short: "c",
    value: "KEY=VALUE",
    many: true,
    summary: "Set a key of the configuration (TOML value, else text)",
  },
  {
    name: "config-file",
    value: "PATH",
    summary: "Read this file instead of CODEX_HOME/config.toml",
  },
  {
    name: "profile",
    short: "p",
    value: "NAME",
    summary: "Lay a profile over the configuration",
  },
  { name: "strict-config", summary: "Unknown keys of the configuration are errors" },
  { name: "cd", short: "C", value: "DIR", summary: "Work in this folder" },
  { name: "add-dir", value: "DIR", many: true, summary: "A further folder that may be written" },
  {
    name: "sandbox",
    short: "s",
    value: "MODE",
    choices: ["read-only", "workspace-write", "danger-full-access"],
    summary: "What commands may write",
  },
  {
    name: "ask-for-approval",
    short: "a",
    value: "POLICY",
    choices: ["untrusted", "on-failure", "on-request", "never"],
    summary: "When to ask before a command runs",
  },
  {
    name: "sandbox-level",
    value: "LEVEL",
    choices: ["auto", "bubblewrap", "landlock", "none"],
    summary: "What confines commands",
  },
  { name: "sandbox-required", summary: "Without that level ask nothing and exit with 10" },
  {
    name: "on-denied",
    value: "WHAT",
    choices: ["continue", "fail"],
    summary: "Go on without what was refused, or end the run with 8",
  },
  {
    name: "no-shell",
    aliases: ["without-shell"],
    summary: "No commands: the model reads and edits files only",
  },
  { name: "full-auto", summary: "Same as --sandbox workspace-write" },
  {
    name: "dangerously-bypass-approvals-and-sandbox",
    aliases: ["yolo"],
    summary: "Never ask and confine nothing",
  },
  { name: "skip-git-repo-check", summary: "Accepted; decodex asks for no repository" },
  { name: "ephemeral", summary: "Write no session file" },
  { name: "system-prompt", value: "TEXT", summary: "Replace the base instructions" },
  { name: "timeout-seconds", value: "N", summary: "Longest time for one model call" },
  { name: "oss", summary: "Ask a local server of open models" },
  {
    name: "local-provider",
    value: "NAME",
    choices: ["ollama", "lmstudio"],
    summary: "Which local server --oss asks",
  },
  { name: "demo", summary: "Ask the scripted model inside decodex: no key, no network" },
  {
    name: "color",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    summary: "Colours on standard error",
  },
  { name: "last", summary: "With exec resume: the latest session of this folder" },
  { name: "all", summary: "With --last: of any folder" },
  { name: "help", short: "h", summary: "Show this help" },
  { name: "version", short: "V", summary: "Show the version" },
  { name: "thread-source", value: "NAME", hidden: true, summary: "Sent by OpenAI's SDK" },
  { name: "cyber-access-program", value: "NAME", hidden: true, summary: "Sent by OpenAI's SDK" },
];

const WORKING_EXAMPLES = `Examples:
  decodex "fix the failing test"
  decodex exec --json "list the TODO comments" > events.jsonl
  git diff | decodex exec "review this change"
  decodex exec - < task.md
  decodex exec resume --last "and now the documentation"
  decodex --demo "show me"`;

const RESUME_EXAMPLES = `Examples:
  decodex exec resume --last "and now the documentation"
  decodex exec resume 01890000-0000-7000-8000-000000000000 "go on"`;

const PERMISSIONS_EXAMPLES = `Examples:
  decodex permissions
  decodex permissions --no-shell -C ~/project
  decodex permissions --json | jq -r '.lines[] | select(.at_hand).line'`;

export type HelpTopic = "decodex" | "exec" | "resume" | "permissions";

const EXAMPLES: Readonly<Record<HelpTopic, string>> = {
  decodex: WORKING_EXAMPLES,
  exec: WORKING_EXAMPLES,
  resume: RESUME_EXAMPLES,
  permissions: PERMISSIONS_EXAMPLES,
};

const USAGE: Readonly<Record<HelpTopic, string>> = {
  decodex: `decodex: an agent for your code, in one command

Usage:
  decodex [FLAGS] [PROMPT…]                     one turn with the prompt
  decodex exec [FLAGS] [PROMPT… | -]            the same, by Codex's name
  decodex exec resume [ID | --last] [PROMPT…]   go on with a session
  decodex permissions                           what it needs, and what it holds

The prompt is the words, or standard input where there are none (or "-"). With both, what is piped
in follows the prompt. The answer goes to standard output, everything else to standard error.`,
  exec: `Run one turn without asking anybody.

Usage: decodex exec [FLAGS] [PROMPT… | -]`,
  resume: `Go on with a session of decodex or Codex.

Usage: decodex exec resume [ID | --last] [FLAGS] [PROMPT… | -]`,
  permissions:
    `Print the smallest line of \`deno run\` for the configuration at hand and each part of decodex that
works, with the reason of every permission; what both halves of the running program hold; and which
sandbox confines commands. It needs no key and asks no server.

Usage: decodex permissions [FLAGS]`,
};

export function helpText(topic: HelpTopic): string {
  const shown = FLAGS.filter((flag) => !flag.hidden);
  const left = shown.map((flag) => {
    const short = flag.short ? `-${flag.short}, ` : "    ";
    return `  ${short}--${flag.name}${flag.value ? ` ${flag.value}` : ""}`;
  });
  const width = Math.max(...left.map((text) => text.length)) + 2;
  const rows = shown.map((flag, index) => {
    const choices = flag.choices ? ` (${flag.choices.join(", ")})` : "";
    return `${(left[index] ?? "").padEnd(width)}${flag.summary}${choices}`;
  });
  return `${USAGE[topic]}\n\nFlags:\n${rows.join("\n")}\n\n${EXAMPLES[topic]}\n`;
}
