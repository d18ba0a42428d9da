/** Questions of a turn: what is asked, what each answer does, and what a refusal leaves behind. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { FunctionCallItem } from "../../src/protocol/response_item.ts";
import { askedSession, GONE, isTurnEnd, openSession, type Ran } from "../support/asked_session.ts";
import { assistantMessage, functionCall } from "../support/items.ts";
import { ScriptedClient } from "../support/scripted_client.ts";

function call(command: string, id = command, more: Record<string, unknown> = {}): FunctionCallItem {
  return functionCall("shell", { command: command.split(" "), ...more }, id);
}

const ESCALATED = { sandbox_permissions: "require_escalated", justification: "why" };
const FINE = "Exit code: 0\nWall time: 0 seconds\nOutput:\nfine\n";
const SAID_NO = "[approval: the answer to the question was no; go on without it; " +
  "the user can widen the sandbox with -s or --add-dir]";

Deno.test("an approved escalation runs outside, and the turn goes on", async () => {
  const { ran, asked, told, read } = await askedSession(
    { policy: "on-request", decisions: ["approved"] },
    [call("touch /x", "c", ESCALATED)],
  );
  deepStrictEqual(ran, [{ command: "touch /x", how: "outside" }]);
  deepStrictEqual(asked, [{
    type: "exec",
    command: ["touch", "/x"],
    cwd: "/w",
    escalated: true,
    plain_commands: [["touch", "/x"]],
    reason: "why",
  }]);
  deepStrictEqual(told, ["turn.completed", "turn.completed"]);
  strictEqual(read[2], `c -> ${FINE}`);
});

Deno.test("a denied one is not run; the model reads so, the user hears so, the turn goes on", async () => {
  const { ran, told, read } = await askedSession(
    { policy: "on-request", decisions: ["denied"] },
    [call("touch /x", "c", ESCALATED)],
  );
  deepStrictEqual(ran, []);
  deepStrictEqual(told, [
    'approval: to run "touch /x" outside of the sandbox',
    "turn.completed",
    "turn.completed",
  ]);
  deepStrictEqual(read, [
    "user: one",
    "call c",
    `c -> rejected by user\n${SAID_NO}`,
    "assistant: done",
    "user: two",
  ]);
});

Deno.test("an abort ends the turn, nothing of it runs, and history can still be sent", async () => {
  const { ran, asked, told, read } = await askedSession(
    { policy: "on-request", decisions: ["abort"] },
    [call("ls", "a"), call("touch /x", "b", ESCALATED), call("touch /y", "c", ESCALATED)],
  );
  deepStrictEqual(ran, [{ command: "ls", how: "inside" }]);
  deepStrictEqual([asked.length, told], [2, ["turn.interrupted", "turn.completed"]]);
  deepStrictEqual(read.map((line) => line.replace(/after \d+\.\ds$/, "after n seconds")), [
    "user: one",
    "call a",
    "call b",
    "call c",
    `a -> ${FINE}`,
    "b -> aborted by user after n seconds",
    "c -> aborted by user after n seconds",
    "user: <turn_aborted>\ncut\n</turn_aborted>",
    "user: two",
  ]);
});

Deno.test("an interrupt ends the wait for an answer, and an answer that comes late ends nothing", async () => {
  const ran: Ran[] = [];
  const client = new ScriptedClient(
    [call("touch /x", "c", ESCALATED)],
    [call("touch /y", "d", ESCALATED)],
    [assistantMessage("done")],
  );
  const session = openSession(client, { policy: "on-request", ran });
  const running = session.run();
  const say = () => session.submit({ type: "user_input", items: [{ type: "text", text: "go" }] });
  const ids: string[] = [];
  const ends: string[] = [];
  say();
  for await (const event of session.events) {
    if (event.type === "approval.requested") {
      ids.push(event.id);
      const [late = ""] = ids;
      if (ids.length === 1) session.submit({ type: "interrupt" });
      else {
        session.submit({ type: "approval", id: late, decision: "abort" });
        session.submit({ type: "approval", id: event.id, decision: "approved" });
      }
    }
    if (!isTurnEnd(event)) continue;
    ends.push(event.type);
    if (ends.length === 1) say();
    else session.submit({ type: "shutdown" });
  }
  await running;
  deepStrictEqual(ends, ["turn.interrupted", "turn.completed"]);
  deepStrictEqual(ran, [{ command: "touch /y", how: "outside" }]);
});

Deno.test("approved_for_session is for that command in that folder alone, whatever the reason", async () => {
  const { ran, asked } = await askedSession(
    { policy: "on-request", decisions: ["approved_for_session"] },
    [call("touch /x", "a", ESCALATED)],
    [call("touch /x", "b", { ...ESCALATED, justification: "again" })],
    [call("touch /x", "c", { ...ESCALATED, workdir: "/w/sub" })],
    [call("touch /x /y", "d", ESCALATED)],
  );
  deepStrictEqual(ran.map(({ command }) => command), ["touch /x", "touch /x"]);
  deepStrictEqual(
    asked.map((request) => request.type === "exec" && [request.command.join(" "), request.cwd]),
    [["touch /x", "/w"], ["touch /x", "/w/sub"], ["touch /x /y", "/w"]],
  );
});

Deno.test("what may run asked inside may not for that run outside", async () => {
  const { ran, asked } = await askedSession(
    { policy: "untrusted", decisions: ["approved_for_session", "denied"] },
    [call("touch /x", "a")],
    [call("touch /x", "b")],
  );
  deepStrictEqual(ran.map(({ how }) => how), ["inside", "inside"]);
  deepStrictEqual(asked.map((request) => request.type === "exec" && request.escalated), [
    false,
    true,
    true,
  ]);
});

Deno.test("an approved prefix allows later commands that begin so, each of a script's", async () => {
  const prefix = { ...ESCALATED, prefix_rule: ["npm", "install"] };
  const script = (text: string, id: string) =>
    functionCall("shell", { command: ["bash", "-lc", text], ...ESCALATED }, id);
  const { ran, asked } = await askedSession(
    { policy: "on-request", decisions: ["approved_for_session"] },
    [call("npm install a", "a", prefix)],
    [call("npm install b", "b", { ...ESCALATED, workdir: "/w/sub" })],
    [script("npm install c && npm install 'd e'", "c")],
    [script("npm install f && rm -rf g", "d")],
    [script("npm install h > /x", "e")],
    [script("npm install $(rm i)", "f")],
    [call("npm installx", "g", ESCALATED)],
    [call("npm", "h", ESCALATED)],
  );
  deepStrictEqual(ran.map(({ command }) => command), [
    "npm install a",
    "npm install b",
    "bash -lc npm install c && npm install 'd e'",
  ]);
  strictEqual(asked.length, 6);
});

Deno.test("a prefix that would allow anything is no rule: the command alone is remembered", async () => {
  const { ran, asked } = await askedSession(
    { policy: "on-request", decisions: ["approved_for_session"] },
    [call("python3 a.py", "a", { ...ESCALATED, prefix_rule: ["python3"] })],
    [call("python3 b.py", "b", ESCALATED)],
    [call("python3 a.py", "c", ESCALATED)],
  );
  deepStrictEqual(ran.map(({ command }) => command), ["python3 a.py", "python3 a.py"]);
  deepStrictEqual(asked.map((request) => "prefix_rule" in request), [false, false]);
});

Deno.test("under on-failure what failed inside is asked for, and run again after a yes", async () => {
  const { ran, asked, told, read } = await askedSession(
    { policy: "on-failure", decisions: ["approved", "denied"] },
    [call("touch /x", "a")],
    [call("touch /y", "b")],
  );
  deepStrictEqual(ran.map(({ command, how }) => `${command} ${how}`), [
    "touch /x inside",
    "touch /x outside",
    "touch /y inside",
  ]);
  deepStrictEqual(
    asked.map(({ reason }) => reason),
    Array(2).fill("command failed in the sandbox"),
  );
  strictEqual(told[0], 'approval: to run "touch /y" again outside of the sandbox');
  strictEqual(read[2], `a -> ${FINE}`);
  strictEqual(
    read[4],
    `b -> Exit code: 1\nWall time: 0 seconds\nOutput:\n${GONE}${SAID_NO}\n`,
  );
});

Deno.test("under never nobody is asked: the model reads the layer and the remedy, the user hears it once", async () => {
  const { ran, asked, told, read } = await askedSession(
    { policy: "never" },
    [call("touch /x", "a")],
    [call("touch /x", "b")],
  );
  deepStrictEqual([ran.length, asked], [2, []]);
  deepStrictEqual(told, ['OS sandbox: what "touch /x" tried', "turn.completed", "turn.completed"]);
  strictEqual(
    read[2],
    `a -> Exit code: 1\nWall time: 0 seconds\nOutput:\n${GONE}` +
      "[OS sandbox: only the writable folders may be written, and no protected path in them; " +
      "the user can allow it with --add-dir DIR]\n",
  );
});

Deno.test("granted rights are the turn's: they hold for its later commands and end with it", async () => {
  const permissions = { network: { enabled: true } };
  const { ran, asked, read } = await askedSession(
    { policy: "on-request", decisions: ["approved"], later: [call("touch /d", "d")] },
    [call("touch /a", "a")],
    [functionCall("request_permissions", { permissions, reason: "why" }, "b")],
    [call("touch /c", "c")],
  );
  deepStrictEqual(ran.map(({ how }) => how), ["inside", permissions, "inside"]);
  deepStrictEqual(asked, [{ type: "permissions", permissions, reason: "why" }]);
  strictEqual(
    read[4],
    `b -> {"permissions":{"network":{"enabled":true},"file_system":null},"scope":"turn"}`,
  );
});

Deno.test("rights that nobody grants are told as such", async () => {
  const asks = [
    functionCall("request_permissions", { permissions: { file_system: { write: ["/d"] } } }, "c"),
  ];
  for (const policy of ["never", "on-request"] as const) {
    const { asked, told, read } = await askedSession({ policy }, asks);
    strictEqual(asked.length, policy === "never" ? 0 : 1);
    deepStrictEqual(told, ['approval: to write "/d"', "turn.completed", "turn.completed"]);
    strictEqual(read[2], `c -> {"permissions":{"network":null,"file_system":null},"scope":"turn"}`);
  }
});

Deno.test("with onDenied fail the first refusal ends the turn, and the model can read why", async () => {
  const { ran, told, read } = await askedSession(
    { policy: "never", onDenied: "fail" },
    [call("ls", "a")],
    [call("touch /x", "b"), functionCall("request_permissions", { permissions: {} }, "c")],
  );
  deepStrictEqual(ran.map(({ command }) => command), ["ls", "touch /x"]);
  deepStrictEqual(told, [
    'OS sandbox: what "touch /x" tried',
    "turn.failed permission_refused",
    "turn.completed",
  ]);
  const refused = 'aborted: Refused what "touch /x" tried (OS sandbox: only the writable folders ' +
    "may be written, and no protected path in them); the user can allow it with --add-dir DIR";
  deepStrictEqual(read.slice(3), [
    "call b",
    "call c",
    `b -> ${refused}`,
    "c -> aborted",
    "user: two",
  ]);
});
