/** What the scripted model says and asks for, as a function of what it has been told. */

import type { Prompt } from "../protocol/model_client.ts";
import {
  isCallOutput,
  type MessageItem,
  messageText,
  type ResponseItem,
} from "../protocol/response_item.ts";

/** The next items: calls until every step has its output, then the report. */
export function demoResponse(prompt: Prompt): ResponseItem[] {
  if (prompt.tools.length === 0) {
    return [say("The scripted demo model has shown its steps; there is nothing to remember.")];
  }
  const seen = readPrompt(prompt);
  const step = STEPS.find(({ id, possible }) => !seen.outputs.has(id) && possible(seen));
  if (!step) return [say(report(seen), "final_answer")];
  return step.items(seen);
}

interface Seen {
  /** What the user has asked for. */
  readonly task: string;
  readonly cwd: string;
  readonly tools: ReadonlySet<string>;
  /** By step. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly turn: number;
}

interface Step {
  /** The call whose output shows that the step is done. */
  readonly id: string;
  possible(seen: Seen): boolean;
  items(seen: Seen): ResponseItem[];
}

const STEPS: readonly Step[] = [
  {
    id: "list",
    possible: ({ tools }) => tools.has("list_dir") || tools.has("exec_command"),
    items: (seen) => [
      say("I look at this folder, then change a copy of one of its files.", "commentary"),
      ...plan(seen, 0),
      seen.tools.has("list_dir")
        ? call(seen, "list", { name: "list_dir", args: { dir_path: seen.cwd, depth: 1 } })
        : command(seen, "list", "ls -Ap | head -n 25"),
    ],
  },
  {
    id: "read",
    possible: (seen) => seen.tools.has("read_file") && fileToRead(seen) !== undefined,
    items: (seen) => {
      const file_path = `${seen.cwd.replace(/\/$/, "")}/${fileToRead(seen)}`;
      return [call(seen, "read", { name: "read_file", args: { file_path, limit: 20 } })];
    },
  },
  {
    id: "copy",
    possible: ({ tools }) => tools.has("exec_command"),
    items: (seen) => [...plan(seen, 1), command(seen, "copy", copyScript(seen))],
  },
  {
    id: "patch",
    possible: (seen) => seen.tools.has("apply_patch") && copyFolder(seen) !== undefined,
    items: (seen) => [
      ...plan(seen, 2),
      {
        type: "custom_tool_call",
        call_id: callId(seen, "patch"),
        name: "apply_patch",
        input: patch(seen),
      },
    ],
  },
  {
    id: "check",
    possible: (seen) => copyFolder(seen) !== undefined,
    items: (seen) => [
      command(
        seen,
        "check",
        `cd ${quote(copyFolder(seen) ?? "/")} && head -n 3 -- *; ${cleanUp(seen)}`,
      ),
      ...plan(seen, PLAN.length),
    ],
  },
];

const PLAN = ["Look at the folder", "Copy a file to a temporary folder", "Patch the copy"];

function plan(seen: Seen, done: number): ResponseItem[] {
  if (!seen.tools.has("update_plan")) return [];
  const steps = PLAN.map((step, index) => ({
    step,
    status: index < done ? "completed" : index === done ? "in_progress" : "pending",
  }));
  return [call(seen, `plan${done}`, { name: "update_plan", args: { plan: steps } })];
}

const NEW_FILE = "hello.txt";

/** Its first line is what the patch of the copy holds on to. */
function copyScript(seen: Seen): string {
  const file = firstLine(seen) === undefined ? undefined : fileToRead(seen);
  const copy = file === undefined ? "" : ` && cp -- ${quote(file)} "$dir/"`;
  return `dir=$(mktemp -d)${copy} && echo "temporary folder: $dir"`;
}

function copyFolder({ outputs }: Seen): string | undefined {
  return /^temporary folder: (\/\S+)$/m.exec(outputs.get("copy") ?? "")?.[1];
}

function cleanUp(seen: Seen): string {
  return `rm -rf -- ${quote(copyFolder(seen) ?? "")}`;
}

function patch(seen: Seen): string {
  const [folder, line] = [copyFolder(seen), firstLine(seen)];
  const change = line === undefined
    ? [`*** Add File: ${folder}/${NEW_FILE}`, "+Written by the demo of decodex."]
    : [
      `*** Update File: ${folder}/${fileToRead(seen)}`,
      "@@",
      "+Patched by the demo of decodex.",
      ` ${line}`,
    ];
  return ["*** Begin Patch", ...change, "*** End Patch"].join("\n");
}

/** A file that says what the folder is about, else the first that is not hidden. */
function fileToRead({ outputs }: Seen): string | undefined {
  const names = entries(outputs.get("list") ?? "").filter((name) => /^[^.].*[^/@?]$/.test(name));
  const telling = ["README.md", "README", "deno.json", "package.json", "Cargo.toml", "Makefile"];
  return telling.find((name) => names.includes(name)) ??
    names.find((name) => /\.(md|txt|ts|js|py|rs|go|c|h|java|toml|json|ya?ml|sh)$/.test(name));
}

function entries(listing: string): string[] {
  return listing.split("\n").filter((line) =>
    line !== "" && !/^(Absolute path: |More than \d+ entries)/.test(line)
  );
}

/** The first line of the file that was read, where a patch can name it. */
function firstLine({ outputs }: Seen): string | undefined {
  const line = /^L1: (.*)$/m.exec(outputs.get("read") ?? "")?.[1];
  return line !== undefined && line.trim() !== "" && line.length < 200 ? line : undefined;
}

function report(seen: Seen): string {
  const { task, cwd, outputs, tools } = seen;
  const names = entries(outputs.get("list") ?? "");
  const file = fileToRead(seen);
  const lines = outputs.get("read")?.split("\n").length;
  const found = [
    `- Plan: ${tools.has("update_plan") ? "written and kept up to date" : "no tool for it"}`,
    `- Folder: ${cwd} holds ${names.length === 1 ? "1 entry" : `${names.length} entries`}${
      some(names)
    }`,
    file === undefined || lines === undefined
      ? "- File: none here that can be read as text"
      : `- File: read ${file}, its first ${lines} lines begin with "${firstLine(seen) ?? ""}"`,
    copyFolder(seen) === undefined
      ? `- Command: did not work here: ${lastLine(outputs.get("copy"))}`
      : `- Command: made ${copyFolder(seen)} and removed it again`,
    `- Patch: ${patchResult(outputs.get("patch"))}`,
  ];
  return [
    `You asked: "${task}"`,
    "",
    "This is the demo: a scripted model, which cannot answer, and the real decodex around it.",
    "What it saw and did:",
    ...found,
    "",
    "With OPENAI_API_KEY or a provider in ~/.codex/config.toml a real model does the work.",
  ].join("\n");
}

function some(names: readonly string[]): string {
  return names.length === 0 ? "" : `, among them ${names.slice(0, 5).join(", ")}`;
}

function patchResult(output: string | undefined): string {
  if (output === undefined) return "not tried without a temporary folder";
  const done = /^[AM] .*$/m.exec(output)?.[0];
  return done === undefined ? `did not work here: ${lastLine(output)}` : `applied (${done})`;
}

function lastLine(output: string | undefined): string {
  return output?.trim().split("\n").at(-1) ?? "there is no tool for it";
}

function readPrompt(prompt: Prompt): Seen {
  const prompts = prompt.input.flatMap((item, index) => isPrompt(item) ? [{ item, index }] : []);
  const last = prompts.at(-1);
  const turn = prompts.length;
  const outputs = new Map<string, string>();
  for (const item of prompt.input.slice((last?.index ?? -1) + 1)) {
    if (!isCallOutput(item)) continue;
    const id = new RegExp(`^demo_${turn}_(.*)$`).exec(item.call_id)?.[1];
    if (id !== undefined) outputs.set(id, textOf(item.output));
  }
  return {
    task: last ? messageText(last.item).slice(0, 200) : "",
    cwd: findCwd(prompt.input) ?? "/",
    tools: new Set(prompt.tools.flatMap((tool) => "name" in tool ? [tool.name] : [])),
    outputs,
    turn,
  };
}

const CONTEXT = /^(# AGENTS\.md instructions for |<environment_context>|<turn_aborted>)/;

function isPrompt(item: ResponseItem): item is MessageItem {
  return item.type === "message" && item.role === "user" && !CONTEXT.test(messageText(item));
}

function findCwd(input: readonly ResponseItem[]): string | undefined {
  for (const item of input.toReversed()) {
    if (item.type !== "message") continue;
    const cwd = /<environment_context>\s*<cwd>(.*?)<\/cwd>/s.exec(messageText(item))?.[1];
    if (cwd !== undefined) return cwd;
  }
  return undefined;
}

function textOf(output: string | readonly { type: string; text?: string }[]): string {
  const text = typeof output === "string" ? output : output.map((part) => part.text ?? "").join("");
  // Of a command only what it has printed.
  return text.replace(/^[^]*?^Output:\n/m, "");
}

function say(text: string, phase?: "commentary" | "final_answer"): MessageItem {
  return {
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text }],
    ...phase && { phase },
  };
}

function command(seen: Seen, id: string, cmd: string): ResponseItem {
  return call(seen, id, { name: "exec_command", args: { cmd } });
}

function call(
  seen: Seen,
  id: string,
  { name, args }: { name: string; args: unknown },
): ResponseItem {
  const call_id = callId(seen, id);
  return { type: "function_call", call_id, name, arguments: JSON.stringify(args) };
}

function callId({ turn }: Seen, id: string): string {
  return `demo_${turn}_${id}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
