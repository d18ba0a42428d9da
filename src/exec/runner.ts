/** What does the work of calls: host processes, or this very process where none may be started. */

import type { SandboxLevel } from "../protocol/confinement.ts";
import type { ShellEnvironmentPolicy } from "../protocol/environment.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { confinementOf, type ConfinementPlaces } from "./confinements.ts";
import { commandEnvironment } from "./environment.ts";
import { HostPool, type LevelReport, type PoolOptions, type Runner } from "./host_pool.ts";
import { joined } from "./real_path.ts";
import { realPlace } from "./real_place.ts";
import type { Reaper } from "./reaper.ts";

/** Comes in the same piece of the bundle: the first host process waits for both. */
export { Reaper } from "./reaper.ts";

export interface RunnerOptions {
  /** Our own environment, before the policy. */
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentPolicy: ShellEnvironmentPolicy;
  /** The provider's keys: no command sees them, whatever the policy says. */
  readonly secretNames: readonly string[];
  readonly threadId: string;
  /** Commands' TMPDIR, where long outputs are kept as well; the system's own place where absent. */
  readonly tempDir?: string;
  /** `auto` where absent. */
  readonly sandboxLevel?: SandboxLevel | "auto";
  /** No process is started: for tools that run no command. */
  readonly inProcess?: boolean;
  /** Every login shell reads its files, however often they leave the same. */
  readonly readsLoginFiles?: boolean;
  /** Clears up where this process is killed. */
  readonly reaper?: Reaper;
  /** Hears of each process that was started for the work. */
  readonly onSpawn?: () => void;
}

export function openRunner(options: RunnerOptions): Runner {
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
    readsLoginFiles: options.readsLoginFiles ?? false,
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

/** As the user has set them; one for a session. */
export function placesIn(
  environment: Readonly<Record<string, string>>,
  codexHome: string | undefined,
): ConfinementPlaces {
  const homeName = nameOf(codexHome, environment["CODEX_HOME"]);
  return {
    tmpdir: environment["TMPDIR"],
    codexHome,
    ...homeName !== undefined && { homeName },
    known: new Map(),
  };
}

/** Whatever else the variable says does not count. */
function nameOf(home: string | undefined, named: string | undefined): string | undefined {
  if (!named || realPlace(named) !== home) return undefined;
  if (named.startsWith("/")) return named;
  const folder = realPlace(".");
  return folder === undefined ? undefined : joined(folder, named);
}

/** Begins to get ready for the calls of a turn that was granted nothing; gives what confines them. */
export async function prepareTurn(
  runner: Runner,
  turn: Pick<TurnContext, "cwd" | "sandboxPolicy">,
  places: ConfinementPlaces,
): Promise<LevelReport> {
  return await runner.prepare(await confinementOf(turn, places));
}
