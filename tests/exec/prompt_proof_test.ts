/** Programs that ask a person: started as a command they come to an end, whatever the user's own settings are. */

import { deepStrictEqual, match } from "node:assert/strict";
import { Workspace } from "./workspace.ts";

/** The editor and the pager of a user who is not there: they wait for ever. */
const WAITS = "sh -c 'sleep 600' waits";
const TIMEOUT_MS = 20_000;

function workspaceOf(environment: Readonly<Record<string, string>> = {}): Workspace {
  return new Workspace({
    environment: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOME: "/nonexistent",
      EDITOR: WAITS,
      VISUAL: WAITS,
      GIT_EDITOR: WAITS,
      GIT_PAGER: WAITS,
      PAGER: WAITS,
      GIT_TERMINAL_PROMPT: "1",
      ...environment,
    },
  });
}

async function sh(
  workspace: Workspace,
  script: string,
): Promise<{ output: string; exitCode: number; timedOut: boolean }> {
  const request = {
    command: ["/bin/bash", "-c", script],
    cwd: workspace.path,
    timeoutMs: TIMEOUT_MS,
  };
  const { output, exitCode, timedOut } = await workspace.host.exec(request, workspace.context());
  return { output, exitCode, timedOut };
}

const REPOSITORY = `
git init -q . && git config user.name a && git config user.email a@b
git config core.editor "${WAITS}" && git config sequence.editor "${WAITS}"
git config core.pager "${WAITS}"
echo 1 > f && git add f`;

Deno.test("git commit without a message fails at once, and keeps a message that it has", async () => {
  await using workspace = workspaceOf();
  const empty = await sh(workspace, `${REPOSITORY} && git commit`);
  match(empty.output, /Aborting commit due to empty commit message/);
  deepStrictEqual([empty.exitCode, empty.timedOut], [1, false]);
  const amended = await sh(
    workspace,
    "git commit -qm first && git commit -q --amend && git log --format=%s",
  );
  deepStrictEqual(amended, { output: "first\n", exitCode: 0, timedOut: false });
});

Deno.test("git rebase -i takes its list as it is, git log and git merge ask nobody", async () => {
  await using workspace = workspaceOf();
  const { output, exitCode, timedOut } = await sh(
    workspace,
    `${REPOSITORY} && git commit -qm one && echo 2 > f && git commit -qam two
     git checkout -qb side && echo s > s && git add s && git commit -qm side && git checkout -q -
     echo 3 > f && git commit -qam three
     git -c advice.detachedHead=false rebase -q -i HEAD~2 2>/dev/null
     git merge -q --edit side && git -p log --format=%s`,
  );
  deepStrictEqual(output.trimEnd().split("\n").sort(), [
    "Merge branch 'side'",
    "one",
    "side",
    "three",
    "two",
  ]);
  deepStrictEqual([exitCode, timedOut], [0, false]);
});

Deno.test("git clone asks for no password: a server that wants one is a failure at once", async () => {
  const dialogue = await Deno.makeTempFile();
  await Deno.writeTextFile(dialogue, "#!/bin/sh\nsleep 600\n");
  await Deno.chmod(dialogue, 0o700);
  await using workspace = workspaceOf({ SSH_ASKPASS: dialogue, DISPLAY: ":0" });
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    asked++;
    return new Response("", { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } });
  });
  const { port } = server.addr;
  const clone = await sh(workspace, `exec git clone -q http://127.0.0.1:${port}/a.git`);
  match(clone.output, /could not read Username for .*: terminal prompts disabled/);
  deepStrictEqual([clone.exitCode, clone.timedOut, asked > 0], [128, false, true]);
  await Deno.remove(dialogue);
});

Deno.test("an editor and a pager that any program starts do not wait", async () => {
  await using workspace = workspaceOf();
  deepStrictEqual(
    await sh(workspace, 'echo kept > f && $EDITOR f && "$VISUAL" f && cat f | $PAGER'),
    { output: "kept\n", exitCode: 0, timedOut: false },
  );
});
