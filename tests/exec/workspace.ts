/** A host over a temporary folder, and the context of a call, for the tests of this folder. */

import { type ClosableHost, createHost, type HostOptions } from "../../src/exec/host.ts";
import type { ShellEnvironmentPolicy } from "../../src/protocol/environment.ts";
import type { ThreadItemDetails } from "../../src/protocol/event.ts";
import type { ModelInfo } from "../../src/protocol/model_info.ts";
import type {
  ApprovalRequest,
  Denial,
  RequestedPermissions,
  ReviewDecision,
  SandboxPolicy,
} from "../../src/protocol/policy.ts";
import type { ToolContext, TurnContext } from "../../src/protocol/tool.ts";

export { until } from "../support/until.ts";

export const PLAIN_POLICY: ShellEnvironmentPolicy = {
  inherit: "all",
  ignore_default_excludes: true,
  exclude: [],
  include_only: [],
  set: {},
};

/** What may be written is the folder that the turn works in. */
export const FOLDER_ALONE: SandboxPolicy = {
  type: "workspace-write",
  writable_roots: [],
  network_access: false,
  exclude_tmpdir_env_var: true,
  exclude_slash_tmp: true,
};

const MODEL: ModelInfo = {
  slug: "test-model",
  known: false,
  contextWindow: 1000,
  effectiveContextWindowPercent: 95,
  autoCompactTokenLimit: 900,
  truncation: { mode: "bytes", limit: 10_000 },
  shellType: "default",
  applyPatch: "freeform",
  supportsParallelToolCalls: false,
  webSearch: "text",
  experimentalTools: [],
};

export interface TestContext extends ToolContext {
  readonly reported: [ThreadItemDetails, string | undefined][];
  readonly asked: ApprovalRequest[];
  readonly denied: Denial[];
}

export class Workspace {
  readonly path: string;
  readonly spoolParent: string;
  readonly host: ClosableHost;

  constructor({ path, ...options }: Partial<HostOptions> & { path?: string } = {}) {
    this.path = path ?? Deno.realPathSync(Deno.makeTempDirSync());
    this.spoolParent = Deno.realPathSync(Deno.makeTempDirSync());
    this.host = createHost({
      environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
      environmentPolicy: PLAIN_POLICY,
      secretNames: [],
      // What is left of a thread is swept by its id: no test may share one.
      threadId: crypto.randomUUID(),
      tempDir: this.spoolParent,
      inProcess: true,
      ...options,
    });
  }

  context(turn: Partial<TurnContext> & {
    signal?: AbortSignal;
    decision?: ReviewDecision;
    callId?: string;
    granted?: RequestedPermissions;
  } = {}): TestContext {
    const { signal = new AbortController().signal, decision = "denied", callId, ...more } = turn;
    const { granted = {}, ...rest } = more;
    const reported: TestContext["reported"] = [];
    const asked: ApprovalRequest[] = [];
    const denied: Denial[] = [];
    const rights = {
      granted,
      grant: (permissions: RequestedPermissions) => void (rights.granted = permissions),
      deny: (denial: Denial) => void denied.push(denial),
    };
    return {
      callId: callId ?? "call-1",
      signal,
      turn: {
        turnId: "turn-1",
        cwd: this.path,
        model: MODEL,
        approvalPolicy: "never",
        sandboxPolicy: { type: "danger-full-access" },
        collaborationMode: "default",
        ...rest,
      },
      report: (item, itemId) => reported.push([item, itemId]),
      requestApproval: (request) => {
        asked.push(request);
        return Promise.resolve(decision);
      },
      rights,
      reported,
      asked,
      denied,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close();
    await Deno.remove(this.path, { recursive: true });
    await Deno.remove(this.spoolParent, { recursive: true });
  }
}

/** Whether a process runs: one that has ended and waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return !["Z", "X"].includes(stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3));
  } catch {
    return false;
  }
}
