/** Commands on real terminals, at every level of confinement. */

import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { ProcessTable } from "../../src/exec/process_table.ts";
import { spawnProcess } from "../../src/exec/spawn.ts";
import { FileError, type ProcessOutput } from "../../src/protocol/host.ts";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import { LONG_MS, Typist } from "./typist.ts";
import { FOLDER_ALONE, until, Workspace } from "./workspace.ts";
import { isThere } from "../support/is_there.ts";

const LEVELS: readonly SandboxLevel[] = ["bubblewrap", "landlock", "none"];

function workspaceAt(
  sandboxLevel: SandboxLevel,
  threadId: string = crypto.randomUUID(),
): Workspace {
  return new Workspace({
    inProcess: false,
    environment: Deno.env.toObject(),
    environmentPolicy: {
      inherit: "all",
      ignore_default_excludes: true,
      exclude: [],
      include_only: [],
      set: { PS1: "$ ", SECRET_WORD: "it's\na secret" },
    },
    sandboxLevel,
    threadId,
  });
}

interface StartOptions {
  readonly yieldTimeMs?: number;
  readonly signal?: AbortSignal;
  readonly cwd?: string;
}

function start(
  workspace: Workspace,
  command: readonly string[],
  { yieldTimeMs = 0, signal, cwd = workspace.path }: StartOptions = {},
): Promise<ProcessOutput> {
  const ctx = workspace.context({ sandboxPolicy: FOLDER_ALONE, ...signal && { signal } });
  return workspace.host.processes.start({ command, cwd, tty: true, yieldTimeMs }, ctx);
}

function sh(workspace: Workspace, script: string): Promise<ProcessOutput> {
  return start(workspace, ["/bin/sh", "-c", script], { yieldTimeMs: LONG_MS });
}

/** The processes that work in a folder, by whatever number a sandbox gives them. */
function workingIn(folder: string): string[] {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).flatMap(
    ({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/${name}/cwd`) === folder ? [name] : [];
      } catch {
        return [];
      }
    },
  );
}

for (const level of LEVELS) {
  Deno.test(`a command has a terminal of 24 lines and 80 columns (${level})`, async () => {
    await using workspace = workspaceAt(level);
    const report = await workspace.host.prepare({
      cwd: workspace.path,
      sandboxPolicy: FOLDER_ALONE,
    });
    strictEqual(report.level, level);
    const script = "for each in 0 1 2; do test -t $each && echo $each; done; stty size; tty; " +
      "echo $TERM; echo there >/dev/tty; ps -o pid=,pgid=,sid=,tpgid= -p $$; pwd; exit 3";
    const { output, exit } = await sh(workspace, script);
    const [path, numbers] = [/\/dev\/pts\/\d+/, / *(\d+) +\1 +\1 +\1/];
    match(
      output,
      new RegExp(
        `^0\r\n1\r\n2\r\n24 80\r\n${path.source}\r\ndumb\r\nthere\r\n${numbers.source}\r\n` +
          `${workspace.path}\r\n$`,
      ),
    );
    deepStrictEqual(exit, { code: 3, aggregatedOutput: output });
  });

  Deno.test(`lines are echoed, Ctrl-C ends what runs and Ctrl-D ends the input (${level})`, async () => {
    await using workspace = workspaceAt(level);
    const command = ["bash", "--norc", "--noediting", "-i"];
    const terminal = new Typist(workspace, await start(workspace, command));
    await terminal.until("$ ");
    await terminal.type("cat\nä line\n");
    strictEqual(await terminal.until("ä line\r\n"), "cat\r\nä line\r\n");
    strictEqual(await terminal.until("ä line\r\n"), "ä line\r\n");
    await terminal.type("\u0004");
    strictEqual(await terminal.until("$ "), "$ ");
    await terminal.type("sh -c 'echo on; exec sleep 300'\n");
    strictEqual(await terminal.until("\non\r\n"), "sh -c 'echo on; exec sleep 300'\r\non\r\n");
    await terminal.type("\u0003");
    strictEqual(await terminal.until("$ "), "^C\r\n$ ");
    await terminal.type("echo $?\n");
    strictEqual(await terminal.until("$ "), "echo $?\r\n130\r\n$ ");
    await terminal.type("\u0004");
    deepStrictEqual(await terminal.end(), ["exit\r\n", 0]);
  });

  Deno.test(`python and node answer line by line (${level})`, async () => {
    await using workspace = workspaceAt(level);
    const python = new Typist(workspace, await start(workspace, ["python3", "-i", "-q"]));
    const node = new Typist(workspace, await start(workspace, ["node", "-i"]));
    await python.until(">>> ");
    await python.type("import sys\nprint(6 * 7, sys.stdin.isatty())\n");
    match(await python.until("True\r\n>>> "), /\r\n42 True\r\n>>> $/);
    // Between two calls of the system a signal is noticed at once, and not after the next one.
    await python.type('print("go"); all(x == 0 for x in iter(int, 1))\n');
    await python.until("go\r\n");
    await python.type("\u0003");
    match(await python.until("KeyboardInterrupt\r\n>>> "), /^\^CTraceback/);
    await node.until("> ");
    await node.type("[6 * 7, process.stdout.columns]\n");
    match(await node.until("]\r\n> "), /\r\n\[ 42, 80 \]\r\n> $/);
    await python.type("exit(4)\n");
    deepStrictEqual(await python.end(), ["exit(4)\r\n", 4]);
    await node.type("process.exit(5)\n");
    match(String(await node.end()), /process\.exit\(5\)\r+\n,5$/);
  });

  Deno.test(`a large output is whole, and so is what is typed in one go (${level})`, async () => {
    await using workspace = workspaceAt(level);
    const { exit } = await sh(workspace, "seq 1 60000");
    strictEqual(
      exit?.aggregatedOutput,
      Array.from({ length: 60_000 }, (_, n) => `${n + 1}\r\n`).join(""),
    );
    const script = "stty -echo -icanon; echo ready; head -c 300000 | cksum; echo end";
    const terminal = new Typist(workspace, await start(workspace, ["/bin/sh", "-c", script]));
    await terminal.until("ready\r\n");
    await terminal.type("0123456789".repeat(30_000));
    deepStrictEqual(await terminal.end(), ["1993361615 300000\r\nend\r\n", 0]);
  });

  Deno.test(`thirty terminals at once leave room for other work (${level})`, async () => {
    await using workspace = workspaceAt(level);
    const script = 'echo ready; while read -r line; do echo "<$line>"; done';
    const typists = await Promise.all(
      Array.from(
        { length: 30 },
        async () => new Typist(workspace, await start(workspace, ["/bin/sh", "-c", script])),
      ),
    );
    await Promise.all(typists.map((typist) => typist.until("ready\r\n")));
    const path = `${workspace.path}/a.txt`;
    const ctx = workspace.context({ sandboxPolicy: FOLDER_ALONE });
    const content = new TextEncoder().encode("text");
    await workspace.host.files.apply([{ type: "add", path, content }], ctx);
    deepStrictEqual(await workspace.host.files.readBytes(path, ctx), content);
    const answers = await Promise.all(typists.map(async (typist, n) => {
      await typist.type(`line ${n}\n`);
      return await typist.until(">\r\n");
    }));
    deepStrictEqual(answers, typists.map((_, n) => `line ${n}\r\n<line ${n}>\r\n`));
    await Promise.all(typists.map((typist) => typist.type("\u0004")));
    const ends = await Promise.all(typists.map((typist) => typist.end()));
    deepStrictEqual(ends, typists.map(() => ["", 0]));
  });

  Deno.test(`close() leaves nothing of what runs on a terminal (${level})`, async () => {
    const workspace = workspaceAt(level);
    const shell = ["bash", "--norc", "--noediting", "-i"];
    const terminal = new Typist(workspace, await start(workspace, shell));
    await terminal.type("sleep 300 & (setsid sleep 300 &) ; trap '' HUP TERM\n");
    await terminal.type("(sleep 300 &) ; sleep 300 | cat & echo begun\n");
    await terminal.until("begun\r\n$ ");
    await until(() => workingIn(workspace.path).length >= 6);
    await workspace.host.close();
    deepStrictEqual(workingIn(workspace.path), []);
    await workspace[Symbol.asyncDispose]();
  });

  Deno.test(`an interrupt ends what waits on a terminal, with its jobs (${level})`, async () => {
    await using workspace = workspaceAt(level);
    const abort = new AbortController();
    // A job in a group of its own, whose parent has gone.
    const script = "set -m; (sleep 300 & echo >there) ; sleep 300";
    const options = { yieldTimeMs: LONG_MS, signal: abort.signal };
    const waiting = start(workspace, ["bash", "-c", script], options);
    await until(() => isThere(`${workspace.path}/there`));
    abort.abort(new Error("stop"));
    await rejects(waiting, /stop/);
    await until(() => workingIn(workspace.path).length === 0);
  });
}

Deno.test("a command on a terminal sees its own environment and nothing else", async () => {
  await using workspace = workspaceAt("none");
  const program =
    "import json,os; print(json.dumps([dict(os.environ), os.listdir('/proc/self/fd')]))";
  const piped = await workspace.host.exec({
    command: ["python3", "-c", program],
    cwd: workspace.path,
    timeoutMs: 10_000,
  }, workspace.context({ sandboxPolicy: FOLDER_ALONE }));
  const { output } = await start(workspace, ["python3", "-c", program], { yieldTimeMs: LONG_MS });
  deepStrictEqual(JSON.parse(output), JSON.parse(piped.output));
});

Deno.test("what is typed before the command runs is not lost, nor is Ctrl-C", async () => {
  await using workspace = workspaceAt("none");
  const early = new Typist(workspace, await start(workspace, ["cat"]));
  await early.type("early\n");
  strictEqual(await early.until("early\r\nearly\r\n"), "early\r\nearly\r\n");
  const stopped = new Typist(workspace, await start(workspace, ["sleep", "300"]));
  await stopped.type("\u0003");
  strictEqual((await stopped.end())[1], 130);
});

Deno.test("a signal's number is in the exit code", async () => {
  await using workspace = workspaceAt("none");
  const { output, exit } = await sh(workspace, "kill -9 $$");
  deepStrictEqual([output, exit?.code], ["", 137]);
});

Deno.test("a folder or program that is not there fails before anything runs", async () => {
  await using workspace = workspaceAt("none");
  const cwd = `${workspace.path}/none`;
  await rejects(
    start(workspace, ["/bin/true"], { cwd }),
    new FileError("not_found", cwd, "No such file or directory (os error 2)"),
  );
  const { output, exit } = await start(workspace, ["/no/such"], { yieldTimeMs: LONG_MS });
  match(output, /^cannot run "\/no\/such" \(os error 2\)\r?\n$/);
  strictEqual(exit?.code, 125);
});

for (const level of ["bubblewrap", "landlock"] as const) {
  Deno.test(`nothing types into the terminal from inside (${level})`, async () => {
    await using workspace = workspaceAt(level);
    const script = "import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSTI, b'x')";
    const command = ["python3", "-c", script];
    const { output, exit } = await start(workspace, command, { yieldTimeMs: LONG_MS });
    match(output, /PermissionError: \[Errno 1\] Operation not permitted\r\n\[OS sandbox: /);
    strictEqual(exit?.code, 1);
  });
}

for (const level of ["landlock", "none"] as const) {
  Deno.test(`what is being put on a terminal goes with its host process (${level})`, async () => {
    const threadId = crypto.randomUUID();
    const workspace = workspaceAt(level, threadId);
    const facts = await workspace.host.facts({ cwd: workspace.path, sandboxPolicy: FOLDER_ALONE });
    const { sessionId = 0 } = await start(workspace, ["sleep", "300"]);
    Deno.kill(facts?.pid ?? 0, "SIGKILL");
    const request = { sessionId, chars: "", yieldTimeMs: LONG_MS };
    await rejects(
      workspace.host.processes.write(request, workspace.context()),
      /The process that runs commands has gone/,
    );
    await workspace[Symbol.asyncDispose]();
    deepStrictEqual(new ProcessTable().marked(`CODEX_THREAD_ID=${threadId}`), []);
  });
}

/** A command where this process can open no terminal of its own, and what it has written. */
function withoutTerminals(command: readonly string[], path: string) {
  const decoder = new TextDecoder();
  let output = "";
  const process = spawnProcess({
    command,
    cwd: "/",
    env: { PATH: path, SHELL: "/bin/own" },
    stdin: "terminal",
    table: new ProcessTable(),
    terminals: { open: () => undefined },
    onOutput: (bytes) => output += decoder.decode(bytes, { stream: true }),
  });
  return { process, output: () => output };
}

Deno.test("where no terminal can be opened, the one of script stands in for it", async () => {
  const command = [
    "sh",
    "-c",
    'tty; stty size; echo "$1 $SHELL"; read -r line; exit 6',
    "sh",
    "it's",
  ];
  const { process, output } = withoutTerminals(command, "/usr/bin:/bin");
  strictEqual(process.hasTerminal, true);
  await until(() => output().includes("own\r\n"));
  process.write(new TextEncoder().encode("typed\n"));
  deepStrictEqual(await process.ended, { code: 6 });
  match(output(), /^\/dev\/pts\/\d+\r\n24 80\r\nit's \/bin\/own\r\ntyped\r\n$/);
});

Deno.test("without script as well, an open pipe does", async () => {
  const { process, output } = withoutTerminals(["/bin/cat"], "/nowhere");
  strictEqual(process.hasTerminal, false);
  process.write(new TextEncoder().encode("typed\n"));
  process.closeStdin();
  deepStrictEqual(await process.ended, { code: 0 });
  strictEqual(output(), "typed\n");
});
