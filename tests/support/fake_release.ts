/** A release of small programs that only say their version, and runs of `install.sh` on it. */

import { type Entry, tarGz, zip } from "../../scripts/release/archive.ts";
import { sha256, sha256Sums } from "../../scripts/release/checksums.ts";

export const VERSION = "9.8.7";
export const TARGET = Deno.build.target;
export const ARCHIVE = `decodex-${VERSION}-${TARGET}.tar.gz`;
export const BUNDLE = `decodex-${VERSION}-bundle.tar.gz`;
export const WINDOWS_ARCHIVE = `decodex-${VERSION}-x86_64-pc-windows-msvc.zip`;

const INSTALLER = new URL("../../scripts/install.sh", import.meta.url);

/** A folder with the release, a home, and a place for temporary files. */
export interface Stage extends AsyncDisposable {
  readonly root: string;
  readonly release: string;
  readonly home: string;
  /** Where the installer puts the program unless it is told otherwise. */
  readonly bin: string;
  /** Anything left in it was not cleaned up. */
  readonly tmp: string;
}

export async function createStage(archive?: readonly Entry[]): Promise<Stage> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_install_" }));
  const stage = {
    root,
    release: `${root}/release`,
    home: `${root}/home`,
    bin: `${root}/home/.local/bin`,
    tmp: `${root}/tmp`,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
  for (const folder of [stage.release, stage.home, stage.tmp]) await Deno.mkdir(folder);
  const modifiedAt = new Date("2026-01-02T03:04:06Z");
  const program = [script("decodex", `echo "decodex ${VERSION}"`)];
  const bundle = [{ name: "decodex.js", bytes: encode(`console.log("decodex ${VERSION}")`) }];
  const files: Record<string, Uint8Array> = {
    [ARCHIVE]: await tarGz(archive ?? program, { folder: folderOf(ARCHIVE), modifiedAt }),
    [BUNDLE]: await tarGz(bundle, { folder: folderOf(BUNDLE), modifiedAt }),
    [WINDOWS_ARCHIVE]: zip([{ name: "decodex.exe", bytes: encode("MZ") }], {
      folder: folderOf(WINDOWS_ARCHIVE),
      modifiedAt,
    }),
  };
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(`${stage.release}/${name}`, bytes);
  }
  await writeSums(stage);
  return stage;
}

export function script(name: string, command: string): Entry {
  return { name, bytes: encode(`#!/bin/sh\n${command}\n`), executable: true };
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The folder within an archive: its name without what tells the form. */
export function folderOf(archive: string): string {
  return archive.replace(/\.(?:tar\.gz|zip)$/, "");
}

/** Over what the folder holds now. */
export async function writeSums({ release }: Stage): Promise<void> {
  const sums = new Map<string, string>();
  for (const name of await namesIn(release)) {
    if (name !== "SHA256SUMS") {
      sums.set(name, await sha256(await Deno.readFile(`${release}/${name}`)));
    }
  }
  await Deno.writeTextFile(`${release}/SHA256SUMS`, sha256Sums(sums));
}

export async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  return entries.map(({ name }) => name).sort();
}

export interface Installed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface InstallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: readonly string[];
  readonly under?: readonly string[];
  readonly cwd?: string;
  /** In the place of the whole installer. */
  readonly text?: string;
}

const LIMIT_MS = 60_000;

export async function install(
  stage: Stage,
  args: readonly string[],
  options: InstallOptions = {},
): Promise<Installed> {
  const { env = {}, shell = ["sh"], under = [], cwd = stage.root } = options;
  const path = `${stage.root}/install-${crypto.randomUUID()}.sh`;
  await Deno.writeTextFile(path, options.text ?? await Deno.readTextFile(INSTALLER));
  const [program = "", ...rest] = [...under, ...shell, path, ...args];
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: rest,
    cwd,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: stage.home,
      SHELL: "/bin/bash",
      TMPDIR: stage.tmp,
      no_proxy: "",
      ...env,
    },
    clearEnv: true,
    stdin: "null",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A folder that has these programs of this machine and no others; nothing where one is missing. */
export async function pathWith(
  folder: string,
  names: readonly string[],
): Promise<string | undefined> {
  await Deno.mkdir(folder);
  for (const name of names) {
    const found = await programAt(name);
    if (found === undefined) {
      console.log(`skipped: install.sh with ${names.join(", ")}: ${name} is not installed`);
      return undefined;
    }
    await Deno.symlink(found, `${folder}/${name}`);
  }
  return folder;
}

export async function programAt(name: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const isFile = await Deno.stat(`${folder}/${name}`).then((info) => info.isFile, () => false);
    if (isFile) return `${folder}/${name}`;
  }
  return undefined;
}

export interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** As the requests' first lines had them: whole addresses where a proxy was asked. */
  readonly asked: string[];
}

/** What a server does to a file in the place of sending it. */
export type Answer = (bytes: Uint8Array) => { body: Uint8Array; length?: number } | undefined;

/** Serves the folder, also as a proxy for any host; HTTP/1.1 by hand, so that it can break off. */
export function serveFiles(
  folder: string,
  answers: Readonly<Record<string, Answer>> = {},
): FileServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const served = (async () => {
    for await (const connection of listener) {
      await serveOne(connection, { folder, answers, asked }).catch(() => {});
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    asked,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await served;
    },
  };
}

async function serveOne(
  connection: Deno.Conn,
  { folder, answers, asked }: {
    folder: string;
    answers: Readonly<Record<string, Answer>>;
    asked: string[];
  },
): Promise<void> {
  using _ = connection;
  let head = "";
  for await (const chunk of connection.readable.values({ preventCancel: true })) {
    head += new TextDecoder().decode(chunk);
    if (head.includes("\r\n\r\n")) break;
  }
  const address = head.split(" ")[1] ?? "";
  asked.push(address);
  const name = address.slice(address.lastIndexOf("/") + 1);
  const bytes = await Deno.readFile(`${folder}/${name}`).catch(() => undefined);
  const answer = bytes && (answers[name]?.(bytes) ?? (answers[name] ? undefined : { body: bytes }));
  const { body, length = body.length } = answer ?? { body: new Uint8Array() };
  const status = answer ? "200 OK" : "404 Not Found";
  const lines = [`HTTP/1.1 ${status}`, `content-length: ${length}`, "connection: close", "", ""];
  const writer = connection.writable.getWriter();
  await writer.write(encode(lines.join("\r\n")));
  await writer.write(body);
  await writer.close();
}
