/** A host process that stands still: what waits for it ends, and no longer than it has to. */

import { rejects, strictEqual } from "node:assert/strict";
import { HostConnection } from "../../src/exec/host_connection.ts";
import { selfCommand } from "../../src/exec/self_command.ts";
import { HELLO } from "./plain_hello.ts";
import { Workspace } from "./workspace.ts";

async function connect(): Promise<HostConnection> {
  const { program, args } = selfCommand(["-A"]);
  const patience = { silenceMs: 300, wordMs: 1500 };
  const command = [program, ...args, "__host"];
  return await HostConnection.start({ command, env: Deno.env.toObject(), patience }, HELLO);
}

async function sh(connection: HostConnection, script: string): Promise<string> {
  const request = { command: ["/bin/sh", "-c", script], cwd: "/", timeoutMs: 60_000 };
  const caller = { callId: "c", signal: new AbortController().signal, report: () => {} };
  return (await connection.call("exec", [request], caller)).output;
}

Deno.test({
  name: "a host process that a command stops is ended, and one that is only quiet is not",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    const stopped = await connect();
    await rejects(sh(stopped, "echo begun; sleep 0.2; kill -STOP $PPID; sleep 60"), {
      message: "The process that runs commands has gone: it does not answer (signal SIGKILL)\n" +
        "The command had written:\nbegun\n",
    });
    await stopped.ended;
    const quiet = await connect();
    strictEqual(await sh(quiet, "sleep 4; echo slept"), "slept\n");
    strictEqual(await quiet.close(), true);
  },
});

Deno.test({
  name: "one that is told to end and then stopped keeps nobody waiting either",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    await using workspace = new Workspace({ inProcess: false });
    const run = async (script: string, signal?: AbortSignal) => {
      const request = { command: ["/bin/sh", "-c", script], cwd: workspace.path, timeoutMs: 9000 };
      return await workspace.host.exec(request, workspace.context(signal ? { signal } : {}));
    };
    const end =
      'trap "" TERM; (sleep 0.3; kill -TERM $PPID; sleep 0.05; kill -STOP $PPID) & sleep 60';
    await rejects(run(end), /has gone: it was told to end/);
    await rejects(run("echo interrupted", AbortSignal.timeout(200)), { name: "TimeoutError" });
    strictEqual((await run("echo again")).output, "again\n");
  },
});
