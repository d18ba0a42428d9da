/** One session on a stage, at one level: attacks are made in it and their traces looked for. */

import type { LevelReport } from "../../src/exec/host_pool.ts";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import { errorMessage } from "../../src/protocol/error.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import type { CallAttack } from "./attack_calls.ts";
import { layRace, MOST_TRIES, RACE } from "./attack_race.ts";
import { type AttackStage, PLACEHOLDER } from "./attack_stage.ts";
import type { Attack } from "./attack.ts";
import { type TestContext, until, Workspace } from "./workspace.ts";

export interface AttackResult {
  readonly type: "command" | "call" | "race";
  readonly name: string;
  /** Whether the command ran inside; of a call, whether a harmless patch was made just before. */
  readonly ran: boolean;
  /** Whether it says that it worked. */
  readonly succeeded: boolean;
  /** What has changed that may not change, once it has ended. */
  readonly changed: readonly string[];
  readonly output: string;
}

const RACE_TRIES = 300;
const X = new TextEncoder().encode("x\n");

export class AttackSession {
  readonly #stage: AttackStage;
  readonly #workspace: Workspace;
  readonly #context: TestContext;
  /** Before the attack. */
  #before: ReadonlyMap<string, string> = new Map();

  constructor(level: SandboxLevel, stage: AttackStage) {
    this.#stage = stage;
    this.#workspace = new Workspace({
      inProcess: false,
      sandboxLevel: level,
      environment: stage.environment,
      secretNames: ["PROVIDER_KEY"],
      tempDir: stage.tempDir,
      codexHome: stage.homeLink,
    });
    const sandboxPolicy: SandboxPolicy = {
      type: "workspace-write",
      writable_roots: [...stage.roots],
      network_access: false,
      exclude_tmpdir_env_var: true,
      exclude_slash_tmp: true,
    };
    this.#context = this.#workspace.context({ cwd: stage.work, sandboxPolicy });
  }

  async prepare(): Promise<LevelReport> {
    const report = await this.#workspace.host.prepare(this.#context.turn);
    this.#before = await this.#look();
    return report;
  }

  async tryCommand({ name, script, workdir }: Attack): Promise<AttackResult> {
    const { work, outside } = this.#stage;
    const mark = `${work}/ran`;
    await Deno.remove(mark).catch(() => {});
    const attempt = async (): Promise<string> => {
      const { exitCode, output } = await this.#workspace.host.exec({
        command: ["/bin/sh", "-c", `: > '${mark}'\n${script}`],
        cwd: workdir ? outside : work,
        timeoutMs: 20_000,
      }, this.#context);
      if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${output}`);
      return output;
    };
    const outcome = await outcomeOf(attempt);
    const ran = await exists(mark);
    return { type: "command", name, ran, ...outcome, changed: await this.#changes() };
  }

  async tryCall({ name, call }: CallAttack): Promise<AttackResult> {
    const { files } = this.#workspace.host;
    const harmless = `${this.#stage.work}/made`;
    await files.apply([{ type: "add", path: harmless, content: X }], this.#context);
    const ran = await exists(harmless);
    await Deno.remove(harmless);
    const attempt = async (): Promise<string> => {
      if (call.type === "patch") {
        await files.apply(call.changes(this.#stage), this.#context);
        return "";
      }
      const place = call.path.replace("PID", String(Deno.pid));
      const path = place.startsWith("/") ? place : `${this.#stage.work}/${place}`;
      const search = { pattern: ".", path, limit: 10 };
      const found = call.type === "read"
        ? await files.readBytes(path, this.#context)
        : call.type === "list"
        ? await files.list(path, 1, this.#context)
        : await files.search(search, this.#context);
      return `${found.length} found`;
    };
    return { type: "call", name, ran, ...await outcomeOf(attempt), changed: await this.#changes() };
  }

  /** Patches go where a command exchanges a folder and a link all the time. */
  async race(): Promise<AttackResult> {
    const { host } = this.#workspace;
    const { folder, command, begun, stop } = await layRace(this.#stage);
    const request = { command, cwd: this.#stage.work, tty: true, yieldTimeMs: 1 };
    await host.processes.start(request, this.#context);
    await until(begun);
    let made = 0;
    let n = 0;
    // One at least has to find the folder in its place.
    for (; n < RACE_TRIES || made === 0 && n < MOST_TRIES; n++) {
      const change = { type: "add", path: `${folder}/${n}`, content: X } as const;
      const attempt = async () => {
        await host.files.apply([change], this.#context);
        return "";
      };
      if ((await outcomeOf(attempt)).succeeded) made++;
    }
    await stop();
    const changed = await this.#changes();
    const output = `${made} of ${n} patches were made`;
    return { type: "race", name: RACE, ran: made > 0, succeeded: false, changed, output };
  }

  async close(): Promise<void> {
    await this.#workspace[Symbol.asyncDispose]();
  }

  /** Put right again, as far as it is the stage's to do so. */
  async #changes(): Promise<string[]> {
    const after = await this.#look();
    const changed = differences(this.#before, after);
    if (changed.some((path) => path.startsWith(this.#stage.outside))) {
      await this.#stage.layOutside();
    }
    // What has not been put right is told of once.
    if (changed.length > 0) this.#before = await this.#look();
    return changed;
  }

  /** Without what comes and goes with a host process. */
  async #look(): Promise<ReadonlyMap<string, string>> {
    const all = await this.#stage.look();
    return new Map([...all].filter(([, seen]) => !seen.startsWith(PLACEHOLDER)));
  }
}

async function outcomeOf(
  attempt: () => Promise<string>,
): Promise<Pick<AttackResult, "succeeded" | "output">> {
  try {
    return { succeeded: true, output: await attempt() };
  } catch (error) {
    return { succeeded: false, output: errorMessage(error) };
  }
}

export function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
