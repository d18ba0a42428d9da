/** Commands and sessions of the host, with real processes. */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { ToolError } from "../../src/protocol/error.ts";
import { FileError, type ProcessOutput } from "../../src/protocol/host.ts";
import { isRunning, until, Workspace } from "./workspace.ts";

function sh(workspace: Workspace, script: string, timeoutMs = 10_000) {
  const request = { command: ["/bin/sh", "-c", script], cwd: workspace.path, timeoutMs };
  return workspace.host.exec(request, workspace.context());
}

Deno.test("exec() gives what a command writes and how it ended", async () => {
  await using workspace = new Workspace();
  const { durationMs, ...output } = await sh(workspace, "echo out; echo err >&2; exit 3");
  ok(durationMs > 0);
  strictEqual(output.output.split("\n").sort().join(), ",err,out");
  deepStrictEqual({ ...output, output: "" }, {
    exitCode: 3,
    output: "",
    totalBytes: 8,
    timedOut: false,
  });
});

Deno.test("exec() runs in the asked folder with an empty standard input", async () => {
  await using workspace = new Workspace();
  strictEqual(
    (await sh(workspace, "pwd; cat; test -t 0 || echo none")).output,
    `${workspace.path}\nnone\n`,
  );
});

Deno.test("exec() tells death by a signal as 128 + n", async () => {
  await using workspace = new Workspace();
  const { exitCode, signal } = await sh(workspace, "kill -9 $$");
  deepStrictEqual([exitCode, signal], [137, 9]);
});

Deno.test("exec() says which path is missing in the system's words", async () => {
  await using workspace = new Workspace();
  await Deno.writeTextFile(`${workspace.path}/file`, "");
  const ctx = workspace.context();
  const run = (command: string[], cwd: string) =>
    workspace.host.exec({ command, cwd, timeoutMs: 1000 }, ctx);
  const missing = "No such file or directory (os error 2)";
  await rejects(run(["true"], "/nowhere"), new FileError("not_found", "/nowhere", missing));
  await rejects(run(["nothing"], "/tmp"), new FileError("not_found", "nothing", missing));
  await rejects(
    run(["true"], `${workspace.path}/file`),
    new FileError("not_a_directory", `${workspace.path}/file`, "Not a directory (os error 20)"),
  );
  await rejects(
    run([`${workspace.path}/file`], workspace.path),
    new FileError("denied", `${workspace.path}/file`, "Permission denied (os error 13)"),
  );
});

Deno.test("a time-out keeps the output so far and ends the whole tree", async () => {
  await using workspace = new Workspace();
  const output = await sh(workspace, "sleep 60 & echo $! $$; wait", 150);
  deepStrictEqual([output.exitCode, output.timedOut], [124, true]);
  const pids = output.output.trim().split(" ").map(Number);
  strictEqual(pids.length, 2);
  await until(() => !pids.some(isRunning));
});

Deno.test("a time-out ends what ignores the polite signal", async () => {
  await using workspace = new Workspace();
  const output = await sh(workspace, "trap '' TERM; echo $$; while :; do sleep 0.1; done", 100);
  deepStrictEqual([output.exitCode, output.timedOut], [124, true]);
  ok(output.durationMs >= 2000 && output.durationMs < 2900, `${output.durationMs}`);
  ok(!isRunning(Number(output.output)));
});

Deno.test("a grandchild that holds the output delays nothing, loses nothing and lives on", async () => {
  const workspace = new Workspace();
  const output = await sh(
    workspace,
    "echo before; (sleep 0.1; echo soon; exec sleep 60) & echo $!",
  );
  ok(output.durationMs < 2000);
  const pid = Number(/\d+/.exec(output.output)?.[0]);
  strictEqual(output.output, `before\n${pid}\nsoon\n`);
  ok(isRunning(pid));
  await workspace[Symbol.asyncDispose]();
  await until(() => !isRunning(pid));
});

Deno.test("close() ends a silent background process that ignores the polite signal", async () => {
  const workspace = new Workspace();
  const { output } = await sh(
    workspace,
    "(trap '' TERM; exec sleep 60) >/dev/null 2>&1 & echo $!",
  );
  const startedAt = performance.now();
  await workspace[Symbol.asyncDispose]();
  ok(performance.now() - startedAt < 2500);
  await until(() => !isRunning(Number(output)));
});

Deno.test("an interrupt ends the wait at once and the tree with it", async () => {
  await using workspace = new Workspace();
  const controller = new AbortController();
  const path = `${workspace.path}/pid`;
  const running = workspace.host.exec({
    command: ["/bin/sh", "-c", `echo $$ > ${path}.new; mv ${path}.new ${path}; sleep 60`],
    cwd: workspace.path,
    timeoutMs: 60_000,
  }, workspace.context({ signal: controller.signal }));
  let pid = "";
  await until(() => {
    try {
      pid = Deno.readTextFileSync(path);
    } catch {
      return false;
    }
    return true;
  });
  const reason = new Error("interrupted");
  controller.abort(reason);
  await rejects(running, reason);
  await until(() => !isRunning(Number(pid)));
});

Deno.test("fifty commands run side by side", async () => {
  await using workspace = new Workspace();
  const numbers = Array.from({ length: 50 }, (_, index) => index);
  const outputs = await Promise.all(numbers.map((n) => sh(workspace, `sleep 0.3; echo ${n}`)));
  deepStrictEqual(outputs.map(({ output }) => output), numbers.map((n) => `${n}\n`));
});

Deno.test("a long output keeps both ends, honest counts and a private file with all of it", async () => {
  await using workspace = new Workspace();
  const script = "yes 0123456789abcde | head -n 200000; printf end";
  const { output, totalBytes, totalLines, fullOutputPath = "" } = await sh(workspace, script);
  deepStrictEqual([totalBytes, totalLines], [3_200_003, 200_001]);
  const lines = output.split("\n");
  strictEqual(lines[0], "0123456789abcde");
  strictEqual(lines.at(-1), "end");
  ok(lines.includes(`... ${3_200_003 - 1024 * 1024} bytes omitted ...`));
  const file = await Deno.stat(fullOutputPath);
  deepStrictEqual([file.size, (file.mode ?? 0) & 0o777], [3_200_003, 0o600]);
  const folder = fullOutputPath.slice(0, fullOutputPath.lastIndexOf("/"));
  strictEqual(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
  await workspace.host.close();
  await rejects(Deno.stat(folder), Deno.errors.NotFound);
});

Deno.test("a short output makes no file", async () => {
  await using workspace = new Workspace();
  strictEqual((await sh(workspace, "yes | head -c 10000")).fullOutputPath, undefined);
  deepStrictEqual(await Array.fromAsync(Deno.readDir(workspace.spoolParent)), []);
});

Deno.test("bytes that are no UTF-8 become U+FFFD, and characters survive the pipe", async () => {
  await using workspace = new Workspace();
  const script = "printf 'a\\377b\\342'; sleep 0.05; printf '\\202\\254'";
  strictEqual((await sh(workspace, script)).output, "a\ufffdb\u20ac");
});

Deno.test("a command sees the scrubbed environment and nothing else", async () => {
  await using workspace = new Workspace({
    environment: { PATH: "/usr/bin:/bin", HOME: "/home/me", THE_KEY: "sk-1", TERM: "xterm" },
    secretNames: ["THE_KEY"],
  });
  const request = { command: ["env"], cwd: workspace.path, timeoutMs: 5000 };
  const { output } = await workspace.host.exec(request, workspace.context());
  deepStrictEqual(output.trimEnd().split("\n").sort(), [
    "CODEX_CI=1",
    "CODEX_THREAD_ID=thread-1",
    "COLORTERM=",
    "GH_PAGER=cat",
    "GIT_PAGER=cat",
    "HOME=/home/me",
    "LANG=C.UTF-8",
    "LC_ALL=C.UTF-8",
    "LC_CTYPE=C.UTF-8",
    "NO_COLOR=1",
    "PAGER=cat",
    "PATH=/usr/bin:/bin",
    "TERM=dumb",
  ]);
});

Deno.test("leaving the sandbox is refused where nobody can be asked", async () => {
  await using workspace = new Workspace();
  const escalation = { justification: "need it" };
  const request = { command: ["true"], cwd: workspace.path, escalation };
  const refusal = new ToolError(
    "approval policy is Never; reject command — you cannot ask for escalated permissions " +
      "if the approval policy is Never",
  );
  const { exec, processes } = workspace.host;
  const ctx = workspace.context();
  await rejects(exec({ ...request, timeoutMs: 1000 }, ctx), refusal);
  await rejects(processes.start({ ...request, tty: false, yieldTimeMs: 250 }, ctx), refusal);
});

Deno.test("an escalation is asked for, and a refusal is told to the model", async () => {
  await using workspace = new Workspace();
  const policies = {
    approvalPolicy: "on-request",
    sandboxPolicy: { type: "read-only" },
  } as const;
  const escalation = { justification: "need it" };
  const request = { command: ["echo", "ran"], cwd: workspace.path, escalation, timeoutMs: 5000 };
  const denied = workspace.context(policies);
  await rejects(workspace.host.exec(request, denied), new ToolError("rejected by user"));
  deepStrictEqual(denied.asked, [
    { type: "exec", command: ["echo", "ran"], cwd: workspace.path, reason: "need it" },
  ]);
  const approved = workspace.context({ ...policies, decision: "approved" });
  strictEqual((await workspace.host.exec(request, approved)).output, "ran\n");
});

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
    exit: {
      code: 4,
      aggregatedOutput: "hi\n",
      startedBy: { callId: "call-1", command: ["/bin/sh", "-c", "echo hi; exit 4"] },
    },
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
    { output: "", totalBytes: 0, wallTimeMs: 0, sessionId },
  );
  await Deno.writeTextFile(gate, "");
  const last = await write(workspace, sessionId);
  deepStrictEqual([last.output, last.sessionId], ["two\n", undefined]);
  deepStrictEqual([last.exit?.code, last.exit?.aggregatedOutput, last.exit?.startedBy.callId], [
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

Deno.test("a session takes lines, Ctrl-C and Ctrl-D", async () => {
  await using workspace = new Workspace();
  const started = await start(workspace, "cat; echo bye", { tty: true, yieldTimeMs: 10 });
  const typed = await write(workspace, started.sessionId, { chars: "a\r\nb\r", yieldTimeMs: 10 });
  strictEqual((await readUntil(workspace, typed, "b\n")).output, "a\nb\n");
  const ended = await write(workspace, started.sessionId, { chars: "c\u0004" });
  deepStrictEqual([ended.output, ended.exit?.code], ["cbye\n", 0]);

  const script = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.02; done";
  const looping = await start(workspace, script, { tty: true, yieldTimeMs: 10 });
  await readUntil(workspace, looping, "ready\n");
  const caught = await write(workspace, looping.sessionId, { chars: "\u0003" });
  deepStrictEqual([caught.output, caught.exit?.code], ["caught\n", 5]);
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
  await rejects(write(workspace, ids[1], { yieldTimeMs: 0 }), /Unknown process id/);
  strictEqual((await write(workspace, ids[0], { yieldTimeMs: 0 })).sessionId, ids[0]);
  const startedAt = performance.now();
  await workspace[Symbol.asyncDispose]();
  ok(performance.now() - startedAt < 2500);
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
