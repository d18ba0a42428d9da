/** A host process that stands still: the call that waits for it ends, and the next one works. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import { Workspace } from "./workspace.ts";

async function stopAndGoOn(level: SandboxLevel): Promise<void> {
  await using workspace = new Workspace({ inProcess: false, sandboxLevel: level });
  const context = workspace.context({
    sandboxPolicy: level === "none" ? { type: "danger-full-access" } : { type: "read-only" },
  });
  const report = await workspace.host.prepare(context.turn);
  if (report.level !== level) return console.log(`skipped: ${level} cannot be had`);
  const run = (script: string, timeoutMs: number) =>
    workspace.host.exec(
      { command: ["/bin/sh", "-c", script], cwd: workspace.path, timeoutMs },
      context,
    );
  const stopped = "The process that runs commands has gone: it does not answer (signal SIGKILL)\n" +
    "The command had written:\nbegun\n";
  await rejects(run("echo begun; sleep 0.5; kill -STOP $PPID; sleep 60", 1000), {
    message: stopped,
  });
  const { output, exitCode } = await run("echo again", 9000);
  deepStrictEqual([output, exitCode], ["again\n", 0]);
}

async function stayQuiet(): Promise<void> {
  await using workspace = new Workspace({ inProcess: false });
  const context = workspace.context();
  const request = { command: ["/bin/sleep", "17"], cwd: workspace.path, timeoutMs: 60_000 };
  strictEqual((await workspace.host.exec(request, context)).exitCode, 0);
}

Deno.test({
  name: "a host process that a command stops is ended, and one that is only quiet is not",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    const levels = ["bubblewrap", "landlock", "none"] as const;
    await Promise.all([...levels.map(stopAndGoOn), stayQuiet()]);
  },
});
