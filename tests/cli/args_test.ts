/** The command line: what is a flag, what a command, what the prompt. */

import { deepStrictEqual, match, throws } from "node:assert/strict";
import { type Command, parseCommand, wantsJson } from "../../src/cli/args.ts";
import { FLAGS, helpText } from "../../src/cli/flags.ts";
import { UsageError } from "../../src/protocol/error.ts";

const ID = "0199a213-81c0-7800-8aa1-bbab2a035a53";

type Exec = Extract<Command, { command: "exec" }>;

function exec(...argv: string[]): Exec {
  const command = parseCommand(argv);
  if (command.command !== "exec") throw new Error(`${argv.join(" ")} is ${command.command}`);
  return command;
}

function refusal(...argv: string[]): string {
  let message = "";
  throws(() => parseCommand(argv), (error) => {
    message = error instanceof UsageError ? error.message : `no usage error: ${error}`;
    return error instanceof UsageError;
  });
  return message;
}

Deno.test("the prompt is the words, wherever the flags stand", () => {
  const cases: [string[], string | undefined][] = [
    [["fix", "the", "test"], "fix the test"],
    [["exec", "fix", "it"], "fix it"],
    [["e", "fix it"], "fix it"],
    [["--json", "fix", "-m", "x", "it"], "fix it"],
    [["fix", "it", "--json"], "fix it"],
    [["exec", "--", "--help", "is", "wrong"], "--help is wrong"],
    [["--", "exec"], "exec"],
    [["exec"], undefined],
    [["exec", "-"], "-"],
    [["007", "1e3", "0x10"], "007 1e3 0x10"],
  ];
  deepStrictEqual(cases.map(([argv]) => [argv, exec(...argv).prompt]), cases);
});

Deno.test("a switch never takes the word behind it", () => {
  for (const word of ["true", "false"]) {
    const command = exec("--json", word, "story");
    deepStrictEqual([command.prompt, command.flags.has("json")], [`${word} story`, true]);
  }
});

Deno.test("a command's name begins a prompt where what follows fits no such command", () => {
  const cases: [string[], string | undefined, Exec["resume"]][] = [
    [["exec", "the", "plan", "in", "PLAN.md"], "the plan in PLAN.md", undefined],
    [["resume", "the", "work", "on", "x"], "resume the work on x", undefined],
    [["permissions", "of", "x", "are", "wrong"], "permissions of x are wrong", undefined],
    [["--", "permissions"], "permissions", undefined],
    [["doctor", "says", "x", "is", "wrong"], "doctor says x is wrong", undefined],
    [["help", "me"], "help me", undefined],
    [["exec", "resume", "my", "work"], "resume my work", undefined],
    [["exec", "resume", ID], undefined, { id: ID }],
    [["exec", "resume", ID, "go", "on"], "go on", { id: ID }],
    [["exec", "resume", "--last"], undefined, { last: true, all: false }],
    [["exec", "resume", "--last", "go", "on"], "go on", { last: true, all: false }],
    [["exec", "--last", "--all", "resume"], undefined, { last: true, all: true }],
    [["exec", "resume", "mistyped"], undefined, { id: "mistyped" }],
  ];
  const found = cases.map(([argv]) => {
    const { prompt, resume } = exec(...argv);
    return [argv, prompt, resume];
  });
  deepStrictEqual(found, cases);
});

Deno.test("permissions is a command where it stands alone, and takes flags", () => {
  const command = parseCommand(["-C", "/w", "permissions", "--json"]);
  deepStrictEqual(command.command, "permissions");
  deepStrictEqual(command.command === "permissions" && command.flags.text("cd"), "/w");
});

Deno.test("every spelling of a value flag means the same", () => {
  for (const argv of [["--model", "m"], ["--model=m"], ["-m", "m"], ["-m=m"]]) {
    deepStrictEqual(exec(...argv, "x").flags.text("model"), "m", argv.join(" "));
  }
  deepStrictEqual(exec("-c", "a.b=1", "--config=c=x=y", "x").flags.list("config"), [
    "a.b=1",
    "c=x=y",
  ]);
  deepStrictEqual(exec("--add-dir", "007", "x").flags.list("add-dir"), ["007"]);
  deepStrictEqual(exec("--experimental-json", "x").flags.has("json"), true);
  deepStrictEqual(
    exec("--yolo", "x").flags.has("dangerously-bypass-approvals-and-sandbox"),
    true,
  );
});

Deno.test("the arguments that OpenAI's SDK gives are understood", () => {
  const command = exec(
    ...["exec", "--experimental-json", "--config", 'openai_base_url="http://h/v1"'],
    ...["--model", "m", "--sandbox", "read-only", "--cd", "/w", "--add-dir", "/a"],
    ...["--skip-git-repo-check", "--output-schema", "/s.json", "--thread-source", "x"],
    ...["--config", 'web_search="live"', "resume", ID, "--image", "a.png", "--image", "b.png"],
  );
  deepStrictEqual(command.resume, { id: ID });
  deepStrictEqual(command.prompt, undefined);
  deepStrictEqual(command.flags.list("image"), ["a.png", "b.png"]);
  deepStrictEqual(command.flags.text("cd"), "/w");
});

Deno.test("a flag that is not known is refused with the nearest one", () => {
  match(refusal("--jsn", "x"), /"--jsn".*--json/);
  match(refusal("--output-shema", "f", "x"), /--output-schema/);
  match(refusal("--modle=x", "x"), /"--modle".*--model/);
  match(refusal("-x"), /"-x"/);
});

Deno.test("wrong values and flags that exclude each other are refused by name", () => {
  match(refusal("--model"), /--model.*value/);
  match(refusal("--model=", "x"), /--model.*value/);
  match(refusal("--model", "--json", "x"), /--model.*value/);
  match(refusal("-s", "read-onyl", "x"), /--sandbox "read-onyl".*read-only/);
  match(refusal("--timeout-seconds", "soon", "x"), /--timeout-seconds "soon"/);
  match(refusal("--demo", "--oss", "x"), /--demo.*--oss/);
  match(refusal("--full-auto", "--yolo", "x"), /--full-auto/);
  match(refusal("--last", "x"), /^Flag "--last" belongs to "exec resume"$/);
  match(refusal("exec", "hi", "--all"), /^Flag "--all" belongs to "exec resume"$/);
  match(refusal("exec", "resume"), /--last/);
});

Deno.test("help and version are asked for before anything else counts", () => {
  deepStrictEqual(parseCommand(["--help"]), { command: "help", topic: "decodex" });
  deepStrictEqual(parseCommand(["exec", "-h"]), { command: "help", topic: "exec" });
  deepStrictEqual(parseCommand(["exec", "resume", "--help"]), { command: "help", topic: "resume" });
  deepStrictEqual(parseCommand(["help", "exec"]), { command: "help", topic: "exec" });
  deepStrictEqual(parseCommand(["permissions", "-h"]), { command: "help", topic: "permissions" });
  deepStrictEqual(parseCommand(["-V"]), { command: "version" });
});

Deno.test("help names every flag and shows examples", () => {
  for (const topic of ["decodex", "exec", "resume", "permissions"] as const) {
    const text = helpText(topic);
    const missing = FLAGS.filter(({ hidden, name }) => !hidden && !text.includes(`--${name}`));
    deepStrictEqual(missing.map(({ name }) => name), []);
    match(text, /Examples:\n {2}decodex /);
  }
});

Deno.test("wantsJson() finds the flag also among wrong ones, and not behind --", () => {
  deepStrictEqual(wantsJson(["--nope", "--json"]), true);
  deepStrictEqual(wantsJson(["--experimental-json"]), true);
  deepStrictEqual(wantsJson(["--", "--json"]), false);
});
