/** Sessions that outlive the call that started them, with real processes. */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { ToolError } from "../../src/protocol/error.ts";
import type { ProcessOutput } from "../../src/protocol/host.ts";
import { isRunning, until, Workspace } from "./workspace.ts";

interface StartOptions {
  readonly tty?: boolean;
  readonly yieldTimeMs?: number;
  readonly callId?: string;
}

function start(workspace: Workspace, script: string, options: StartOptions = {}) {
  const { tty = false, yieldTimeMs = 10_000, callId = "call-1" } = options;
  const command = ["/bin/sh", "-c", script];
  const request = { command, cwd: workspace.path, tty, yieldTimeMs };
  return workspace.host.processes.start(request, workspace.context({ callId }));
}

function write(
  workspace: Workspace,
  sessionId: number | undefined,
  options: { chars?: string; yieldTimeMs?: number } = {},
) {
  const { chars = "", yieldTimeMs = 10_000 } = options;
  const request = { sessionId: sessionId ?? -1, chars, yieldTimeMs };
  return workspace.host.processes.write(request, workspace.context({ callId: "call-2" }));
}

/** Reads on until the session has ended or has written `text`. */
async function readUntil(workspace: Workspace, started: ProcessOutput, text: string) {
  let output = started.output;
  let last = started;
  while (!output.includes(text) && !last.exit) {
    last = await write(workspace, started.sessionId, { yieldTimeMs: 20 });
    output += last.output;
  }
  return { ...last, output };
}

Deno.test("a process that ends in time is answered whole, at once, and forgotten", async () => {
  await using workspace = new Workspace();
  const { wallTimeMs, ...output } = await start(workspace, "echo hi; exit 4");
  ok(wallTimeMs < 5000);
  deepStrictEqual(output, {
    output: "hi\n",
    totalBytes: 3,
    startedBy: { callId: "call-1", command: ["/bin/sh", "-c", "echo hi; exit 4"] },
    exit: { code: 4, aggregatedOutput: "hi\n" },
  });
});

Deno.test("a session gives what is new at each look, and everything at its end", async () => {
  await using workspace = new Workspace();
  const gate = `${workspace.path}/gate`;
  const started = await start(
    workspace,
    `echo one; until test -e ${gate}; do sleep 0.02; done; echo two`,
    { yieldTimeMs: 250 },
  );
  const { sessionId = 0 } = started;
  ok(sessionId >= 1000 && sessionId <= 99_999);
  strictEqual(started.output, "one\n");
  strictEqual(started.exit, undefined);
  deepStrictEqual(
    { ...await write(workspace, sessionId, { yieldTimeMs: 10 }), wallTimeMs: 0 },
    {
      output: "",
      totalBytes: 0,
      wallTimeMs: 0,
      startedBy: started.startedBy,
      sessionId,
    },
  );
  await Deno.writeTextFile(gate, "");
  const last = await write(workspace, sessionId);
  deepStrictEqual([last.output, last.sessionId], ["two\n", undefined]);
  deepStrictEqual([last.exit?.code, last.exit?.aggregatedOutput, last.startedBy.callId], [
    0,
    "one\ntwo\n",
    "call-1",
  ]);
  await rejects(
    write(workspace, sessionId),
    new ToolError(`write_stdin failed: Unknown process id ${sessionId}`),
  );
});

Deno.test("without a terminal standard input is empty, and a write is refused", async () => {
  await using workspace = new Workspace();
  strictEqual((await start(workspace, "cat; echo done")).output, "done\n");
  const { sessionId } = await start(workspace, "sleep 60", { yieldTimeMs: 10 });
  await rejects(
    write(workspace, sessionId, { chars: "x" }),
    new ToolError(
      "write_stdin failed: stdin is closed for this session; " +
        "rerun exec_command with tty=true to keep stdin open",
    ),
  );
  const poll = await write(workspace, sessionId, { yieldTimeMs: 10 });
  strictEqual(poll.sessionId, sessionId);
});

Deno.test("a session on a terminal takes lines, Ctrl-D and Ctrl-C", async () => {
  await using workspace = new Workspace();
  const started = await start(workspace, "cat; echo bye", { tty: true, yieldTimeMs: 10 });
  const typed = await write(workspace, started.sessionId, { chars: "a\nb\r", yieldTimeMs: 10 });
  const echoed = "a\r\nb\r\n";
  strictEqual((await readUntil(workspace, typed, echoed + echoed)).output, echoed + echoed);
  const ended = await write(workspace, started.sessionId, { chars: "\u0004" });
  deepStrictEqual([ended.output, ended.exit?.code], ["bye\r\n", 0]);

  const script = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.02; done";
  const looping = await start(workspace, script, { tty: true, yieldTimeMs: 10 });
  await readUntil(workspace, looping, "ready\r\n");
  const caught = await write(workspace, looping.sessionId, { chars: "\u0003" });
  deepStrictEqual([caught.output, caught.exit?.code], ["^Ccaught\r\n", 5]);
});

Deno.test("two looks at one session are taken one after the other", async () => {
  await using workspace = new Workspace();
  const { sessionId } = await start(workspace, "sleep 0.1; echo x", { yieldTimeMs: 1 });
  const [first, second] = await Promise.allSettled([
    write(workspace, sessionId),
    write(workspace, sessionId),
  ]);
  strictEqual(first.status === "fulfilled" && first.value.output, "x\n");
  strictEqual(
    second.status === "rejected" && second.reason.message,
    `write_stdin failed: Unknown process id ${sessionId}`,
  );
});

Deno.test("an interrupt ends the session that was waited for and no other", async () => {
  await using workspace = new Workspace();
  const other = await start(workspace, "sleep 60", { yieldTimeMs: 1 });
  const mine = await start(workspace, "echo $$; sleep 60", { yieldTimeMs: 1 });
  const pid = Number((await readUntil(workspace, mine, "\n")).output);
  const controller = new AbortController();
  const waiting = workspace.host.processes.write(
    { sessionId: mine.sessionId ?? 0, chars: "", yieldTimeMs: 60_000 },
    workspace.context({ signal: controller.signal }),
  );
  controller.abort(new Error("interrupted"));
  await rejects(waiting, /interrupted/);
  await until(() => !isRunning(pid));
  await rejects(write(workspace, mine.sessionId), /Unknown process id/);
  strictEqual(
    (await write(workspace, other.sessionId, { yieldTimeMs: 1 })).sessionId,
    other.sessionId,
  );
});

Deno.test("the sixty-fifth session ends the one unused for longest, after a warning", async () => {
  const workspace = new Workspace();
  const ids: (number | undefined)[] = [];
  for (let count = 0; count < 64; count++) {
    ids.push((await start(workspace, "exec sleep 60", { yieldTimeMs: 0 })).sessionId);
  }
  await write(workspace, ids[0], { yieldTimeMs: 0 });
  const ctx = workspace.context({ callId: "call-9" });
  await workspace.host.processes.start(
    { command: ["sleep", "60"], cwd: workspace.path, tty: false, yieldTimeMs: 0 },
    ctx,
  );
  match(JSON.stringify(ctx.reported), /"64 processes are open and 64 may be.*"call-9-sessions"/);
  const ended = `Process ${ids[1]} was ended for a new one: 64 may be open`;
  deepStrictEqual(ctx.reported[0], [{ type: "error", message: ended }, "call-9-ended"]);
  await rejects(write(workspace, ids[1], { yieldTimeMs: 0 }), /Unknown process id/);
  strictEqual((await write(workspace, ids[0], { yieldTimeMs: 0 })).sessionId, ids[0]);
  const startedAt = performance.now();
  await workspace[Symbol.asyncDispose]();
  ok(performance.now() - startedAt < 2500);
});

Deno.test("what a call waits for is not ended to make room: the sixty-fifth call waits", async () => {
  await using workspace = new Workspace();
  const script = "echo >> begun; until test -e gate; do sleep 0.2; done; exit 7";
  const started = Array.from({ length: 65 }, () => start(workspace, script));
  const begun = `${workspace.path}/begun`;
  await until(() => sizeOf(begun) === 64);
  await Deno.writeTextFile(`${workspace.path}/gate`, "");
  const codes = (await Promise.all(started)).map(({ exit }) => exit?.code);
  deepStrictEqual(codes, Array.from({ length: 65 }, () => 7));
  strictEqual(sizeOf(begun), 65);
});

Deno.test("a session's long output stands in one file from its start", async () => {
  await using workspace = new Workspace();
  const gate = `${workspace.path}/gate`;
  const script = `seq 1 3000; until test -e ${gate}; do sleep 0.02; done; echo end`;
  const started = await readUntil(
    workspace,
    await start(workspace, script, { yieldTimeMs: 20 }),
    "3000\n",
  );
  await Deno.writeTextFile(gate, "");
  const last = await write(workspace, started.sessionId);
  const whole = Array.from({ length: 3000 }, (_, index) => `${index + 1}\n`).join("") + "end\n";
  strictEqual(await Deno.readTextFile(last.fullOutputPath ?? ""), whole);
  strictEqual(last.exit?.aggregatedOutput, whole);
});

/** In bytes; 0 for what is not there. */
function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
