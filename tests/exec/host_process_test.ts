/** The two halves at work: calls cross to a process of their own, which may go at any time. */

import {
  deepStrictEqual,
  match,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { FileError } from "../../src/protocol/host.ts";
import { isRunning, until, Workspace } from "./workspace.ts";
import { isThere } from "../support/is_there.ts";

const FULL = { type: "danger-full-access" } as const;

function workspaceOfTwo(): Workspace {
  return new Workspace({
    inProcess: false,
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin", ...Deno.env.toObject() },
  });
}

async function sh(workspace: Workspace, script: string, signal?: AbortSignal) {
  const request = { command: ["/bin/sh", "-c", script], cwd: workspace.path, timeoutMs: 10_000 };
  return await workspace.host.exec(request, workspace.context(signal ? { signal } : {}));
}

async function hostPid(workspace: Workspace): Promise<number> {
  const facts = await workspace.host.facts({ cwd: workspace.path, sandboxPolicy: FULL });
  return facts?.pid ?? 0;
}

Deno.test({
  name: "a host process that is told to end fails its calls, and the next one gets a new one",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    await using workspace = new Workspace({ inProcess: false });
    const ended = "The process that runs commands has gone: it was told to end\n" +
      "The command had written:\nbegun\n";
    const message = await sh(workspace, "echo begun; sleep 0.3; kill -TERM $PPID; sleep 60")
      .then(({ output }) => output, ({ message }: Error) => message);
    strictEqual(message, ended);
    strictEqual((await sh(workspace, "echo again")).output, "again\n");
  },
});

Deno.test("commands are children of the host process, which is another than ours", async () => {
  await using workspace = workspaceOfTwo();
  const { output } = await sh(workspace, "echo $PPID");
  const pid = await hostPid(workspace);
  strictEqual(output, `${pid}\n`);
  notStrictEqual(pid, Deno.pid);
});

Deno.test("the host process holds no more than its work takes, and says so", async () => {
  await using workspace = workspaceOfTwo();
  const facts = await workspace.host.facts({ cwd: workspace.path, sandboxPolicy: FULL });
  deepStrictEqual(facts?.permissions, {
    read: "granted",
    write: "granted",
    net: "denied",
    env: "denied",
    run: "granted",
    ffi: "granted",
    sys: "denied",
    import: "denied",
  });
});

Deno.test("bytes, folders and errors cross as they are", async () => {
  await using workspace = workspaceOfTwo();
  const ctx = workspace.context();
  const { files } = workspace.host;
  const content = new Uint8Array([0xff, 0, 10, 13]);
  await files.apply([{ type: "add", path: `${workspace.path}/a/b.bin`, content }], ctx);
  deepStrictEqual(await files.readBytes(`${workspace.path}/a/b.bin`, ctx), content);
  deepStrictEqual(await files.list(workspace.path, 2, ctx), [
    { path: "a", kind: "dir" },
    { path: "a/b.bin", kind: "file" },
  ]);
  const missing = `${workspace.path}/none`;
  await rejects(
    files.readBytes(missing, ctx),
    new FileError("not_found", missing, "No such file or directory (os error 2)"),
  );
});

Deno.test("an interrupt ends the command on the other side", async () => {
  await using workspace = workspaceOfTwo();
  const abort = new AbortController();
  const running = sh(workspace, "echo $$ > pid; exec sleep 60", abort.signal);
  const path = `${workspace.path}/pid`;
  await until(() => readText(path).endsWith("\n"));
  abort.abort(new Error("stop"));
  await rejects(running, /stop/);
  await until(() => !isRunning(Number(readText(path))));
});

Deno.test("a host process that is killed fails its calls, and the next call finds a new one", async () => {
  await using workspace = workspaceOfTwo();
  const pid = await hostPid(workspace);
  const running = sh(workspace, "touch started; exec sleep 60");
  await until(() => isThere(`${workspace.path}/started`));
  Deno.kill(pid, "SIGKILL");
  await rejects(running, {
    name: "ToolError",
    message: "The process that runs commands has gone: it ended (signal SIGKILL)",
  });
  strictEqual((await sh(workspace, "echo again")).output, "again\n");
  notStrictEqual(await hostPid(workspace), pid);
});

Deno.test("a call whose host process is killed tells what its command had written", async () => {
  await using workspace = workspaceOfTwo();
  const pid = await hostPid(workspace);
  // More than a pipe holds: once all is written, its beginning has been read and told.
  const running = sh(workspace, "yes begun | head -c 300000; touch done; exec sleep 60");
  await until(() => isThere(`${workspace.path}/done`));
  Deno.kill(pid, "SIGKILL");
  const message = await running.then(() => "no error", (error) => String(error));
  match(message, /ended \(signal SIGKILL\)\nThe command had written:\n[^]*begun\nbegun\nbegun/);
});

Deno.test("many calls at once are answered each with its own output", async () => {
  await using workspace = workspaceOfTwo();
  const outputs = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => (await sh(workspace, `echo ${n}`)).output),
  );
  deepStrictEqual(outputs, Array.from({ length: 40 }, (_, n) => `${n}\n`));
});

Deno.test("close() ends the host process and what it started", async () => {
  const workspace = workspaceOfTwo();
  const { output } = await sh(workspace, "nohup sleep 60 >/dev/null 2>&1 & echo $!");
  const pid = await hostPid(workspace);
  ok(isRunning(Number(output)) && isRunning(pid));
  await workspace[Symbol.asyncDispose]();
  await until(() => !isRunning(Number(output)) && !isRunning(pid));
});

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
