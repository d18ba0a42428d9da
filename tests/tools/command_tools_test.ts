/** The tools that run commands: what they ask of the host, and what the model reads. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type ExecRequest, FileError, type ProcessRequest } from "../../src/protocol/host.ts";
import { shellJoin } from "../../tools/command.ts";
import { execCommand } from "../../tools/exec_command.ts";
import { shell, shellCommand } from "../../tools/shell.ts";
import { writeStdin } from "../../tools/write_stdin.ts";
import { fakeContext, fakeHost } from "../support/fake_host.ts";

const BASH = { path: "/bin/bash", name: "bash" };

Deno.test("shellJoin() quotes as codex-cli's Command: lines do", () => {
  const rows: [string[], string][] = [
    [["/bin/bash", "-lc", "true"], "/bin/bash -lc true"],
    [["/bin/bash", "-lc", "echo hi"], "/bin/bash -lc 'echo hi'"],
    [["a", ""], "a ''"],
    [["-lc", `printf "\\xff bytes"`], `-lc "printf \\"\\\\xff bytes\\""`],
    [["-lc", `yes $'\\u00e9' | head`], `-lc 'yes $'"'\\\\u00e9' | head"`],
    [["-lc", "it's"], `-lc "it's"`],
  ];
  for (const [command, line] of rows) strictEqual(shellJoin(command), line);
});

Deno.test("exec_command runs a login shell in the folder asked for and tells its end", async () => {
  const requests: ProcessRequest[] = [];
  const host = fakeHost({
    processes: {
      start: (request) => {
        requests.push(request);
        return Promise.resolve({
          output: "hi\n",
          totalBytes: 3,
          wallTimeMs: 12.34,
          startedBy: { callId: "call", command: request.command },
          exit: { code: 3, aggregatedOutput: "hi\n" },
        });
      },
    },
  });
  const ctx = fakeContext();
  const { output } = await execCommand(host, { shell: BASH }).handle(
    `{"cmd":"echo hi","workdir":"sub","yield_time_ms":1,"justification":null}`,
    ctx,
  );
  strictEqual(
    String(output).replace(/Chunk ID: [0-9a-f]{6}\n/, "Chunk ID: x\n"),
    "Command: /bin/bash -lc 'echo hi'\nChunk ID: x\nWall time: 0.0123 seconds\n" +
      "Process exited with code 3\nOriginal token count: 1\nOutput:\nhi\n",
  );
  deepStrictEqual(requests, [{
    command: ["/bin/bash", "-lc", "echo hi"],
    cwd: "/w/sub",
    tty: false,
    yieldTimeMs: 250,
  }]);
  const shown = { type: "command_execution", command: "/bin/bash -lc 'echo hi'" };
  deepStrictEqual(ctx.reported, [
    { id: "call", item: { ...shown, aggregated_output: "", status: "in_progress" } },
    { id: "call", item: { ...shown, aggregated_output: "hi\n", exit_code: 3, status: "failed" } },
  ]);
});

Deno.test("exec_command says where it could not start, in codex-cli's words", async () => {
  const missing = new FileError("not_found", "/w/no", "No such file or directory (os error 2)");
  const host = fakeHost({ processes: { start: () => Promise.reject(missing) } });
  await rejects(
    execCommand(host, { shell: BASH }).handle(`{"cmd":"pwd","workdir":"no"}`, fakeContext()),
    {
      message: "exec_command failed for `/bin/bash -lc pwd`: CreateProcess { message: " +
        '"Rejected(\\"Failed to create unified exec process: No such file or directory (os error 2)\\")" }',
    },
  );
});

Deno.test("write_stdin looks for at least five seconds and leaves the running item open", async () => {
  const waits: number[] = [];
  const host = fakeHost({
    processes: {
      write: ({ yieldTimeMs }) => {
        waits.push(yieldTimeMs);
        return Promise.resolve({
          output: "",
          totalBytes: 0,
          wallTimeMs: 0,
          sessionId: 77,
          startedBy: { callId: "first", command: ["cat"] },
        });
      },
    },
  });
  const tool = writeStdin(host);
  const { itemStaysOpen } = await tool.handle(`{"session_id":77}`, fakeContext());
  await tool.handle(`{"session_id":77,"chars":"x"}`, fakeContext());
  deepStrictEqual([waits, itemStaysOpen], [[5000, 250], true]);
});

Deno.test("shell_command tells a time-out before what came until then", async () => {
  const requests: ExecRequest[] = [];
  const host = fakeHost({
    exec: (request) => {
      requests.push(request);
      return Promise.resolve({
        exitCode: 124,
        output: "before\n",
        totalBytes: 7,
        durationMs: 707,
        timedOut: true,
      });
    },
  });
  const tool = shellCommand(host, { shell: BASH, advertised: true });
  const { output } = await tool.handle(`{"command":"sleep 5","timeout_ms":700}`, fakeContext());
  strictEqual(
    output,
    "Exit code: 124\nWall time: 0.7 seconds\nOutput:\n" +
      "command timed out after 707 milliseconds\nbefore\n",
  );
  strictEqual(requests[0]?.timeoutMs, 700);
});

Deno.test("shell wants a program", async () => {
  const tool = shell(fakeHost(), { name: "shell", advertised: false });
  strictEqual(tool.spec, undefined);
  await rejects(tool.handle(`{"command":[]}`, fakeContext()), {
    message: "command args are empty",
  });
});

Deno.test("a command asks to leave the sandbox, or for some rights where they are offered", async () => {
  const asked: ProcessRequest["escalation"][] = [];
  const host = fakeHost({
    processes: {
      start: (request) => {
        asked.push(request.escalation);
        return Promise.reject(new Error("enough"));
      },
    },
  });
  const permissions = { network: { enabled: true }, file_system: { write: ["/data"] } };
  const wish = { cmd: "make", justification: "why", additional_permissions: permissions };
  const run = (args: unknown, partialPermissions = true) =>
    execCommand(host, { shell: BASH, partialPermissions }).handle(
      JSON.stringify(args),
      fakeContext(),
    );
  const prefix_rule = ["npm", "install"];
  await rejects(run({ ...wish, sandbox_permissions: "require_escalated", prefix_rule }));
  await rejects(run({ ...wish, sandbox_permissions: "with_additional_permissions" }));
  await rejects(run({ ...wish, sandbox_permissions: "use_default" }));
  const refusal = {
    message:
      "with_additional_permissions needs additional_permissions with the network or a path " +
      "(exec_command has them with features.exec_permission_approvals)",
  };
  const more = { sandbox_permissions: "with_additional_permissions" };
  await rejects(run({ ...wish, ...more }, false), refusal);
  await rejects(run({ ...wish, ...more, additional_permissions: {} }), refusal);
  const vector = { command: ["make"], ...more };
  await rejects(
    shell(host, { name: "shell", advertised: true }).handle(JSON.stringify(vector), fakeContext()),
    refusal,
  );
  deepStrictEqual(asked, [
    { justification: "why", prefixRule: prefix_rule },
    { justification: "why", permissions },
    undefined,
  ]);
});
