/** Sessions whose protected paths nothing but a look holds: what is undone, told of, and let be. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import { Workspace } from "./workspace.ts";

const POLICY: SandboxPolicy = {
  type: "workspace-write",
  writable_roots: [],
  network_access: false,
  exclude_tmpdir_env_var: true,
  exclude_slash_tmp: true,
};

interface Session extends AsyncDisposable {
  readonly head: string;
  readonly path: string;
  sh(script: string): Promise<string>;
}

/** Absent where the machine does not have Landlock. */
async function openSession(): Promise<Session | undefined> {
  const workspace = new Workspace({
    inProcess: false,
    sandboxLevel: "landlock",
    environment: Deno.env.toObject(),
  });
  const { host, path } = workspace;
  await Deno.mkdir(`${path}/.git`);
  await Deno.writeTextFile(`${path}/.git/HEAD`, "ref");
  const context = workspace.context({ sandboxPolicy: POLICY });
  const { level, faults } = await host.prepare(context.turn);
  if (level !== "landlock") {
    console.log(`skipped: a session under Landlock: ${faults[0]?.reason}`);
    await workspace[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    head: `${path}/.git/HEAD`,
    path,
    async sh(script): Promise<string> {
      const command = ["/bin/sh", "-c", script];
      const output = await host.exec({ command, cwd: path, timeoutMs: 10_000 }, context);
      return output.output;
    },
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

Deno.test("the model is told what was put back, behind what the command wrote", async () => {
  await using session = await openSession();
  if (!session) return;
  strictEqual(
    await session.sh("printf before; echo x > .git/HEAD; mkdir -p .codex/a/b"),
    "before\n[sandbox: may not be written, and was put back as it was: " +
      `${session.path}/.codex, ${session.head}]\n`,
  );
  strictEqual(await session.sh("cat .git/HEAD; ls -A .codex 2>/dev/null; echo x > own"), "ref");
});

Deno.test("what the user does between two commands stays", async () => {
  await using session = await openSession();
  if (!session) return;
  await session.sh("echo x > .git/HEAD");
  await Deno.writeTextFile(session.head, "mine");
  strictEqual(await session.sh("cat .git/HEAD"), "mine");
  match(await session.sh("echo x > .git/HEAD"), /put back/);
  strictEqual(await Deno.readTextFile(session.head), "mine");
});

Deno.test("while a process in the background lives, nobody's change is believed", async () => {
  await using session = await openSession();
  if (!session) return;
  await session.sh("sleep 60 >/dev/null 2>&1 & echo $! > pid");
  await Deno.writeTextFile(session.head, "whose?");
  match(await session.sh("true"), /put back/);
  strictEqual(await Deno.readTextFile(session.head), "ref");
  // Nobody may ask after it: what is left of it is gone or a zombie.
  await session.sh(
    "kill $(cat pid); while grep -qs 'State:.S' /proc/$(cat pid)/status; do :; done",
  );
  await Deno.writeTextFile(session.head, "mine");
  strictEqual(await session.sh("cat .git/HEAD"), "mine");
});

Deno.test("many commands at once are looked after as one", async () => {
  await using session = await openSession();
  if (!session) return;
  const scripts = Array.from({ length: 20 }, (_, n) => session.sh(`echo ${n} > .git/new-${n}`));
  await Promise.all(scripts);
  const names = await Array.fromAsync(Deno.readDir(`${session.path}/.git`), ({ name }) => name);
  deepStrictEqual(names, ["HEAD"]);
});
