/** Login files: read until it is known what they leave, and for ever where a shell could tell. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ProcessGroups } from "../../src/exec/process_groups.ts";

const SHELL = "/bin/bash";
/** More than a command waits for before it is looked, and for the look. */
const LATER_MS = 40;

class Home implements AsyncDisposable {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #groups: ProcessGroups;

  constructor(profile: string, options: { readsLoginFiles?: boolean; tellsQuiet?: boolean } = {}) {
    this.path = Deno.realPathSync(Deno.makeTempDirSync());
    this.env = {
      ...{ PATH: "/usr/bin:/bin", HOME: this.path, SHLVL: "3", GIVEN: "1" },
      CODEX_THREAD_ID: crypto.randomUUID(),
    };
    this.#groups = new ProcessGroups(options);
    this.write(profile);
  }

  /** A byte for each letter. */
  write(profile: string): void {
    const bytes = Uint8Array.from(`echo >>"$HOME/read"\n${profile}`, (char) => char.charCodeAt(0));
    Deno.writeFileSync(`${this.path}/.bash_profile`, bytes);
  }

  async run(
    script: string,
    { option = "-lc", cwd = this.path }: { option?: string; cwd?: string } = {},
  ): Promise<string> {
    const decoder = new TextDecoder();
    let output = "";
    const { ended } = this.#groups.spawn({
      command: [SHELL, option, script],
      cwd,
      env: this.env,
      stdin: "empty",
      onOutput: (bytes) => output += decoder.decode(bytes),
    });
    const { code } = await ended;
    return code === 0 ? output : `${output}(${code})`;
  }

  /** Once all that follows a command has been done. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LATER_MS));
    await this.#groups.isQuiet();
  }

  /** How often the files were read. */
  async reads(): Promise<number> {
    return (await Deno.readTextFile(`${this.path}/read`).catch(() => "")).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#groups.close();
    await Deno.remove(this.path, { recursive: true });
  }
}

/** What two more commands say, once the first two are over. */
async function afterwards(home: Home, script: string): Promise<{ said: string[]; reads: number }> {
  for (const _ of [1, 2]) {
    await home.run("true");
    await home.settle();
  }
  const before = await home.reads();
  const said = [await home.run(script), await home.run(script)];
  return { said, reads: await home.reads() - before };
}

const WHOLE = `
export PATH="$HOME/bin:$PATH" NAME="a b
c" GIVEN=2
unset NOTHING
speak() { echo "spoken $1"; }
export -f speak
`;

Deno.test("what login files export is there without reading them again", async () => {
  const script = 'echo "$PATH"; echo "$NAME" $GIVEN $SHLVL; speak up; pwd; umask';
  await using plain = new Home(WHOLE, { readsLoginFiles: true });
  const expected = (await plain.run(script)).replaceAll(plain.path, "HOME");
  await using home = new Home(WHOLE);
  const { said, reads } = await afterwards(home, script);
  deepStrictEqual(said.map((text) => text.replaceAll(home.path, "HOME")), [expected, expected]);
  strictEqual(reads, 0);
});

Deno.test("the first two commands read the files themselves, and a single one is all there is", async () => {
  await using home = new Home("export A=1");
  strictEqual(await home.run("echo $A"), "1\n");
  await home.settle();
  strictEqual(await home.reads(), 1);
  strictEqual(await home.run("echo $A"), "1\n");
  await home.settle();
  strictEqual(await home.reads(), 4);
});

/** What a shell could tell, and something that tells it. */
const NOTICED: Readonly<Record<string, readonly [profile: string, script: string]>> = {
  "a variable that is not exported": ["LOCAL=1", "echo $LOCAL"],
  "a function that is not exported": ["f() { echo f; }", "f"],
  "an option": ["shopt -s nullglob", "echo /nothing*"],
  "another option": ["set -u", "echo ${NONE-unset} $-"],
  "the mask of new files": ["umask 077", "umask"],
  "a limit": ["ulimit -n 100", "ulimit -n"],
  "a trap": ["trap 'echo bye' EXIT", "true"],
  "a folder": ["cd /usr", "pwd"],
  "an open file": ["exec 7>/dev/null", "echo x >&7"],
  "a name that stays": ["declare -rx FIXED=1", "declare -p FIXED"],
  "words of its own": ["echo welcome", "true"],
  "another value each time": ["export NOW=$EPOCHREALTIME", "test -n $NOW && echo now"],
  "what depends on the folder": ["export HERE=$PWD", "test $HERE = $PWD && echo here"],
  "a disabled command": ["enable -n printf", "type -t printf"],
  "an end": ["exit 3", "true"],
  "words for every script": ["set -- a b", "echo $#"],
  "a hard limit": ["ulimit -Hc 0", "ulimit -Hc"],
  "a priority": ["renice -n 3 $$ >/dev/null", "nice"],
  "an input": ["exec </etc/passwd", "read -r line && echo line"],
  "no errors": ["exec 2>/dev/null", "echo x >&2"],
  "a completion": ["complete -W words nothing", "complete -p nothing"],
  "a process": ["sleep 60 & disown", "echo ${!:+process}"],
  "no text": ["f() { printf caf\xe9; }; export -f f", "f | wc -c"],
  "a session without its mark": ["unset CODEX_THREAD_ID", 'echo "${CODEX_THREAD_ID-none}"'],
};

for (const [name, [profile, script]] of Object.entries(NOTICED)) {
  Deno.test(`login files are read for every command where they leave ${name}`, async () => {
    await using home = new Home(profile);
    const first = await home.run(script);
    const { said, reads } = await afterwards(home, script);
    deepStrictEqual({ said, reads }, { said: [first, first], reads: 2 });
  });
}

Deno.test("a login file that was changed is read again, and then its new outcome is known", async () => {
  await using home = new Home("export A=1");
  deepStrictEqual(await afterwards(home, "echo $A"), { said: ["1\n", "1\n"], reads: 0 });
  home.write("export A=22");
  strictEqual(await home.run("echo $A"), "22\n");
  await home.settle();
  const before = await home.reads();
  strictEqual(await home.run("echo $A"), "22\n");
  strictEqual(await home.reads(), before);
});

Deno.test("a folder for programs that has come is looked for again", async () => {
  await using home = new Home('test -d "$HOME/bin" && export PATH="$HOME/bin:$PATH"');
  const script = "echo ${PATH%%:*}";
  const first = await home.run(script);
  deepStrictEqual(await afterwards(home, script), { said: [first, first], reads: 0 });
  await Deno.mkdir(`${home.path}/bin`);
  strictEqual(await home.run(script), `${home.path}/bin\n`);
});

Deno.test("login files that never end hold up the look for a while, and nothing for ever", async () => {
  await using home = new Home("test -f ~/slow && sleep 600", { tellsQuiet: true });
  await home.run("true");
  await home.run("touch ~/slow");
  // As a command's answer does where protected files are looked after.
  await home.settle();
  await Deno.remove(`${home.path}/slow`);
  deepStrictEqual([await home.run("echo on"), await home.reads()], ["on\n", 4]);
});

Deno.test("what is known of one folder is nothing for another", async () => {
  await using home = new Home('test -f .settings && . ./.settings; export A="${A-none}"');
  deepStrictEqual(await afterwards(home, "echo $A"), { said: ["none\n", "none\n"], reads: 0 });
  const cwd = `${home.path}/below`;
  await Deno.mkdir(cwd);
  await Deno.writeTextFile(`${cwd}/.settings`, "A=below");
  strictEqual(await home.run("echo $A", { cwd }), "below\n");
});

Deno.test("no program of a folder is run that nobody has asked for", async () => {
  await using home = new Home('export PATH="programs:$PATH"');
  await Deno.mkdir(`${home.path}/programs`);
  const script = "#!/bin/sh\necho ran >>ran\n";
  for (const name of ["env", "nice", "cat", "bash"]) {
    await Deno.writeTextFile(`${home.path}/programs/${name}`, script, { mode: 0o755 });
  }
  await afterwards(home, "true");
  strictEqual(await home.run("cat ran", { option: "-c" }).then((said) => said.slice(0, 3)), "cat");
});

Deno.test("other shells, other options and a session that is told to are left as they are", async () => {
  await using home = new Home("export A=1");
  await afterwards(home, "true");
  strictEqual(await home.run("echo $A", { option: "-c" }), "\n");
  await using told = new Home("export A=1", { readsLoginFiles: true });
  deepStrictEqual(await afterwards(told, "echo $A"), { said: ["1\n", "1\n"], reads: 2 });
});
