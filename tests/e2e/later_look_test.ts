/** What git is asked while commands may run: nothing that it can be made to run leaves the sandbox. */

import { match, notStrictEqual, strictEqual } from "node:assert/strict";
import { isThere } from "../support/is_there.ts";
import { createPlace, events, type Place, start } from "../support/program.ts";
import { until } from "../support/until.ts";

const ROOTS =
  "[sandbox_workspace_write]\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true\n";

/** Between the look at the filters and the one at the files it waits for the test. */
async function slowGit(folder: string, { cwd }: Place): Promise<void> {
  const git = `#!/bin/sh
case " $* " in *" status "*) : > '${cwd}/asked'
  n=0; while [ ! -e '${cwd}/go' ] && [ $n -lt 60 ]; do sleep 0.02; n=$((n + 1)); done ;;
esac
PATH=\${PATH#*:} exec git "$@"
`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/git`, git, { mode: 0o755 });
}

async function makeRepository({ cwd, env }: Place): Promise<void> {
  const user = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
  const git = async (...args: string[]): Promise<void> => {
    await new Deno.Command("git", { args: [...user, ...args], cwd, env }).output();
  };
  await Deno.writeTextFile(`${cwd}/a.txt`, "a\n");
  await git("init", "-q");
  await git("add", ".");
  await git("commit", "-q", "-m", "one");
  await Deno.writeTextFile(`${cwd}/a.txt`, "b\n");
}

/** As a command could under Landlock, until it is put back. */
async function setFilter({ cwd, root }: Place): Promise<void> {
  const clean = `touch '${cwd}/ran' '${root}/outside/ran'; cat`;
  await Deno.writeTextFile(`${cwd}/.gitattributes`, "* filter=x\n");
  await Deno.writeTextFile(`${cwd}/.git/config`, `[filter "x"]\nclean = "${clean}"\n`, {
    append: true,
  });
}

for (const level of ["bubblewrap", "landlock"] as const) {
  Deno.test(`a filter that is set while a command runs is not run outside of the sandbox: ${level}`, async () => {
    const cmd = "while [ ! -e over ]; do sleep 0.02; done";
    await using place = await createPlace(
      [{ items: [{ call: "exec_command", args: { cmd }, id: "c" }] }, { items: ["done"] }],
      { config: ROOTS },
    );
    const { cwd, root, server, env } = place;
    await Deno.mkdir(`${root}/outside`);
    await makeRepository(place);
    await slowGit(`${root}/bin`, place);
    const program = start(
      ["exec", "--json", "-s", "workspace-write", "--sandbox-level", level, "go"],
      { cwd, env: { ...env, PATH: `${root}/bin:${env["PATH"]}` } },
    );
    await until(() => isThere(`${cwd}/asked`));
    await setFilter(place);
    await Deno.writeTextFile(`${cwd}/go`, "");
    await until(() => isThere(`${cwd}/ran`) || isThere(`${root}/outside/ran`));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await Deno.writeTextFile(`${cwd}/over`, "");
    const { code, stdout } = await program.output();
    strictEqual(code, 0);
    const text = new TextDecoder().decode(stdout);
    const [first] = events(text);
    if (!JSON.stringify(first).includes(level)) {
      return console.log(`skipped: a filter at the level ${level}`);
    }
    strictEqual(isThere(`${cwd}/ran`), true);
    strictEqual(isThere(`${root}/outside/ran`), false);
    const told = server.requests.map(({ headers }) =>
      new Map(headers).get("x-codex-turn-metadata") ?? ""
    );
    strictEqual(told.length, 2);
    notStrictEqual(told[0], told[1]);
    match(told[1] ?? "", /"has_changes":true/);
    // Nobody takes it for a command.
    const shown = events(text).filter(({ type }) => type === "item.started");
    strictEqual(shown.length, 1);
    match(JSON.stringify(shown), /while \[ ! -e over \]/);
  });
}
