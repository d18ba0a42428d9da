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

/** What may not change below the workspace; `nowhere` is where a link leads. */
const CLOSED = [".git", ".codex", ".agents"];

export async function openStage(): Promise<AttackStage> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex stage é " }));
  const [work, outside, tempDir] = [`${root}/work`, `${root}/out`, `${root}/tmp`];
  await Deno.mkdir(tempDir);
  await layOutside(outside);
  await layWork(work, outside);
  const victim = startVictim();
  const listeners = openListeners(root);
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
      PROBE: await writeProbe(root),
      EVIL_LIBRARY: await buildLibrary(root),
    } satisfies Targets & Record<string, string>,
    layOutside: () => layOutside(outside),
    look: () => look([outside, ...CLOSED.map((name) => `${work}/${name}`)]),
    async [Symbol.asyncDispose](): Promise<void> {
      victim.kill("SIGKILL");
      await victim.status;
      listeners.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** Its names hold what careless quoting breaks at. */
async function layOutside(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/secret`, "untouched\n", { mode: 0o644 });
}

async function layWork(work: string, outside: string): Promise<void> {
  await Deno.mkdir(`${work}/.git/hooks`, { recursive: true });
  await Deno.writeTextFile(`${work}/.git/HEAD`, "ref: refs/heads/main\n");
  await Deno.writeTextFile(`${work}/.git/config`, "[core]\n\tbare = false\n", { mode: 0o644 });
  await Deno.symlink(outside, `${work}/link_out`);
}

function startVictim(): Deno.ChildProcess {
  return new Deno.Command("/bin/sleep", { args: ["600"], stdin: "null" }).spawn();
}

/** All that the runtime and scripts need, and no more of ours. */
function surroundings(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR"];
  const kept = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => !!entry[1]));
}

interface Listeners {
  readonly targets: Pick<Targets, "TCP4" | "TCP6" | "UDP4" | "UNIX" | "ABSTRACT">;
  close(): void;
}

function openListeners(root: string): Listeners {
  const tcp4 = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const tcp6 = Deno.listen({ hostname: "::1", port: 0 });
  const path = `${root}/socket`;
  const unix = Deno.listen({ transport: "unix", path });
  const name = `decodex-${crypto.randomUUID()}`;
  const abstract = listenOnName(name);
  return {
    targets: {
      TCP4: String(portOf(tcp4)),
      TCP6: String(portOf(tcp6)),
      // Nobody has to listen to be sent to.
      UDP4: String(portOf(tcp4)),
      UNIX: path,
      ABSTRACT: name,
    },
    close() {
      for (const each of [tcp4, tcp6, unix]) each.close();
      abstract();
    },
  };
}

function portOf({ addr }: Deno.Listener): number {
  return addr.transport === "tcp" ? addr.port : 0;
}

/** Deno has no names for sockets without a file. Gives what closes it. */
function listenOnName(name: string): () => void {
  const libc = openLibc();
  if (!libc) throw new Error("no C library");
  const [socket, bind, listen] = Deno.build.arch === "x86_64"
    ? [41n, 49n, 50n]
    : [198n, 200n, 201n];
  const address = bytesOf(3 + name.length);
  address[0] = 1;
  address.set(new TextEncoder().encode(name), 3);
  const fd = libc.syscall(socket, 1n, 1n, 0n, 0n);
  libc.syscall(bind, fd, addressOf(address), BigInt(address.length), 0n);
  if (libc.syscall(listen, fd, 8n, 0n, 0n) !== 0n) throw new Error("cannot listen on a name");
  return () => void libc.close(Number(fd));
}

/** One word that runs the probe. */
async function writeProbe(root: string): Promise<string> {
  const path = `${root}/probe`;
  const flags = "run --quiet --no-prompt --no-config --no-lock -A";
  await Deno.writeTextFile(
    path,
    `#!/bin/sh\nexec '${Deno.execPath()}' ${flags} '${PROBE}' "$@"\n`,
    { mode: 0o755 },
  );
  return path;
}

/** Absent without a compiler: then the path leads nowhere. */
async function buildLibrary(root: string): Promise<string> {
  const path = `${root}/evil.so`;
  await Deno.writeTextFile(`${root}/evil.c`, EVIL_LIBRARY);
  await new Deno.Command("gcc", {
    args: ["-shared", "-fPIC", "-o", path, `${root}/evil.c`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output().catch(() => {});
  return path;
}

async function look(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  const waiting = [...paths];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const info = await Deno.lstat(path).catch(() => undefined);
    if (!info) continue;
    const content = info.isFile ? await Deno.readTextFile(path).catch(() => "unreadable") : "";
    const target = info.isSymlink ? await Deno.readLink(path) : "";
    const isOld = info.isFile && Number(info.mtime) < Date.UTC(2002);
    const kind = info.isDirectory ? "folder" : info.isFile ? "file" : "other";
    seen.set(path, [kind, info.mode, info.uid, content, target, isOld].join(" "));
    if (!info.isDirectory) continue;
    for await (const { name } of Deno.readDir(path)) waiting.push(`${path}/${name}`);
  }
  return seen;
}
