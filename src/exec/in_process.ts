/** The work of calls in this very process, for where no other one may be started. */

import type { Confinement } from "../protocol/confinement.ts";
import type { Caller, HostFacts } from "./host_connection.ts";
import { type Method, type MethodResult, parseResult } from "./host_answer.ts";
import type { LevelReport, PoolOptions, Runner } from "./host_pool.ts";
import { createLocalHost, type LocalHost } from "./local_host.ts";
import { perform } from "./perform.ts";

/** Nothing but the path policy holds its calls: it is for tools that start no command. */
export class InProcessRunner implements Runner {
  readonly #options: Pick<PoolOptions, "environment" | "tempDir">;
  readonly #hosts = new Map<string, LocalHost>();

  constructor(options: Pick<PoolOptions, "environment" | "tempDir">) {
    this.#options = options;
  }

  async call<M extends Method>(
    confinement: Confinement,
    { method, params, caller }: { method: M; params: readonly unknown[]; caller: Caller },
  ): Promise<MethodResult<M>> {
    const host = this.#get(confinement);
    return parseResult(method, await perform(host, { method, params, call: caller }));
  }

  prepare(): Promise<LevelReport> {
    return Promise.resolve({ level: "none", faults: [] });
  }

  facts(): Promise<HostFacts | undefined> {
    return Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }

  #get(confinement: Confinement): LocalHost {
    const key = JSON.stringify(confinement);
    const host = this.#hosts.get(key) ?? createLocalHost({ ...this.#options, confinement });
    this.#hosts.set(key, host);
    return host;
  }
}
