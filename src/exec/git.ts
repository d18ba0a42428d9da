/** Asks git about a repository that is not trusted: nothing that its configuration names is run. */

import { mayUse } from "./permissions.ts";
import { realPlace } from "./real_place.ts";

/** A repository that takes longer is left unasked. */
const LIMIT_MS = 2000;
const MAX_OUTPUT = 4 * 1024 * 1024;

/** The last word on what a repository may configure. */
const SETTINGS: readonly string[] = [
  "core.fsmonitor=",
  "core.hooksPath=/dev/null",
  "core.pager=cat",
  "core.sshCommand=false",
  "core.askPass=",
  "credential.helper=",
  "diff.external=",
  "status.submoduleSummary=false",
  "protocol.allow=never",
];

/** Where git and the user's own configuration are; nothing else of our environment. */
const KEPT: readonly string[] = [
  "HOME",
  "XDG_CONFIG_HOME",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "SYSTEMROOT",
  "USERPROFILE",
];

export interface GitCommand {
  readonly command: readonly string[];
  /** All that it sees of an environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/**
 * How git is started, whoever starts it. `cwd` is the repository's root: git looks for none above
 * it. A caller whose command compares files has to switch off the repository's filters itself.
 */
export function gitCommand(args: readonly string[], cwd: string): GitCommand {
  const settings = SETTINGS.flatMap((each) => ["-c", each]);
  return {
    command: ["git", "--no-pager", "--no-optional-locks", ...settings, ...args],
    env: gitEnvironment(cwd),
    limitMs: LIMIT_MS,
  };
}

/**
 * What git prints, started by this very process: for as long as nothing of the model's can change
 * the repository meanwhile. Nothing where there is no git, it fails or takes too long.
 */
export async function runGit(
  args: readonly string[],
  { cwd, signal }: { readonly cwd: string; readonly signal?: AbortSignal },
): Promise<string | undefined> {
  if (signal?.aborted) return undefined;
  const { command: [program = "", ...rest], env, limitMs } = gitCommand(args, cwd);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), limitMs);
  try {
    const child = new Deno.Command(program, {
      args: rest,
      cwd,
      env: { ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    }).spawn();
    const output = await readAll(child.stdout);
    // Half of the configuration would hide which filters there are.
    if (output === undefined) timeout.abort();
    const { success } = await child.status;
    return success ? output : undefined;
  } catch {
    // No git, no such folder, or no leave to run it: the turn goes on without.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Nothing where there is more than the limit. */
async function readAll(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > MAX_OUTPUT) return undefined;
  }
  return text + decoder.decode();
}

function gitEnvironment(cwd: string): Record<string, string> {
  const kept = KEPT.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    PATH: pathOutside(cwd),
    LC_ALL: "C",
    GIT_CEILING_DIRECTORIES: cwd.replace(/\/[^/]*$/, "") || "/",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_PAGER: "cat",
    // A missing object is not fetched, whatever transport the repository names.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
  };
}

/** A program in the repository is no git of the user's, and a relative entry would find one. */
function pathOutside(repository: string): string {
  const isInside = (folder: string): boolean =>
    `${folder}/`.startsWith(`${repository}/`) || `${folder}/`.startsWith(`${real(repository)}/`);
  return (Deno.env.get("PATH") ?? "").split(":")
    .filter((folder) => folder.startsWith("/") && !isInside(folder) && !isInside(real(folder)))
    .join(":");
}

/** As it is where this process may not look. */
function real(path: string): string {
  return mayUse("read", path) ? realPlace(path) ?? path : path;
}
