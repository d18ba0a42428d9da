/** The `Host` of tools: what may be done is decided here, and done by a process that is held to it. */

import { withTempDir } from "../policy/open_path.ts";
import type { Confinement } from "../protocol/confinement.ts";
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
import type { HostFacts } from "./host_connection.ts";
import type { LevelReport, Runner } from "./host_pool.ts";
import { toldOfDenial } from "./own_permissions.ts";
import { orchestrate, permitMore, permitPatch, withDenial } from "./orchestrator.ts";
import { openRunner, placesIn, prepareTurn, type RunnerOptions } from "./runner.ts";

export interface HostOptions extends RunnerOptions {
  readonly codexHome?: string;
  /** Those that the session has begun with. */
  readonly places?: ConfinementPlaces;
  /** For what commands write. The host process is told of no secret: it is done here. */
  readonly redactor?: Redactor;
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

/** `runner` does the work; one of its own where absent. */
export function createHost(
  options: HostOptions,
  runner: Runner = openRunner(options),
): ClosableHost {
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
    prepare: (turn) => prepareTurn(runner, turn, deps.places),
    facts: async (turn) => await runner.facts(await confinementOf(turn, deps.places)),
    close: () => runner.close(),
  };
}

interface Deps {
  readonly runner: Runner;
  readonly places: ConfinementPlaces;
  readonly tempDir: string | undefined;
  readonly inProcess: boolean;
  /** What confines a call: the turn's policy and what the turn was granted. */
  forCall(ctx: ToolContext): {
    confine(extra?: RequestedPermissions): Promise<Confinement>;
    resolve(permissions: RequestedPermissions): Promise<ResolvedGrants>;
  };
  redacted<T extends ExecOutput | ProcessOutput>(result: T): T;
}

function depsOf(
  runner: Runner,
  { environment, codexHome, places = placesIn(environment, codexHome), ...options }: HostOptions,
): Deps {
  const { tempDir, redactor, inProcess = false } = options;
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
    inProcess,
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

function filesOf({ runner, forCall, tempDir, inProcess }: Deps): Files {
  async function inside<M extends "files.readBytes" | "files.list" | "files.search">(
    method: M,
    params: readonly unknown[],
    caller: ToolContext,
  ) {
    return await runner.call(await forCall(caller).confine(), { method, params, caller });
  }
  async function apply(changes: readonly FileChange[], caller: ToolContext): Promise<void> {
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
  }
  return {
    readBytes: (path, ctx) => inside("files.readBytes", [path], ctx),
    list: (path, depth, ctx) => inside("files.list", [path, depth], ctx),
    search: (request, ctx) => inside("files.search", [{ ...request, cwd: ctx.turn.cwd }], ctx),
    apply: async (changes, ctx) => {
      await apply(changes, ctx).catch((error) => {
        throw inProcess ? toldOfDenial(error, ctx) : error;
      });
    },
  };
}

/** Where a change goes does not depend on what it writes. */
function withoutContent(change: FileChange): FileChange {
  return change.type === "delete" ? change : { ...change, content: new Uint8Array() };
}
