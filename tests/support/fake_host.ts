/** A host without a machine: every door fails unless the test gives it. */

import type { Files, Host, Processes } from "../../src/protocol/host.ts";
import type { ThreadItemDetails } from "../../src/protocol/event.ts";
import type { ToolContext } from "../../src/protocol/tool.ts";
import { MODEL } from "./scripted_session.ts";

export interface FakeHost {
  readonly exec?: Host["exec"];
  readonly requestPermissions?: Host["requestPermissions"];
  readonly processes?: Partial<Processes>;
  readonly files?: Partial<Files>;
}

export function fakeHost(doors: FakeHost = {}): Host {
  const closed = () => Promise.reject(new Error("This door is closed"));
  return {
    exec: doors.exec ?? closed,
    requestPermissions: doors.requestPermissions ?? closed,
    processes: { start: closed, write: closed, ...doors.processes },
    files: { readBytes: closed, list: closed, search: closed, apply: closed, ...doors.files },
  };
}

export interface FakeContext extends ToolContext {
  readonly reported: { id: string; item: ThreadItemDetails }[];
}

export function fakeContext(turn: Partial<ToolContext["turn"]> = {}): FakeContext {
  const reported: FakeContext["reported"] = [];
  return {
    callId: "call",
    turn: {
      turnId: "turn",
      cwd: "/w",
      model: MODEL,
      approvalPolicy: "never",
      sandboxPolicy: { type: "danger-full-access" },
      collaborationMode: "default",
      ...turn,
    },
    signal: new AbortController().signal,
    report: (item, id = "call") => reported.push({ id, item }),
    requestApproval: () => Promise.resolve("denied"),
    rights: { granted: {}, grant: () => {}, deny: () => {} },
    reported,
  };
}
