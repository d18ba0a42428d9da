/** Questions of a turn: what is asked, what each answer does, and what a refusal leaves behind. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { orchestrate, permitMore } from "../../src/exec/orchestrator.ts";
import { type Confinement, UNCONFINED } from "../../src/protocol/confinement.ts";
import type { Event } from "../../src/protocol/event.ts";
import type { Host } from "../../src/protocol/host.ts";
import type {
  ApprovalRequest,
  AskForApproval,
  RequestedPermissions,
  ReviewDecision,
} from "../../src/protocol/policy.ts";
import type { FunctionCallItem } from "../../src/protocol/response_item.ts";
import type { SessionConfig } from "../../src/session/session.ts";
import { requestPermissions } from "../../tools/request_permissions.ts";
import { shell } from "../../tools/shell.ts";
import { fakeHost } from "../support/fake_host.ts";
import { assistantMessage, functionCall } from "../support/items.ts";
import { ScriptedClient } from "../support/scripted_client.ts";
import { MODEL, outline, scriptedSession } from "../support/scripted_session.ts";

const INSIDE: Confinement = { writableRoots: ["/w"], protectedPaths: [], network: false };
const GONE = "touch: cannot touch '/x': Read-only file system\n";

interface Ran {
  readonly command: string;
  readonly how: "inside" | "outside" | RequestedPermissions;
}

/** The real decisions over a machine on which every `touch` fails inside. */
function hostOf(ran: Ran[]): Host {
  const resolve = (wanted: RequestedPermissions) => Promise.resolve({ wanted, closed: [] });
  return fakeHost({
    exec: (request, ctx) =>
      orchestrate(request, ctx, {
        resolve,
        confine: (extra) => {
          const granted = extra ?? ctx.rights.granted;
          return Promise.resolve({ ...INSIDE, ...granted.network?.enabled && { network: true } });
        },
        run: (confinement) => {
          const command = request.command.join(" ");
          const how = confinement === UNCONFINED
            ? "outside"
            : confinement.network
            ? { network: { enabled: true } }
            : "inside";
          ran.push({ command, how });
          const fails = command.startsWith("touch") && how === "inside";
          const output = fails ? GONE : "fine\n";
          return Promise.resolve({
            exitCode: fails ? 1 : 0,
            output,
            totalBytes: output.length,
            durationMs: 0,
            timedOut: false,
          });
        },
      }),
    requestPermissions: (request, ctx) => permitMore(request, ctx, { resolve }),
  });
}

interface Course {
  readonly ran: Ran[];
  readonly asked: ApprovalRequest[];
  /** Turn ends, and refusals in short. */
  readonly told: string[];
  /** What the model reads at last. */
  readonly read: string[];
}

interface Setting {
  readonly policy: AskForApproval;
  readonly decisions?: readonly ReviewDecision[];
  readonly onDenied?: SessionConfig["onDenied"];
  /** What the model calls in the second turn. */
  readonly later?: readonly FunctionCallItem[];
}

/** Each group of calls is one response of the model; what is said last starts a second turn. */
async function run(
  { policy, decisions = [], onDenied = "continue", later = [] }: Setting,
  ...responses: FunctionCallItem[][]
): Promise<Course> {
  const course: Course = { ran: [], asked: [], told: [], read: [] };
  const host = hostOf(course.ran);
  const client = new ScriptedClient(
    ...responses,
    [assistantMessage("done")],
    ...later.length > 0 ? [later] : [],
    [assistantMessage("again")],
  );
  const { session } = scriptedSession(client, {
    tools: [shell(host, { name: "shell", advertised: true }), requestPermissions(host)],
    onDenied,
    turnDefaults: {
      cwd: "/w",
      model: MODEL,
      approvalPolicy: policy,
      sandboxPolicy: { type: "read-only" },
      collaborationMode: "default",
    },
  });
  const running = session.run();
  session.submit({ type: "user_input", items: [{ type: "text", text: "one" }] });
  let turns = 0;
  for await (const event of session.events) {
    course.told.push(...toldBy(event));
    if (event.type === "approval.requested") {
      const decision = decisions[course.asked.length] ?? "denied";
      course.asked.push(event.request);
      session.submit({ type: "approval", id: event.id, decision });
    }
    if (!isEnd(event)) continue;
    if (turns++ === 0) {
      session.submit({ type: "user_input", items: [{ type: "text", text: "two" }] });
    } else session.submit({ type: "shutdown" });
  }
  await running;
  course.read.push(...outline(client.prompts.at(-1)?.input ?? []));
  return course;
}

function isEnd({ type }: Event): boolean {
  return type === "turn.completed" || type === "turn.failed" || type === "turn.interrupted";
}

function toldBy(event: Event): string[] {
  if (event.type === "permission.denied") return [`${event.denial.layer}: ${event.denial.need}`];
  if (event.type === "turn.failed") return [`turn.failed ${event.error.info}`];
  return isEnd(event) ? [event.type] : [];
}

function call(command: string, id = command, more: Record<string, unknown> = {}): FunctionCallItem {
  return functionCall("shell", { command: command.split(" "), ...more }, id);
}

const ESCALATED = { sandbox_permissions: "require_escalated", justification: "why" };
const FINE = "Exit code: 0\nWall time: 0 seconds\nOutput:\nfine\n";
const SAID_NO = "[approval: the answer to the question was no; go on without it; " +
  "the user can widen the sandbox with -s or --add-dir]";

Deno.test("an approved escalation runs outside, and the turn goes on", async () => {
  const { ran, asked, told, read } = await run(
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
  const { ran, told, read } = await run(
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
  const { ran, asked, told, read } = await run(
    { policy: "on-request", decisions: ["abort"] },
    [call("ls", "a"), call("touch /x", "b", ESCALATED), call("touch /y", "c", ESCALATED)],
  );
  deepStrictEqual(ran, [{ command: "ls", how: "inside" }]);
  deepStrictEqual([asked.length, told], [2, ["turn.interrupted", "turn.completed"]]);
  deepStrictEqual(read, [
    "user: one",
    "call a",
    "call b",
    "call c",
    `a -> ${FINE}`,
    "b -> aborted by user after 0.0s",
    "c -> aborted by user after 0.0s",
    "user: <turn_aborted>\ncut\n</turn_aborted>",
    "user: two",
  ]);
});

Deno.test("approved_for_session is for that command in that folder alone, whatever the reason", async () => {
  const { ran, asked } = await run(
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
  const { ran, asked } = await run(
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
  const { ran, asked } = await run(
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
  const { ran, asked } = await run(
    { policy: "on-request", decisions: ["approved_for_session"] },
    [call("python3 a.py", "a", { ...ESCALATED, prefix_rule: ["python3"] })],
    [call("python3 b.py", "b", ESCALATED)],
    [call("python3 a.py", "c", ESCALATED)],
  );
  deepStrictEqual(ran.map(({ command }) => command), ["python3 a.py", "python3 a.py"]);
  deepStrictEqual(asked.map((request) => "prefix_rule" in request), [false, false]);
});

Deno.test("under on-failure what failed inside is asked for, and run again after a yes", async () => {
  const { ran, asked, told, read } = await run(
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
  const { ran, asked, told, read } = await run(
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
  const { ran, asked, read } = await run(
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
    const { asked, told, read } = await run({ policy }, asks);
    strictEqual(asked.length, policy === "never" ? 0 : 1);
    deepStrictEqual(told, ['approval: to write "/d"', "turn.completed", "turn.completed"]);
    strictEqual(read[2], `c -> {"permissions":{"network":null,"file_system":null},"scope":"turn"}`);
  }
});

Deno.test("with onDenied fail the first refusal ends the turn, and the model can read why", async () => {
  const { ran, told, read } = await run(
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
