/** A session whose commands are decided on as in the program, over a machine that is made up. */

import { orchestrate, permitMore } from "../../src/exec/orchestrator.ts";
import { type Confinement, UNCONFINED } from "../../src/protocol/confinement.ts";
import type { Event } from "../../src/protocol/event.ts";
import type { ExecOutput, Host } from "../../src/protocol/host.ts";
import type {
  ApprovalRequest,
  AskForApproval,
  RequestedPermissions,
  ReviewDecision,
} from "../../src/protocol/policy.ts";
import type { FunctionCallItem } from "../../src/protocol/response_item.ts";
import type { Session, SessionConfig } from "../../src/session/session.ts";
import { requestPermissions } from "../../tools/request_permissions.ts";
import { shell } from "../../tools/shell.ts";
import { fakeHost } from "./fake_host.ts";
import { assistantMessage } from "./items.ts";
import { ScriptedClient } from "./scripted_client.ts";
import { MODEL, outline, scriptedSession } from "./scripted_session.ts";

const INSIDE: Confinement = { writableRoots: ["/w"], protectedPaths: [], network: false };
export const GONE = "touch: cannot touch '/x': Read-only file system\n";

export interface Ran {
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
        confine: (extra = ctx.rights.granted) =>
          Promise.resolve({ ...INSIDE, network: extra.network?.enabled ?? false }),
        run: (confinement) => {
          const command = request.command.join(" ");
          const how = howOf(confinement);
          ran.push({ command, how });
          return Promise.resolve(endOf(command.startsWith("touch") && how === "inside"));
        },
      }),
    requestPermissions: (request, ctx) => permitMore(request, ctx, { resolve }),
  });
}

function howOf(confinement: Confinement): Ran["how"] {
  if (confinement === UNCONFINED) return "outside";
  return confinement.network ? { network: { enabled: true } } : "inside";
}

function endOf(fails: boolean): ExecOutput {
  const output = fails ? GONE : "fine\n";
  const exitCode = fails ? 1 : 0;
  return { exitCode, output, totalBytes: output.length, durationMs: 0, timedOut: false };
}

export function openSession(
  client: ScriptedClient,
  { policy, ran, onDenied = "continue" }: Pick<Setting, "policy" | "onDenied"> & { ran: Ran[] },
): Session {
  const host = hostOf(ran);
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
  return session;
}

export interface Course {
  readonly ran: Ran[];
  readonly asked: ApprovalRequest[];
  /** Turn ends, and refusals in short. */
  readonly told: string[];
  /** What the model reads at last. */
  readonly read: string[];
}

export interface Setting {
  readonly policy: AskForApproval;
  readonly decisions?: readonly ReviewDecision[];
  readonly onDenied?: SessionConfig["onDenied"];
  /** What the model calls in the second turn. */
  readonly later?: readonly FunctionCallItem[];
}

/** Each group of calls is one response of the model; what is said last starts a second turn. */
export async function askedSession(
  { policy, decisions = [], onDenied = "continue", later = [] }: Setting,
  ...responses: FunctionCallItem[][]
): Promise<Course> {
  const course: Course = { ran: [], asked: [], told: [], read: [] };
  const client = new ScriptedClient(
    ...responses,
    [assistantMessage("done")],
    ...later.length > 0 ? [later] : [],
    [assistantMessage("again")],
  );
  const session = openSession(client, { policy, onDenied, ran: course.ran });
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
    if (!isTurnEnd(event)) continue;
    if (turns++ === 0) {
      session.submit({ type: "user_input", items: [{ type: "text", text: "two" }] });
    } else session.submit({ type: "shutdown" });
  }
  await running;
  course.read.push(...outline(client.prompts.at(-1)?.input ?? []));
  return course;
}

export function isTurnEnd({ type }: Event): boolean {
  return type === "turn.completed" || type === "turn.failed" || type === "turn.interrupted";
}

function toldBy(event: Event): string[] {
  if (event.type === "permission.denied") return [`${event.denial.layer}: ${event.denial.need}`];
  if (event.type === "turn.failed") return [`turn.failed ${event.error.info}`];
  return isTurnEnd(event) ? [event.type] : [];
}
