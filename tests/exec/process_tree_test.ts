/** Nothing that a session has started outlives it, however it tries. */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import { hostAbove, workingIn } from "../support/process_tree.ts";
import { FOLDER_ALONE, until, Workspace } from "./workspace.ts";

const LEVELS: readonly SandboxLevel[] = ["bubblewrap", "landlock", "none"];

/** Found by its parent alone: nothing in its environment tells whose it is. */
const UNMARKED = "env -i setsid sleep 300 >/dev/null 2>&1 & echo g >> there";

/** Ways to get away from the process that was started, each saying so once it has. */
const ESCAPES = [
  "sleep 300 & echo a >> there",
  "nohup sleep 300 >/dev/null 2>&1 & echo b >> there",
  "setsid sleep 300 >/dev/null 2>&1 & echo c >> there",
  "( ( setsid sleep 300 >/dev/null 2>&1 & ) & ) ; echo d >> there",
  "(trap '' TERM HUP INT; while :; do sleep 300; done) & echo e >> there",
  "(setsid sh -c 'trap \"\" TERM; while :; do sleep 300; done' &) ; echo f >> there",
].join("\n");

/** Never the same process for long: whoever looks for its number finds one that has gone. */
const HOPPER = `use POSIX;
$SIG{$_} = "IGNORE" for qw(TERM HUP INT);
fork && exit;
setsid();
open STDIN, "</dev/null"; open STDOUT, ">/dev/null"; open STDERR, ">/dev/null";
my $end = time + 20;
while (time < $end) { open(my $beat, ">", "beat"); print $beat $n++; close $beat; fork && exit; }`;

function workspaceAt(sandboxLevel: SandboxLevel, threadId: string = crypto.randomUUID()) {
  const environment = Deno.env.toObject();
  return new Workspace({ inProcess: false, environment, sandboxLevel, threadId });
}

async function sh(workspace: Workspace, script: string, timeoutMs = 10_000) {
  const request = { command: ["/bin/sh", "-c", script], cwd: workspace.path, timeoutMs };
  return await workspace.host.exec(request, workspace.context({ sandboxPolicy: FOLDER_ALONE }));
}

for (const level of LEVELS) {
  Deno.test(`close() leaves nothing of what a command started (${level})`, async () => {
    const workspace = workspaceAt(level);
    await sh(workspace, `${ESCAPES}\n${UNMARKED}`);
    deepStrictEqual(await Deno.readTextFile(`${workspace.path}/there`), "a\nb\nc\nd\ne\nf\ng\n");
    ok(workingIn(workspace.path).length >= 7);
    const startedAt = performance.now();
    await workspace.host.close();
    deepStrictEqual(workingIn(workspace.path), []);
    ok(performance.now() - startedAt < 2000);
    await workspace[Symbol.asyncDispose]();
  });

  Deno.test(`a host process that is killed leaves nothing either (${level})`, async () => {
    const workspace = workspaceAt(level);
    await sh(workspace, `${ESCAPES}\nenv -i sleep 300 >/dev/null 2>&1 &`);
    Deno.kill(hostAbove(workspace.path), "SIGKILL");
    await until(() => workingIn(workspace.path).length === 0);
    await workspace[Symbol.asyncDispose]();
  });

  Deno.test(`a time-out ends what has left the group as well (${level})`, async () => {
    const workspace = workspaceAt(level);
    const { timedOut } = await sh(workspace, "setsid -f sleep 300; setsid sleep 300 & wait", 200);
    deepStrictEqual(timedOut, true);
    // The first has no parent left that would tell whose it is: it ends with the session.
    await until(() => workingIn(workspace.path).length === 1);
    await workspace[Symbol.asyncDispose]();
    deepStrictEqual(workingIn(workspace.path), []);
  });
}

for (const level of LEVELS) {
  Deno.test(`what goes from one process to the next ends as well (${level})`, async () => {
    await using workspace = workspaceAt(level);
    await Deno.writeTextFile(`${workspace.path}/hopper.pl`, HOPPER);
    const { exitCode } = await sh(workspace, "perl hopper.pl");
    if (exitCode === 127) return console.log("skipped: a process that hops: there is no perl");
    const beat = () => Deno.readTextFile(`${workspace.path}/beat`).catch(() => "");
    await until(async () => Number(await beat()) > 10);
    await workspace.host.close();
    const last = await beat();
    await new Promise((resolve) => setTimeout(resolve, 300));
    deepStrictEqual(await beat(), last);
  });
}

Deno.test("two hundred commands at once leave no process", async () => {
  await using workspace = workspaceAt("none");
  const scripts = Array.from({ length: 200 }, (_, n) => sh(workspace, `echo ${n}; sleep 0.01`));
  const outputs = (await Promise.all(scripts)).map(({ output }) => output);
  deepStrictEqual(outputs, Array.from({ length: 200 }, (_, n) => `${n}\n`));
  await until(() => workingIn(workspace.path).length === 0);
});
