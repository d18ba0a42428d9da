/** The programs that are measured, as argument vectors up to the prompt. */

import { build, outputName } from "../../scripts/build.ts";
import { compile } from "../../scripts/build/compile.ts";
import { BUNDLE_ENTRY } from "../../scripts/build/bundle.ts";
import { targetsOf } from "../../scripts/build/targets.ts";

export interface Program {
  readonly name: string;
  readonly command: readonly string[];
}

/** The real Codex, as fast as it gets: without the launcher in front of it. */
const PEER_VERSION = "0.169.0";
const ROOT = new URL("../..", import.meta.url).pathname;
const EXEC = ["exec", "--skip-git-repo-check", "-s", "danger-full-access"];

export function fromSource(): Program {
  return {
    name: "decodex (source)",
    command: [Deno.execPath(), "run", "-A", `${ROOT}main.ts`, ...EXEC],
  };
}

export interface Compiled {
  /** Of the bundle and everything that was compiled. */
  readonly folder: string;
  readonly binary: string;
  readonly decodex: Program;
  /** The smallest agent that does the same. */
  readonly agent: Program;
  /** The same, each command in a session of its own. */
  readonly agentInSessions: Program;
  /** The same, compiled with what V8 is told in decodex. */
  readonly agentAsDecodex: Program;
  /** A program that does nothing. */
  readonly empty: Program;
}

/** Compiled as anybody would, and one of them as decodex is. */
const FIXTURES: readonly [name: string, source: string, v8Flags?: readonly string[]][] = [
  ["agent", "agent.ts", []],
  ["agent-as-decodex", "agent.ts"],
  ["empty", "empty.ts", []],
];

/** Compiled by the same Deno into `folder`; a reason where that cannot be had here. */
export async function compiled(folder: string): Promise<Compiled | string> {
  const [target] = targetsOf([Deno.build.target]);
  if (!target) return `no executable is built for ${Deno.build.target}`;
  const [built] = await build({ out: `${folder}/dist`, targets: [target] });
  if (built?.outcome.type !== "compiled") return built?.outcome.reason ?? "nothing was built";
  const deno = Deno.env.get("DENO_COMPILE") || Deno.execPath();
  const runtime = Deno.env.get("DENORT_BIN") || undefined;
  for (const [name, source, v8Flags] of FIXTURES) {
    const entry = `${ROOT}tests/bench/${source}`;
    const options = { entry, output: `${folder}/${name}`, target, deno, runtime };
    const outcome = await compile({ ...options, ...v8Flags && { v8Flags } });
    if (outcome.type !== "compiled") return outcome.reason;
  }
  const binary = `${folder}/dist/${outputName(target)}`;
  return {
    folder: `${folder}/dist`,
    binary,
    decodex: { name: "decodex (compiled)", command: [binary, ...EXEC] },
    agent: { name: "smallest agent", command: [`${folder}/agent`] },
    agentInSessions: {
      name: "the same agent, each command in a session of its own",
      command: [`${folder}/agent`, "--sessions"],
    },
    agentAsDecodex: { name: "smallest agent", command: [`${folder}/agent-as-decodex`] },
    empty: { name: "empty program", command: [`${folder}/empty`] },
  };
}

/** Files of a bundle, whose names begin with what they were split off for. */
export async function bundleFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".js")) files.set(name, await Deno.readTextFile(`${folder}/${name}`));
  }
  if (!files.has(BUNDLE_ENTRY)) throw new Error(`No bundle in "${folder}"`);
  return files;
}

/** For programs: as where one is installed, and unlike `/tmp`, no command writes there. */
export async function programFolder(): Promise<string> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  await Deno.mkdir(`${cache}/decodex-peer`, { recursive: true });
  return `${cache}/decodex-peer`;
}

/** Installs the peer into a cache folder once; absent where the registry does not answer. */
export async function codex(): Promise<Program | undefined> {
  const folder = `${await programFolder()}/${PEER_VERSION}`;
  const native = await nativeBinary(folder) ?? await install(folder);
  return native === undefined
    ? undefined
    : { name: `codex ${PEER_VERSION}`, command: [native, ...EXEC] };
}

async function install(folder: string): Promise<string | undefined> {
  await Deno.mkdir(folder, { recursive: true });
  const npm = new Deno.Command("npm", {
    args: [
      ...["install", "--no-audit", "--no-fund", "--prefix", folder],
      `@openai/codex@${PEER_VERSION}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const { success } = await npm.output().catch(() => ({ success: false }));
  return success ? await nativeBinary(folder) : undefined;
}

async function nativeBinary(folder: string): Promise<string | undefined> {
  const { stdout } = await new Deno.Command("find", {
    args: [`${folder}/node_modules/@openai`, "-type", "f", "-name", "codex", "-perm", "-u+x"],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).split("\n").find((path) =>
    path.includes("/bin/") || path.includes("/codex/")
  );
}
