/** The `Host` of tools: what may be done is decided here, and done by a process that is held to it. */

import { withTempDir } from "../policy/open_path.ts";
import type { Confinement, SandboxLevel } from "../protocol/confinement.ts";
import type { ShellEnvironmentPolicy } from "../protocol/environment.ts";
import { ToolError } from "../protocol/error.ts";
import type {
  ExecOutput,
  FileChange,
  Files,
  Host,
  Processes,
  ProcessOutput,
} from "../protocol/host.ts";
import type { RequestedPermissions } from "../protocol/policy.ts";
import type { Redactor } from "../protocol/redact.ts";
import type { ToolContext, TurnContext } from "../protocol/tool.ts";
import {
  confinementOf,
  type ConfinementPlaces,
  type ResolvedGrants,
  resolveGrants,
} from "./confinements.ts";
import { commandEnvironment } from "./environment.ts";
import type { HostFacts } from "./host_connection.ts";
import { HostPool, type LevelReport, type PoolOptions, type Runner } from "./host_pool.ts";
import { orchestrate, permitMore, permitPatch, withDenial } from "./orchestrator.ts";
import type { Reaper } from "./reaper.ts";

export interface HostOptions {
  /** Our own environment, before the policy. */
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentPolicy: ShellEnvironmentPolicy;
  /** The provider's keys: no command sees them, whatever the policy says. */
  readonly secretNames: readonly string[];
  readonly threadId: string;
  /** Commands' TMPDIR, where long outputs are kept as well; the system's own place where absent. */
  readonly tempDir?: string;
  readonly codexHome?: string;
  /** `auto` where absent. */
  readonly sandboxLevel?: SandboxLevel | "auto";
  /** No process is started: for tools that run no command. */
  readonly inProcess?: boolean;
  /** For what commands write. The host process is told of no secret: it is done here. */
  readonly redactor?: Redactor;
  /** Clears up where this process is killed. */
  readonly reaper?: Reaper;
  /** Hears of each process that was started for the work. */
  readonly onSpawn?: () => void;
}

export interface ClosableHost extends Host {
  /** What holds the calls of a turn; what does the work is started for it. */
  prepare(turn: Pick<TurnContext, "cwd" | "sandboxPolicy">): Promise<LevelReport>;
  /** Of the process that does the work; absent where that is this one. */
  facts(turn: Pick<TurnContext, "cwd" | "sandboxPolicy">): Promise<HostFacts | undefined>;
  /** Ends every process, also those left in the background, and removes kept outputs. */
  close(): Promise<void>;
}

const SMALLEST_ID = 1000;
const LARGEST_ID = 99_999;

export function createHost(options: HostOptions): ClosableHost {
  const runner = runnerOf(options);
  const deps = depsOf(runner, options);
  return {
    exec: (request, ctx) =>
      orchestrate(request, ctx, {
        ...deps.forCall(ctx),
        run: async (confinement) => {
          const call = { method: "exec", params: [request], caller: ctx } as const;
          return deps.redacted(await runner.call(confinement, call));
        },
      }),
    requestPermissions: (request, ctx) => permitMore(request, ctx, deps.forCall(ctx)),
    processes: processesOf(deps),
    files: filesOf(deps),
    prepare: async (turn) => await runner.prepare(await confinementOf(turn, deps.places)),
    facts: async (turn) => await runner.facts(await confinementOf(turn, deps.places)),
    close: () => runner.close(),
  };
}

interface Deps {
  readonly runner: Runner;
  readonly places: ConfinementPlaces;
  readonly tempDir: string | undefined;
  /** What confines a call: the turn's policy and what the turn was granted. */
  forCall(ctx: ToolContext): {
    confine(extra?: RequestedPermissions): Promise<Confinement>;
    resolve(permissions: RequestedPermissions): Promise<ResolvedGrants>;
  };
  redacted<T extends ExecOutput | ProcessOutput>(result: T): T;
}

function depsOf(
  runner: Runner,
  { environment, codexHome, tempDir, redactor }: HostOptions,
): Deps {
  const places = { tmpdir: environment["TMPDIR"], codexHome };
  /** A turn that is granted nothing keeps what it began with: finding it out takes many looks. */
  const ofTurns = new WeakMap<TurnContext, Promise<Confinement>>();
  const ofTurn = (turn: TurnContext): Promise<Confinement> => {
    const known = ofTurns.get(turn) ?? confinementOf(turn, places);
    ofTurns.set(turn, known);
    return known;
  };
  return {
    runner,
    places,
    tempDir,
    forCall: ({ turn, rights }) => ({
      confine: (extra = {}) => {
        const granted = [rights.granted, extra];
        return granted.every(isEmpty) ? ofTurn(turn) : confinementOf(turn, { ...places, granted });
      },
      resolve: (permissions) => Promise.resolve(resolveGrants(permissions, places)),
    }),
    // Tools cut long outputs, and half of a secret is found by nobody.
    redacted: (result) => redactor?.data(result) ?? result,
  };
}

function isEmpty(permissions: RequestedPermissions): boolean {
  return Object.keys(permissions).length === 0;
}

function runnerOf(options: HostOptions): Runner {
  const { environment: own, environmentPolicy: policy, secretNames, threadId, tempDir } = options;
  const environment = {
    ...commandEnvironment({ environment: own, policy, secretNames, threadId }),
    ...tempDir !== undefined && { TMPDIR: tempDir },
  };
  const common = { environment, ...tempDir !== undefined && { tempDir } };
  if (options.inProcess) return inThisProcess(common);
  return new HostPool({
    ...common,
    ownEnvironment: ownEnvironment(own),
    wantedLevel: options.sandboxLevel ?? "auto",
    ...options.reaper && { reaper: options.reaper },
    ...options.onSpawn && { onSpawn: options.onSpawn },
  });
}

/** Most runs need nothing of it. */
function inThisProcess(options: Pick<PoolOptions, "environment" | "tempDir">): Runner {
  let loading: Promise<Runner> | undefined;
  const runner = () =>
    loading ??= import("./in_process.ts").then(({ InProcessRunner }) =>
      new InProcessRunner(options)
    );
  return {
    call: async (confinement, call) => await (await runner()).call(confinement, call),
    prepare: async (confinement) => await (await runner()).prepare(confinement),
    facts: async (confinement) => await (await runner()).facts(confinement),
    close: async () => await (await loading)?.close(),
  };
}

/** Where Deno finds its cache, and programs are found; nothing that tells or steers anything. */
const OWN: readonly string[] = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "SYSTEMROOT"];

function ownEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => OWN.includes(name));
  return { ...Object.fromEntries(kept), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
}

function processesOf({ runner, forCall, redacted }: Deps): Processes {
  /** Under which confinement each process runs. Ids are not given twice. */
  const sessions = new Map<number, Confinement>();
  return {
    start: (request, ctx) =>
      orchestrate(request, ctx, {
        ...forCall(ctx),
        run: async (confinement) => {
          const sessionId = newId(sessions);
          sessions.set(sessionId, confinement);
          const params = [{ ...request, sessionId }];
          const caller = ctx;
          const method = "processes.start" as const;
          return redacted(await runner.call(confinement, { method, params, caller }));
        },
      }),
    write: async (request, ctx) => {
      const { sessionId } = request;
      const confinement = sessions.get(sessionId);
      if (!confinement) throw new ToolError(`write_stdin failed: Unknown process id ${sessionId}`);
      const method = "processes.write" as const;
      const result = await runner.call(confinement, { method, params: [request], caller: ctx });
      return withDenial(redacted(result), { confinement, ctx });
    },
  };
}

function newId(taken: ReadonlyMap<number, unknown>): number {
  const range = LARGEST_ID - SMALLEST_ID + 1;
  while (true) {
    const id = SMALLEST_ID + (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % range;
    if (!taken.has(id)) return id;
  }
}

function filesOf({ runner, forCall, tempDir }: Deps): Files {
  async function inside<M extends "files.readBytes" | "files.list" | "files.search">(
    method: M,
    params: readonly unknown[],
    caller: ToolContext,
  ) {
    return await runner.call(await forCall(caller).confine(), { method, params, caller });
  }
  return {
    readBytes: (path, ctx) => inside("files.readBytes", [path], ctx),
    list: (path, depth, ctx) => inside("files.list", [path, depth], ctx),
    search: (request, ctx) => inside("files.search", [{ ...request, cwd: ctx.turn.cwd }], ctx),
    apply: async (changes, caller) => {
      const confinement = await forCall(caller).confine();
      const paths = await runner.call(confinement, {
        method: "files.plan",
        params: [changes.map(withoutContent)],
        caller,
      });
      const open = withTempDir(confinement, tempDir);
      const outside = await permitPatch(paths, { confinement: open, ctx: caller });
      const method = "files.apply" as const;
      // What was permitted are these paths, wherever the changes' own may lead by then.
      await runner.call(outside ?? confinement, { method, params: [changes, paths], caller });
    },
  };
}

/** Where a change goes does not depend on what it writes. */
function withoutContent(change: FileChange): FileChange {
  return change.type === "delete" ? change : { ...change, content: new Uint8Array() };
}
