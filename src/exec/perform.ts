/** A call's method by name: what the host process does for the front, or the front for itself. */

import type { ExecRequest, FileChange, ProcessWrite } from "../protocol/host.ts";
import type { HostCall } from "./host_call.ts";
import type { Method } from "./host_answer.ts";
import type { AskRequest, LocalHost, StartRequest } from "./local_host.ts";
import type { Snapshot } from "./sandbox/protected_look.ts";
import { putBackAll } from "./sandbox/put_back.ts";
import type { LocalSearch } from "./search.ts";

export interface MethodCall {
  readonly method: Method;
  readonly params: readonly unknown[];
  readonly call: HostCall;
}

/** The parameters are those of the method: both ends are the same program. */
export async function perform(
  host: LocalHost,
  { method, params, call }: MethodCall,
): Promise<unknown> {
  const [first, second] = params;
  switch (method) {
    case "exec":
      return await host.exec(first as ExecRequest, call);
    case "ask":
      return await host.ask(first as AskRequest, call);
    case "processes.start":
      return await host.processes.start(first as StartRequest, call);
    case "processes.write":
      return await host.processes.write(first as ProcessWrite, call);
    case "files.readBytes":
      return await host.files.readBytes(first as string, call);
    case "files.list":
      return await host.files.list(first as string, second as number, call);
    case "files.search":
      return await host.files.search(first as LocalSearch, call);
    case "files.plan":
      return await host.files.plan(first as FileChange[]);
    case "files.apply":
      return await host.files.apply(first as FileChange[], second as string[], call);
    case "protected.putBack":
      return putBackAll(first as Snapshot);
  }
}
