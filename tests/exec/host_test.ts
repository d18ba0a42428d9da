/** Commands of the host from start to end, with real processes. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { commandEnvironment } from "../../src/exec/environment.ts";
import { ToolError } from "../../src/protocol/error.ts";
import { FileError } from "../../src/protocol/host.ts";
import { createRedactor } from "../../src/protocol/redact.ts";
import { isRunning, PLAIN_POLICY, until, Workspace } from "./workspace.ts";

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
  const environment = { PATH: "/usr/bin:/bin", HOME: "/home/me", THE_KEY: "sk-1", TERM: "xterm" };
  const secretNames = ["THE_KEY"];
  const threadId = crypto.randomUUID();
  await using workspace = new Workspace({ environment, secretNames, threadId });
  const request = { command: ["env", "-0"], cwd: workspace.path, timeoutMs: 5000 };
  const { output } = await workspace.host.exec(request, workspace.context());
  const scrubbed = {
    ...commandEnvironment({
      environment,
      policy: PLAIN_POLICY,
      secretNames,
      threadId,
    }),
    TMPDIR: workspace.spoolParent,
  };
  deepStrictEqual(
    output.split("\0").filter((line) => line !== "").sort(),
    Object.entries(scrubbed).map(([name, value]) => `${name}=${value}`).sort(),
  );
  deepStrictEqual("THE_KEY" in scrubbed, false);
});

Deno.test("what a command writes loses secrets on this side of the process that runs it", async () => {
  const redactor = createRedactor([{ name: "THE_KEY", value: "sk-0123456789" }]);
  await using workspace = new Workspace({ redactor });
  const command = ["sh", "-c", "printf '<sk-0123456789>'; sleep 0.4; printf '<sk-0123456789>'"];
  const request = { command, cwd: workspace.path, tty: false, yieldTimeMs: 250 };
  const ctx = workspace.context();
  const first = await workspace.host.processes.start(request, ctx);
  const sessionId = first.sessionId ?? 0;
  const last = await workspace.host.processes.write(
    { sessionId, chars: "", yieldTimeMs: 5000 },
    ctx,
  );
  const hidden = "<[redacted: THE_KEY]>";
  deepStrictEqual(
    [first.output, last.output, last.exit?.aggregatedOutput],
    [hidden, hidden, hidden + hidden],
  );
  const timeoutMs = 5000;
  const { output } = await workspace.host.exec({ command, cwd: workspace.path, timeoutMs }, ctx);
  deepStrictEqual(output, hidden + hidden);
});

Deno.test("leaving the sandbox is refused where nobody can be asked, and that is told", async () => {
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
  const denial = {
    need: 'to run "true" outside of the sandbox',
    layer: "approval",
    rule: 'the policy is "never", and only under "on-request" may that be asked for',
    remedy: "widen the sandbox with -s or --add-dir, or run it yourself",
  };
  deepStrictEqual([ctx.asked, ctx.denied], [[], [denial, denial]]);
});

Deno.test("an escalation is asked for, and a refusal is told to the model and the user", async () => {
  await using workspace = new Workspace();
  const policies = {
    approvalPolicy: "on-request",
    sandboxPolicy: { type: "read-only" },
  } as const;
  const escalation = { justification: "need it", prefixRule: ["npm", "test"] };
  const command = ["npm", "test", "--", "x"];
  const request = { command, cwd: workspace.path, escalation, timeoutMs: 5000 };
  const denied = workspace.context(policies);
  await rejects(
    workspace.host.exec(request, denied),
    new ToolError(
      "rejected by user\n[approval: the answer to the question was no; go on without it; " +
        "the user can widen the sandbox with -s or --add-dir]",
    ),
  );
  deepStrictEqual(denied.asked, [{
    type: "exec",
    command,
    cwd: workspace.path,
    escalated: true,
    plain_commands: [command],
    prefix_rule: ["npm", "test"],
    reason: "need it",
  }]);
  deepStrictEqual(denied.denied.map(({ need }) => need), [
    'to run "npm test -- x" outside of the sandbox',
  ]);
});

Deno.test("under untrusted, what is not known to read is asked for and runs inside", async () => {
  await using workspace = new Workspace();
  const policies = { approvalPolicy: "untrusted", sandboxPolicy: { type: "read-only" } } as const;
  const run = (script: string, ctx = workspace.context({ ...policies, decision: "approved" })) => {
    const request = { command: ["sh", "-c", script], cwd: workspace.path, timeoutMs: 5000 };
    return workspace.host.exec(request, ctx).then(({ output }) => [output, ctx.asked]);
  };
  deepStrictEqual(await run("echo a | cat"), ["a\n", []]);
  deepStrictEqual(await run("echo $((1 + 1))"), ["2\n", [{
    type: "exec",
    command: ["sh", "-c", "echo $((1 + 1))"],
    cwd: workspace.path,
    escalated: false,
    reason: "command is not known to be safe",
  }]]);
  const aborted = AbortSignal.abort(new Error("over"));
  const ctx = workspace.context({ ...policies, decision: "abort", signal: aborted });
  await rejects(run("make", ctx), new Error("over"));
  deepStrictEqual(ctx.denied, []);
});
