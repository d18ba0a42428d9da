/** The host, loaded when the first tool reaches for it: most often while the model is thinking. */

import type { ClosableHost, HostOptions } from "../exec/host.ts";

export type LazyHost = ClosableHost;

/** `options` is asked then, and once. */
export function lazyHost(options: () => Promise<HostOptions>): LazyHost {
  let loading: Promise<ClosableHost> | undefined;
  const host = () => loading ??= load(options);
  return {
    exec: async (request, ctx) => await (await host()).exec(request, ctx),
    requestPermissions: async (request, ctx) =>
      await (await host()).requestPermissions(request, ctx),
    processes: {
      start: async (request, ctx) => await (await host()).processes.start(request, ctx),
      write: async (request, ctx) => await (await host()).processes.write(request, ctx),
    },
    files: {
      readBytes: async (path, ctx) => await (await host()).files.readBytes(path, ctx),
      list: async (path, depth, ctx) => await (await host()).files.list(path, depth, ctx),
      search: async (request, ctx) => await (await host()).files.search(request, ctx),
      apply: async (changes, ctx) => await (await host()).files.apply(changes, ctx),
    },
    prepare: async (turn) => await (await host()).prepare(turn),
    facts: async (turn) => await (await host()).facts(turn),
    close: async () => await (await loading)?.close(),
  };
}

async function load(options: () => Promise<HostOptions>): Promise<ClosableHost> {
  const { createHost } = await import("../exec/host.ts");
  return createHost(await options());
}
