/** What attacks aim at: a workspace with repositories, a folder beside it, processes, listeners. */

import { addressOf, bytesOf, openLibc } from "../../src/exec/libc.ts";
import type { Targets } from "./attack.ts";

export interface AttackStage extends AsyncDisposable {
  /** The workspace. */
  readonly work: string;
  /** Further writable roots: a worktree of `shared/store` in the workspace, and folders in that. */
  readonly roots: readonly string[];
  /** A home of decodex, two folders down in the workspace, and a link in the workspace to it. */
  readonly codexHome: string;
  readonly homeLink: string;
  readonly outside: string;
  readonly tempDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What must not change, each path with all that can be seen of it. */
  look(): Promise<ReadonlyMap<string, string>>;
  layOutside(): Promise<void>;
}

/** Beside this file, or beside the bundle of which this file is a part; an executable is told of it. */
const PROBE = Deno.build.standalone ? Deno.env.get("PROBE") : new URL(
  import.meta.url.endsWith(".ts") ? "./attack_probe.ts" : "./attack_probe.js",
  import.meta.url,
).pathname;
const PROBE_DENO = Deno.build.standalone ? Deno.env.get("PROBE_DENO") : Deno.execPath();
const EVIL_LIBRARY = `#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void load(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/preloaded", getenv("OUTSIDE"));
  FILE *file = fopen(path, "w");
  if (file) fclose(file);
}
`;

/** What may not change below the workspace. */
const CLOSED = [
  ...[".git", ".codex", ".agents", "nested/.git", "nested/.codex", "nested/.agents"],
  ...["shared/store", "deep/home/codex", "linked/.codex", "nowhere"],
  ...["super/.git/modules/sub", "super/sub/.git", "home", "early/.git", "missing/x"],
];

/** What every stage has in common. */
export interface AttackTools extends AsyncDisposable {
  readonly environment: Pick<Targets, "PROBE" | "EVIL_LIBRARY">;
}

export async function buildTools(): Promise<AttackTools> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_tools_" }));
  return {
    environment: { PROBE: await writeProbe(folder), EVIL_LIBRARY: await buildLibrary(folder) },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

export async function openStage(tools: AttackTools): Promise<AttackStage> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex stage é " }));
  const [work, outside, tempDir] = [`${root}/work`, `${root}/out`, `${root}/tmp`];
  const tree = `${root}/tree`;
  await Deno.mkdir(tempDir);
  await layOutside(outside);
  await layWork(work, outside);
  await layTree(tree, `${work}/shared/store`);
  const victim = startVictim();
  const listeners = openListeners(root);
  return {
    work,
    roots: [tree, `${work}/nested`, `${work}/linked`, `${work}/super/sub`, `${work}/early`],
    codexHome: `${work}/deep/home/codex`,
    homeLink: `${work}/home`,
    outside,
    tempDir,
    environment: {
      ...surroundings(),
      PROVIDER_KEY: "sk-attack",
      OUTSIDE: outside,
      TREE: tree,
      FRONT_PID: String(Deno.pid),
      VICTIM_PID: String(victim.pid),
      ...listeners.targets,
      ...tools.environment,
    } satisfies Targets & Record<string, string>,
    layOutside: () => layOutside(outside),
    look: () => look([outside, `${tree}/.git`, ...CLOSED.map((name) => `${work}/${name}`)]),
    async [Symbol.asyncDispose](): Promise<void> {
      end(victim.pid);
      await victim.status;
      listeners.close();
      // Some attacks close their folders.
      await new Deno.Command("chmod", { args: ["-R", "u+rwX", root], stderr: "null" }).output();
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
  await Deno.symlink(`${outside}/secret`, `${work}/file_out`);
  await Deno.symlink("/proc/self/environ", `${work}/environ_out`);
  await Deno.mkdir(`${work}/nested`);
  await Deno.mkdir(`${work}/linked`);
  await Deno.symlink("../nowhere", `${work}/linked/.codex`);
  await Deno.symlink("deep/home/codex", `${work}/home`);
  await laySubmodule(`${work}/super`);
  await Deno.mkdir(`${work}/early`);
  await Deno.writeTextFile(`${work}/early/.git`, "gitdir: ../missing/x\n");
  await Deno.mkdir(`${work}/deep/home/codex`, { recursive: true });
  await Deno.writeTextFile(`${work}/deep/own`, "own\n");
  await Deno.writeTextFile(`${work}/deep/home/codex/config.toml`, 'model = "m"\n');
}

/** A worktree whose repository lies in another root. */
async function layTree(tree: string, store: string): Promise<void> {
  await Deno.mkdir(`${store}/worktrees/tree`, { recursive: true });
  await Deno.writeTextFile(`${store}/worktrees/tree/commondir`, "../..\n");
  await Deno.writeTextFile(`${store}/config`, "[core]\n\tbare = true\n");
  await Deno.mkdir(tree);
  await Deno.writeTextFile(`${tree}/.git`, `gitdir: ${store}/worktrees/tree\n`);
}

async function laySubmodule(parent: string): Promise<void> {
  await Deno.mkdir(`${parent}/.git/modules/sub/hooks`, { recursive: true });
  await Deno.writeTextFile(`${parent}/.git/modules/sub/config`, "[core]\n\tbare = false\n");
  await Deno.mkdir(`${parent}/sub`);
  await Deno.writeTextFile(`${parent}/sub/.git`, "gitdir: ../.git/modules/sub\n");
}

/** Freely: exit code 0 says that the script worked. */
export async function runScript(
  script: string,
  { work, environment }: Pick<AttackStage, "work" | "environment">,
): Promise<boolean> {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", script],
    cwd: work,
    env: { ...environment },
    clearEnv: true,
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const { success } = await child.status;
  end(-child.pid);
  return success;
}

function startVictim(): Deno.ChildProcess {
  return new Deno.Command("/bin/sleep", { args: ["120"], stdin: "null" }).spawn();
}

/** Where it has not ended by itself, or by an attack. */
function end(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** All that the runtime and scripts need, and no more of ours. */
function surroundings(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR"];
  const kept = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => !!entry[1]));
}

interface Listeners {
  readonly targets: Pick<Targets, "TCP4" | "TCP6" | "UDP4" | "UNIX" | "DATAGRAMS" | "ABSTRACT">;
  close(): void;
}

function openListeners(root: string): Listeners {
  const tcp4 = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const tcp6 = listenOnSix();
  const path = `${root}/socket`;
  const unix = Deno.listen({ transport: "unix", path });
  const name = `decodex-${crypto.randomUUID()}`;
  const closers = [bindSocket(`\0${name}`, STREAM), bindSocket(`${root}/datagrams`, DATAGRAM)];
  return {
    targets: {
      TCP4: String(portOf(tcp4)),
      TCP6: String(tcp6 ? portOf(tcp6) : 0),
      // Nobody has to listen to be sent to.
      UDP4: String(portOf(tcp4)),
      UNIX: path,
      DATAGRAMS: `${root}/datagrams`,
      ABSTRACT: name,
    },
    close() {
      for (const each of [tcp4, tcp6, unix]) each?.close();
      for (const close of closers) close();
    },
  };
}

/** Absent on a machine without IPv6. */
function listenOnSix(): Deno.TcpListener | undefined {
  try {
    return Deno.listen({ hostname: "::1", port: 0 });
  } catch {
    return undefined;
  }
}

function portOf({ addr }: Deno.Listener): number {
  return addr.transport === "tcp" ? addr.port : 0;
}

const STREAM = 1n;
const DATAGRAM = 2n;

/** What Deno cannot make: one with a name that is no file, one for datagrams. Gives what closes it. */
function bindSocket(name: string, type: bigint): () => void {
  const libc = openLibc(["syscall", "close"]);
  if (!libc) throw new Error("no C library");
  const [socket, bind, listen] = Deno.build.arch === "x86_64"
    ? [41n, 49n, 50n]
    : [198n, 200n, 201n];
  const encoded = new TextEncoder().encode(name);
  const address = bytesOf(2 + encoded.length);
  address[0] = 1;
  address.set(encoded, 2);
  const fd = libc.syscall(socket, 1n, type, 0n, 0n);
  const bound = libc.syscall(bind, fd, addressOf(address), BigInt(address.length), 0n);
  const listening = type === STREAM ? libc.syscall(listen, fd, 8n, 0n, 0n) : 0n;
  if (bound !== 0n || listening !== 0n) throw new Error(`cannot listen on "${name}"`);
  return () => void libc.close(Number(fd));
}

/** One word that runs the probe. */
async function writeProbe(root: string): Promise<string> {
  const path = `${root}/probe`;
  const flags = "run --quiet --no-prompt --no-config --no-lock -A";
  await Deno.writeTextFile(
    path,
    `#!/bin/sh\nexec '${PROBE_DENO}' ${flags} '${PROBE}' "$@"\n`,
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

/** What a session lays out for its own time is told by this word. */
export const PLACEHOLDER = "placeholder";
const STICKY = 0o1000;

async function look(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  const waiting = [...paths];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const info = await Deno.lstat(path).catch(() => undefined);
    if (!info) continue;
    const content = info.isFile ? await Deno.readTextFile(path).catch(() => "unreadable") : "";
    const target = info.isSymlink ? await Deno.readLink(path) : "";
    const names = info.isDirectory ? await namesIn(path) : [];
    const isOld = info.isFile && Number(info.mtime) < Date.UTC(2002);
    const kind = info.isDirectory ? "folder" : info.isFile ? "file" : "other";
    const isLaid = info.isDirectory && names.length === 0 && ((info.mode ?? 0) & STICKY) !== 0;
    const what = isLaid ? PLACEHOLDER : kind;
    seen.set(path, [what, info.mode, info.uid, content, target, isOld].join(" "));
    waiting.push(...names.map((name) => `${path}/${name}`));
  }
  return seen;
}

/** Of one that went in the meantime there are none. */
async function namesIn(folder: string): Promise<string[]> {
  return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).catch(() => []);
}
