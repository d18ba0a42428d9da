/** Asks git about a repository that is not trusted: nothing that its configuration names is run. */

/** A repository that takes longer is left unasked. */
const LIMIT_MS = 2000;

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

/**
 * What git prints, or nothing where there is no git, it fails or takes too long. `cwd` is the
 * repository's root: git looks for none above it. A caller whose command compares files has to
 * switch off the repository's filters itself.
 */
export async function runGit(args: readonly string[], cwd: string): Promise<string | undefined> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), LIMIT_MS);
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: [
        "--no-pager",
        "--no-optional-locks",
        ...SETTINGS.flatMap((each) => ["-c", each]),
        ...args,
      ],
      cwd,
      env: gitEnvironment(cwd),
      clearEnv: true,
      stdin: "null",
      stderr: "null",
      signal: timeout.signal,
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    // No git, no such folder, or no leave to run it: the turn goes on without.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function gitEnvironment(cwd: string): Record<string, string> {
  const kept = KEPT.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    // A relative entry would find a program in the repository.
    PATH: (Deno.env.get("PATH") ?? "").split(":").filter((dir) => dir.startsWith("/")).join(":"),
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
