/** decodex as a program of its own: spawned, fed, listened to and ended. */

import { currentForm } from "./form.ts";
import { type ResponsesServer, type Script, startResponsesServer } from "./responses_server.ts";

export const KEY = "sk-scripted-0123456789abcdef";
const LIMIT_MS = 60_000;

/** A folder to work in, a home, and a server that the home's configuration points at. */
export interface Place extends AsyncDisposable {
  readonly root: string;
  readonly cwd: string;
  readonly home: string;
  readonly server: ResponsesServer;
  readonly env: Readonly<Record<string, string>>;
}

const RETRY_NOTHING = "request_max_retries = 0\nstream_max_retries = 0";

export async function createPlace(
  script: Script,
  { config = "", provider = RETRY_NOTHING }: { config?: string; provider?: string } = {},
): Promise<Place> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_e2e_" }));
  const [cwd, home] = [`${root}/work`, `${root}/home`];
  await Deno.mkdir(cwd);
  await Deno.mkdir(home);
  const server = startResponsesServer(script);
  await Deno.writeTextFile(
    `${home}/config.toml`,
    `model = "gpt-5.1-codex"
model_provider = "scripted"
${config}
[model_providers.scripted]
name = "scripted"
base_url = "${server.url}"
env_key = "SCRIPTED_KEY"
${provider}
[projects."${cwd}"]
trust_level = "trusted"
`,
  );
  return {
    root,
    cwd,
    home,
    server,
    env: {
      ...machine(),
      HOME: root,
      CODEX_HOME: home,
      SCRIPTED_KEY: KEY,
      SHELL: "/bin/bash",
      TERM: "xterm-256color",
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await server.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** What the runtime itself needs, whatever the test takes away. */
export function machine(): Record<string, string> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? ""}/.cache`;
  return {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${cache}/deno`,
    DENO_NO_UPDATE_CHECK: "1",
    ...currentForm().env,
  };
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Text that is piped in; `open`: a pipe that says nothing and never ends. */
  readonly stdin?: string | { readonly open: true };
  /** The program in another place than where its form has it. */
  readonly program?: readonly string[];
  /** What starts the program: `unshare`, another user, a terminal. */
  readonly under?: readonly string[];
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export function commandLine(): string[] {
  return [...currentForm().command];
}

export function start(
  args: readonly string[],
  { cwd, env, stdin, program: elsewhere, under = [] }: RunOptions,
): Deno.ChildProcess {
  const [program = "", ...before] = [...under, ...elsewhere ?? commandLine()];
  return new Deno.Command(program, {
    args: [...before, ...args],
    cwd,
    env,
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs to the end; fails where that does not come. */
export async function run(args: readonly string[], options: RunOptions): Promise<Run> {
  const startedAt = performance.now();
  const child = start(args, options);
  if (typeof options.stdin === "string") {
    const writer = child.stdin.getWriter();
    // Whoever refuses its arguments does not read on.
    await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]).finally(() => clearTimeout(timer));
  if (typeof options.stdin === "object") await child.stdin.close().catch(() => {});
  return { code, stdout, stderr, ms: performance.now() - startedAt };
}

/** The JSON objects of a `--json` run. */
export function events(stdout: string): Record<string, unknown>[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** All session files of a home. */
export async function sessionFiles(home: string): Promise<string[]> {
  const found: string[] = [];
  async function walk(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await walk(`${folder}/${name}`);
      else found.push(`${folder}/${name}`);
    }
  }
  await walk(`${home}/sessions`).catch(() => {});
  return found;
}
