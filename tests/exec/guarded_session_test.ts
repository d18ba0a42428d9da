/** Sessions whose protected paths nothing but a look holds: what is undone, told of, and let be. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { FOLDER_ALONE, until, Workspace } from "./workspace.ts";
import { isThere } from "../support/is_there.ts";

/** Where it is for the tests themselves. */
const DENO_DIR = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;

interface Session extends AsyncDisposable {
  readonly path: string;
  /** What is not there when the session begins, so that nothing can be mounted on it. */
  readonly settings: string;
  /** As the user would, from outside. */
  setUp(text: string): Promise<void>;
  sh(script: string): Promise<string>;
  /** In a shell that reads login files, the folder being its home. */
  login(script: string): Promise<string>;
  hostPid(): Promise<number | undefined>;
  /** The folder stays. */
  end(): Promise<void>;
}

/** Absent where the machine does not have Landlock. */
async function openSession({ isHome = false } = {}): Promise<Session | undefined> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const workspace = new Workspace({
    inProcess: false,
    sandboxLevel: "landlock",
    environment: { ...Deno.env.toObject(), ...isHome && { HOME: folder, DENO_DIR } },
    path: folder,
  });
  const { host, path } = workspace;
  await Deno.mkdir(`${path}/.git`);
  const context = workspace.context({ sandboxPolicy: FOLDER_ALONE });
  const { level, faults } = await host.prepare(context.turn);
  if (level !== "landlock") {
    console.log(`skipped: a session under Landlock: ${faults[0]?.reason}`);
    await workspace[Symbol.asyncDispose]();
    return undefined;
  }
  const run = async (command: string[]): Promise<string> =>
    (await host.exec({ command, cwd: path, timeoutMs: 10_000 }, context)).output;
  return {
    path,
    settings: `${path}/.codex/config.toml`,
    async setUp(text): Promise<void> {
      await Deno.mkdir(`${path}/.codex`);
      await Deno.writeTextFile(`${path}/.codex/config.toml`, text);
    },
    end: () => host.close(),
    hostPid: async () => (await host.facts(context.turn))?.pid,
    sh: (script) => run(["/bin/sh", "-c", script]),
    login: (script) => run(["/bin/bash", "-lc", script]),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

Deno.test("the model is told what was put back, behind what the command wrote", async () => {
  await using session = await openSession();
  if (!session) return;
  strictEqual(
    await session.sh("printf before; mkdir -p .codex/a/b; echo x > .agents"),
    "before\n[sandbox: may not be written, and was put back as it was: " +
      `${session.path}/.codex, ${session.path}/.agents]\n`,
  );
  strictEqual(await session.sh("ls -A; echo x > own"), ".git\n");
});

Deno.test("what was too large to be kept could not be put back, and the model is told so", async () => {
  await using session = await openSession();
  if (!session) return;
  const large = `${session.path}/.git/large`;
  await Deno.writeFile(large, new Uint8Array(33 * 1024 * 1024));
  const output = await session.sh("true 2>/dev/null > .git/large; mkdir .codex");
  const { size } = await Deno.stat(large);
  // Where it could be mounted, nothing was changed.
  const note = "[sandbox: may not be written, and was put back as it was: " +
    `${session.path}/.codex${size > 0 ? "" : `; could not be put back: ${large}`}]\n`;
  strictEqual(output, note);
});

Deno.test("what the user does between two commands stays", async () => {
  await using session = await openSession();
  if (!session) return;
  const { settings } = session;
  match(await session.sh("mkdir .codex"), /put back/);
  await session.setUp("mine");
  strictEqual(await session.sh("cat .codex/config.toml"), "mine");
  match(await session.sh("echo x > .codex/config.toml"), /put back/);
  strictEqual(await Deno.readTextFile(settings), "mine");
});

Deno.test("while a process in the background lives, nobody's change is believed", async () => {
  await using session = await openSession();
  if (!session) return;
  await session.sh("sleep 60 >/dev/null 2>&1 & echo $! > pid");
  await session.setUp("whose?");
  match(await session.sh("true"), /put back/);
  strictEqual(await session.sh("ls -A"), ".git\npid\n");
  // Nobody may ask after it: what is left of it is gone or a zombie.
  await session.sh(
    "kill $(cat pid); while grep -qs 'State:.[^ZX]' /proc/$(cat pid)/status; do :; done",
  );
  await session.setUp("mine");
  strictEqual(await session.sh("cat .codex/config.toml"), "mine");
});

Deno.test("what puts right is there once it is needed, and again where it was ended", async () => {
  await using session = await openSession({ isHome: true });
  if (!session) return;
  const helpers = async () => {
    const host = await session.hostPid();
    return hostProcesses().filter((pid) => pid !== host && mayBeFor(session.path, pid));
  };
  await session.sh("true");
  deepStrictEqual(await helpers(), []);
  match(await session.sh("mkdir .codex"), /put back/);
  const [helper, ...others] = await helpers();
  deepStrictEqual(others, []);
  ok(helper);
  Deno.kill(helper, "SIGKILL");
  // Where its end is not noticed in time, the next host process has the last look for it.
  match(
    await session.sh("mkdir .codex").catch(({ message }: Error) => message),
    /put back|^Protected files cannot be looked after: /,
  );
  match(await session.sh("mkdir .codex"), /put back/);
  strictEqual(await session.sh("ls -A"), ".git\n");
});

Deno.test("the end of a session puts back what a process in the background has changed", async () => {
  await using session = await openSession();
  if (!session) return;
  await session.sh("(sleep 0.2; mkdir .codex; echo x > .codex/config.toml) >/dev/null 2>&1 &");
  await until(() => isThere(session.settings));
  await session.end();
  strictEqual(isThere(`${session.path}/.codex`), false);
});

/** Other tests run beside this one: whose a process is, its HOME tells who may look at it. */
function mayBeFor(home: string, pid: number): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`).includes(home);
  } catch {
    return true;
  }
}

/** Of this very program. */
function hostProcesses(): number[] {
  const pids = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter(Number);
  return pids.filter((pid) => {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
      const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
      return Number(parent) === Deno.pid && command.includes("__host");
    } catch {
      return false;
    }
  });
}

Deno.test("what the user does after many commands at once stays", async () => {
  await using session = await openSession();
  if (!session) return;
  await Promise.all(Array.from({ length: 8 }, () => session.sh("true")));
  await session.setUp("mine");
  strictEqual(await session.sh("cat .codex/config.toml"), "mine");
});

Deno.test("many commands at once are looked after as one", async () => {
  await using session = await openSession();
  if (!session) return;
  const scripts = Array.from(
    { length: 20 },
    (_, n) => session.sh(`mkdir -p .codex; echo x > .codex/${n}`),
  );
  await Promise.all(scripts);
  strictEqual(await session.sh("ls -A"), ".git\n");
});

Deno.test("what login files do while it is found out what they leave is put back as well", async () => {
  await using session = await openSession({ isHome: true });
  if (!session) return;
  const planting = "mkdir -p .codex; echo planted >.codex/config.toml";
  await session.login("true");
  // Behind the second command they are read twice more, once in its folder.
  const second = await session.login(`echo '${planting}' >.bash_profile`);
  match(second, /was put back as it was: .*\/\.codex/);
  await new Promise((resolve) => setTimeout(resolve, 100));
  strictEqual(await isThere(session.settings), false);
  match(await session.login("echo third"), /^third\n.*was put back as it was/);
  await session.end();
  strictEqual(await isThere(session.settings), false);
});
