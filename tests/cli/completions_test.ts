/** The completions, asked of the real shells. */

import { deepStrictEqual, throws } from "node:assert/strict";
import { parseCommand } from "../../src/cli/args.ts";
import { completionsOf } from "../../src/cli/commands/completions.ts";
import { type Shell, SHELLS } from "../../src/cli/completions/shells.ts";
import { FLAGS, helpText } from "../../src/cli/flags.ts";

/** The words of a command line, the last one unfinished, and what may stand in its place. */
const CASES: readonly [readonly string[], readonly string[]][] = [
  [[""], ["completions", "exec", "help", "permissions"]],
  [["ex"], ["exec"]],
  [["exec", ""], ["resume"]],
  [["--json", "exec", "r"], ["resume"]],
  [["-m", "exec", "e"], ["exec"]],
  [["--model", "gpt", "exec", ""], ["resume"]],
  [["completions", ""], ["bash", "fish", "zsh"]],
  [["exec", "resume", ""], []],
  [["some", "prompt", ""], []],
  [["--", ""], []],
  [["--strict"], ["--strict-config"]],
  [["exec", "--output-s"], ["--output-schema"]],
  [["--color", ""], ["always", "auto", "never"]],
  [["--color", "a"], ["always", "auto"]],
  [["-s", "read"], ["read-only"]],
  [["-m", ""], []],
  [["--cd", "fold"], ["folder"]],
  [["-i", "fi"], ["file one.png", "file2.png"]],
];

/** Prints for each command line its candidates, one a line, and a mark behind them. */
const ASK: Readonly<Record<Shell, (script: string, lines: Lines) => string[]>> = {
  bash: (script, lines) => [
    "--norc",
    "-c",
    [
      'source "$0" && complete -p decodex >/dev/null',
      'ask() { COMP_WORDS=(decodex "$@") COMP_CWORD=$# COMPREPLY=(); _decodex 2>/dev/null',
      "printf '%s\\n' ${COMPREPLY[@]+\"${COMPREPLY[@]}\"} '<end>'; }",
      ...lines.map((words) => `ask ${words.map((word) => `'${word}'`).join(" ")}`),
    ].join("\n"),
    script,
  ],
  fish: (script, lines) => [
    "--no-config",
    "-c",
    'source $argv[1]; for line in $argv[2..]; complete -C "decodex $line"; echo "<end>"; end',
    script,
    ...lines.map((words) => words.join(" ")),
  ],
  zsh: (script, lines) => [
    "-f",
    "-c",
    ZSH_SESSION,
    "zsh",
    script,
    ...lines.map((words) => words.join(" ")),
  ],
};

type Lines = readonly (readonly string[])[];

/** Zsh completes on a terminal only: a second one shows its candidates, one a line behind ">". */
const ZSH_SESSION = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=''; autoload -Uz compinit; compinit -u -D; source \${(q)1}"
zpty -w shell 'compadd() {
  if [[ " \${(@)argv[1,(i)(-|--)]} " == *" -"[OAD]* ]]; then builtin compadd "$@"; return; fi
  local -a found; builtin compadd -A found "$@"; (( $#found )) && print -rl -- ">"$^found
}'
zpty -w shell 'show() {
  print; _main_complete; print "<end>"; compstate[insert]="" compstate[list]=""
}'
zpty -w shell 'zle -C show complete-word show; bindkey "^T" show "^U" kill-whole-line'
zpty -w shell 'print "<re""ady>"'
zpty -r -m shell said '*<ready>*'
shift
for line; do
  zpty -n -w shell $'\\x15'"decodex $line"$'\\x14'
  zpty -r -m shell said '*<end>*'
  print -r -- "$said" | tr -d '\\r' | sed -n 's/^>//p; s/^<end>/&/p'
done`;

/** For each of the lines what the shell offers, sorted. */
async function candidates(
  shell: Shell,
  { lines, place }: { lines: Lines; place: Place },
): Promise<string[][]> {
  const script = `${place.home}/${shell} script`;
  await Deno.writeTextFile(script, `${completionsOf(shell)}\n`);
  const { stdout, stderr } = await new Deno.Command(shell, {
    args: ASK[shell](script, lines),
    cwd: place.cwd,
    env: { HOME: place.home, XDG_DATA_HOME: place.home, TERM: "dumb", LC_ALL: "C.UTF-8" },
    stdin: "null",
    signal: AbortSignal.timeout(20_000),
  }).output();
  deepStrictEqual(new TextDecoder().decode(stderr), "");
  const answers = new TextDecoder().decode(stdout).split("<end>\n").slice(0, -1);
  return answers.map((answer) => {
    const found = answer.split("\n").filter((line) => line !== "");
    return [...new Set(found.map(bare))].sort();
  });
}

/** Without fish's description, zsh's backslashes, and the mark behind a folder. */
function bare(candidate: string): string {
  return candidate.replace(/\t.*/, "").replace(/\/$/, "").replaceAll("\\", "");
}

interface Place extends AsyncDisposable {
  readonly cwd: string;
  readonly home: string;
}

async function createPlace(): Promise<Place> {
  const root = await Deno.makeTempDir({ prefix: "decodex completions " });
  const [cwd, home] = [`${root}/work`, `${root}/home`];
  await Deno.mkdir(home);
  await Deno.mkdir(`${cwd}/folder`, { recursive: true });
  for (const name of ["file one.png", "file2.png"]) await Deno.writeTextFile(`${cwd}/${name}`, "");
  return { cwd, home, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

async function isThere(shell: Shell): Promise<boolean> {
  const there = await new Deno.Command(shell, { args: ["-c", "exit 0"] }).output()
    .then(({ success }) => success, () => false);
  if (!there) console.log(`skipped: completions of ${shell}: it is not installed`);
  return there;
}

for (const shell of SHELLS) {
  Deno.test(`${shell} completes commands, flags and their values`, async () => {
    if (!await isThere(shell)) return;
    await using place = await createPlace();
    const flags = FLAGS.filter(({ hidden }) => !hidden).map(({ name }) => `--${name}`).sort();
    const cases: typeof CASES = [...CASES, [["--"], flags]];
    const found = await candidates(shell, { lines: cases.map(([words]) => words), place });
    const pairs = (answers: readonly (readonly string[] | undefined)[]) =>
      cases.map(([words], index) => [words.join(" "), answers[index]]);
    deepStrictEqual(pairs(found), pairs(cases.map(([, expected]) => expected)));
  });
}

Deno.test("bash, which cuts words at =, completes a value behind it", async () => {
  await using place = await createPlace();
  const cases = [
    [["--color", "="], ["always", "auto", "never"]],
    [["--color", "=", "n"], ["never"]],
    [["--color", "=", "never", "exec", ""], ["resume"]],
    [["-c", "a", "=", "b", "exec", ""], ["resume"]],
  ] as const;
  const found = await candidates("bash", { lines: cases.map(([words]) => words), place });
  deepStrictEqual(found, cases.map(([, expected]) => [...expected]));
});

Deno.test("every flag that --help shows stands in each script with its summary", () => {
  const shown = FLAGS.filter(({ hidden }) => !hidden);
  for (const { name, summary } of shown) {
    deepStrictEqual(helpText("decodex").includes(`--${name}`), true);
    for (const shell of SHELLS) {
      deepStrictEqual(completionsOf(shell).includes(name), true, `${shell}: ${name}`);
    }
    deepStrictEqual(completionsOf("fish").includes(summary.replaceAll("'", "\\'")), true);
  }
});

Deno.test("the command names a shell, and a prompt may begin with its word", () => {
  for (const shell of SHELLS) {
    deepStrictEqual(parseCommand(["completions", shell]), { command: "completions", shell });
  }
  for (const argv of [["completions"], ["completions", "csh"]]) {
    throws(() => parseCommand(argv), /give a shell, one of bash, zsh, fish$/);
  }
  const prompt = parseCommand(["completions", "are", "broken"]);
  deepStrictEqual(prompt.command === "exec" && prompt.prompt, "completions are broken");
});
