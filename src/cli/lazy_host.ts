/** The host, loaded when the first tool reaches for it: most often while the model is thinking. */

import type { ClosableHost } from "../exec/host.ts";

export interface LazyHost extends ClosableHost {
  /** For the next one who needs it. Does not fail. */
  load(): Promise<void>;
}

/** `open` is asked once. */
export function lazyHost(open: () => Promise<ClosableHost>): LazyHost {
  let loading: Promise<ClosableHost> | undefined;
  const host = () => loading ??= open();
  return {
    load: () => host().then(() => {}, () => {}),
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
