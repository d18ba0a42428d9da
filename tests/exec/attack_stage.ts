/** What attacks aim at: a workspace with a repository, a folder beside it, processes, listeners. */

import { addressOf, bytesOf, openLibc } from "../../src/exec/libc.ts";
import type { Targets } from "./attacks.ts";

export interface AttackStage extends AsyncDisposable {
  /** The workspace. */
  readonly work: string;
  readonly tempDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What must not change, each path with all that can be seen of it. */
  look(): Promise<ReadonlyMap<string, string>>;
  layOutside(): Promise<void>;
}

const PROBE = new URL("./attack_probe.ts", import.meta.url).pathname;
const EVIL_LIBRARY = `#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void load(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/preloaded", getenv("OUTSIDE"));
  FILE *file = fopen(path, "w");
  if (file) fclose(file);
}
`;

export async function openStage(): Promise<AttackStage> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex stage é " }));
  const [work, outside, tempDir] = [`${root}/work`, `${root}/out`, `${root}/tmp`];
  const layOutside = (): Promise<void> => lay(outside);
  await layOutside();
  await Deno.mkdir(tempDir);
  await layWork(work, outside);
  const victim = startVictim();
  const listeners = await openListeners(root);
  return {
    work,
    tempDir,
    environment: {
      ...surroundings(),
      PROVIDER_KEY: "sk-attack",
      OUTSIDE: outside,
      FRONT_PID: String(Deno.pid),
      VICTIM_PID: String(victim.pid),
      ...listeners.targets,
      PROBE: `${Deno.execPath()} run --quiet --no-prompt --no-config --no-lock -A ${PROBE}`,
      EVIL_LIBRARY: await buildLibrary(root),
    } satisfies Targets & Record<string, string>,
    layOutside,
    look: () => look([outside, `${work}/.git`, `${work}/.codex`, `${work}/.agents`, `${work}/nowhere`]),
    async [Symbol.asyncDispose](): Promise<void> {
      victim.kill("SIGKILL");
      await victim.status;
      listeners.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** Names with a blank would need quotes in every script. */
function lay(outside: string): Promise<void> {
  return Promise.resolve(outside).then(() => {});
}
