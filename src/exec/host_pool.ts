/** The host processes of a session: one for each way in which calls are confined. */

import {
  type Confinement,
  isConfined,
  type LevelFault,
  type SandboxLevel,
  UNCONFINED,
} from "../protocol/confinement.ts";
import { THREAD_VARIABLE } from "../protocol/environment.ts";
import { errorMessage } from "../protocol/error.ts";
import { GuardedHost } from "./guarded_host.ts";
import type { Caller, HostFacts } from "./host_connection.ts";
import type { Method, MethodResult } from "./host_answer.ts";
import { OwnProgram } from "./own_program.ts";
import type { PermissionName } from "./permissions.ts";
import type { Reaper } from "./reaper.ts";
import { confine, faultOf, levelsFrom } from "./sandbox/mod.ts";
import { parentOf } from "./real_path.ts";
import { searchPath } from "./search_path.ts";
import { type SelfCommand, selfCommand } from "./self_command.ts";
import { settledWithin } from "./wait.ts";

export interface PoolOptions {
  /** What commands see. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the host process itself needs of ours, e.g. where Deno keeps its cache. */
  readonly ownEnvironment: Readonly<Record<string, string>>;
  readonly tempDir?: string;
  readonly wantedLevel: SandboxLevel | "auto";
  readonly readsLoginFiles: boolean;
  readonly reaper?: Reaper;
  readonly onSpawn?: () => void;
}

export interface LevelReport {
  readonly level: SandboxLevel;
  /** Why none of the levels above it. */
  readonly faults: readonly LevelFault[];
}

/** Whatever does the work of calls, under a confinement. */
export interface Runner {
  call<M extends Method>(
    confinement: Confinement,
    call: { method: M; params: readonly unknown[]; caller: Caller },
  ): Promise<MethodResult<M>>;
  /** What holds calls under it; begins to get ready for them. */
  prepare(confinement: Confinement): Promise<LevelReport>;
  facts(confinement: Confinement): Promise<HostFacts | undefined>;
  close(): Promise<void>;
}

/** Under `deno run`; the environment is read by the launcher of Landlock alone. */
const PERMISSIONS: readonly PermissionName[] = ["read", "write", "run", "env", "ffi"];

/** Levels at which this program runs before it is confined, if it is. */
const OUTSIDE: readonly SandboxLevel[] = ["landlock", "none"];

/** Bubblewrap itself is the first process of the machine that a host process sees. */
const NUMBER_INSIDE = 2;

/** A program that goes by the name of bubblewrap may do nothing but start what it is given. */
async function assertInside(level: SandboxLevel, host: GuardedHost): Promise<GuardedHost> {
  if (level !== "bubblewrap" || (await host.facts).pid === NUMBER_INSIDE) return host;
  await host.close();
  throw new Error("bwrap is not bubblewrap: what it started sees all processes");
}

interface Started {
  readonly host: GuardedHost;
  readonly report: LevelReport;
}

export class HostPool implements Runner {
  readonly #options: PoolOptions;
  readonly #started = new Map<string, Promise<Started>>();
  readonly #guarded = new Set<GuardedHost>();
  /** As they were named when the session began. */
  readonly #execPath = Deno.execPath();
  readonly #self: SelfCommand = selfCommand(PERMISSIONS.map((name) => `--allow-${name}`));
  readonly #own = new OwnProgram();
  /** What commands could write so far. */
  readonly #opened = new Set<string>();
  /** Found out once; the machine does not change. */
  #found: LevelReport | undefined;
  #closed = false;
  /** Done before another one is started: it must not take for given what was to be put back. */
  #sweeping: Promise<void> | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async call<M extends Method>(
    confinement: Confinement,
    { method, params, caller }: { method: M; params: readonly unknown[]; caller: Caller },
  ): Promise<MethodResult<M>> {
    let { host } = await this.#get(confinement);
    while (host.isEnding) {
      await settledWithin(host.gone, { ms: Infinity, signal: caller.signal });
      host = (await this.#get(confinement)).host;
    }
    return await host.call(method, params, caller);
  }

  async prepare(confinement: Confinement): Promise<LevelReport> {
    return (await this.#get(confinement)).report;
  }

  async facts(confinement: Confinement): Promise<HostFacts | undefined> {
    return await (await this.#get(confinement)).host.facts;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closing = [...this.#started.values()].map(async (started) => {
      return await (await started.catch(() => undefined))?.host.close() ?? true;
    });
    const ends = await Promise.all(closing);
    await this.#sweeping;
    await this.#options.reaper?.close({ isOrderly: !ends.includes(false) });
  }

  /** What a host process that was killed has left behind, in whatever session of its own. */
  async #sweep(): Promise<void> {
    const mark = `${THREAD_VARIABLE}=${this.#options.environment[THREAD_VARIABLE]}`;
    const sweeper = await this.#launch("none", UNCONFINED, { sweep: mark }).catch(() => undefined);
    await sweeper?.close();
  }

  #get(confinement: Confinement): Promise<Started> {
    if (this.#closed) throw new Error("The session has ended");
    const key = JSON.stringify(confinement);
    const known = this.#started.get(key);
    if (known) return known;
    const started = this.#start(confinement);
    this.#started.set(key, started);
    const forget = (): void => void this.#started.delete(key);
    // One that has gone is followed by a new one, for the next call.
    started.then(async ({ host, report }) => {
      await host.gone;
      forget();
      if (this.#closed) return;
      const before = this.#sweeping;
      const swept = report.level === "bubblewrap" ? undefined : this.#sweep();
      this.#sweeping = Promise.all([before, swept]).then(() => host.settle());
    }, forget);
    return started;
  }

  async #start(confinement: Confinement): Promise<Started> {
    await this.#sweeping;
    if (!isConfined(confinement)) {
      const report: LevelReport = { level: "none", faults: [] };
      return { host: await this.#launch("none", confinement), report };
    }
    if (this.#found) {
      const { level } = this.#found;
      return { host: await this.#launch(level, confinement), report: this.#found };
    }
    const faults: LevelFault[] = [];
    for (const level of levelsFrom(this.#options.wantedLevel)) {
      try {
        const host = await this.#launch(level, confinement);
        this.#found = { level, faults };
        return { host, report: this.#found };
      } catch (error) {
        if (level === "none") throw error;
        faults.push(faultOf(level, errorMessage(error)));
      }
    }
    throw new Error("The host process cannot be started");
  }

  /** Gives where programs are looked for from now on. */
  #open({ writableRoots = [] }: Confinement): string {
    this.#own.note(writableRoots);
    const { tempDir, ownEnvironment: { PATH = "" } } = this.#options;
    for (const root of writableRoots) this.#opened.add(root);
    return searchPath(PATH, [...this.#opened, ...tempDir === undefined ? [] : [tempDir]]);
  }

  async #launch(
    level: SandboxLevel,
    confinement: Confinement,
    { oldBubblewrap = false, sweep: mark }: { oldBubblewrap?: boolean; sweep?: string } = {},
  ): Promise<GuardedHost> {
    const { environment, ownEnvironment, tempDir, reaper, onSpawn: heard } = this.#options;
    const path = this.#open(confinement);
    // Bubblewrap starts what it is told to; this program only what it may, maybe by a name.
    const program = level === "bubblewrap" ? this.#execPath : this.#self.program;
    const self = { ...this.#self, program };
    const PATH = program.includes("/") ? path : `${path}:${parentOf(this.#execPath)}`;
    const { argv, env, watched, sweep } = confine(level, {
      confinement,
      argv: [self.program, ...self.args, "__host"],
      self: [self.program, ...self.args],
      ...tempDir !== undefined && { tempDir },
      oldBubblewrap,
      searchPath: path,
    });
    const hello = {
      environment,
      confinement,
      level,
      readsLoginFiles: this.#options.readsLoginFiles,
      ...mark !== undefined && { sweep: mark },
      ...tempDir !== undefined && { tempDir },
    };
    try {
      const onSpawn = (pid: number): void => {
        reaper?.add(pid);
        heard?.();
      };
      const host = {
        command: argv,
        env: { ...ownEnvironment, PATH, ...env },
        onSpawn,
        verify: () => {
          if (OUTSIDE.includes(level)) this.#own.assertUnchanged();
        },
      };
      const helpsAtOnce = this.#own.isExposed;
      const options = { host, sweep, hello, watched, helpsAtOnce, guarded: this.#guarded };
      return await assertInside(level, await GuardedHost.start(options));
    } catch (error) {
      if (oldBubblewrap || !errorMessage(error).includes("--disable-userns")) throw error;
      return await this.#launch(level, confinement, { oldBubblewrap: true });
    }
  }
}
