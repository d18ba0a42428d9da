/** What a command sees of our environment. Pure. */

import { type ShellEnvironmentPolicy, THREAD_VARIABLE } from "../protocol/environment.ts";
import { isSecretVariable } from "../protocol/known_secret.ts";

const CORE: readonly string[] = [
  "HOME",
  "LOGNAME",
  "PATH",
  "SHELL",
  "USER",
  "USERNAME",
  "TMPDIR",
  "TEMP",
  "TMP",
];

/** Nothing waits for a terminal, colours its output or speaks another language. */
const ADDED: Readonly<Record<string, string>> = {
  NO_COLOR: "1",
  TERM: "dumb",
  LANG: "C.UTF-8",
  LC_CTYPE: "C.UTF-8",
  LC_ALL: "C.UTF-8",
  COLORTERM: "",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GH_PAGER: "cat",
  CODEX_CI: "1",
};

/**
 * What would wait for a person gets an answer at once: an editor keeps the text that it is given,
 * a pager passes everything on, a question is refused. The user's own editor waits, so these win.
 */
const PROMPT_PROOF: Readonly<Record<string, string>> = {
  EDITOR: "true",
  VISUAL: "true",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "true",
  MANPAGER: "cat",
  SYSTEMD_PAGER: "cat",
  AWS_PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  GCM_INTERACTIVE: "never",
  GH_PROMPT_DISABLED: "1",
  PIP_NO_INPUT: "1",
};

/**
 * The same where the user has a value of their own, which may answer without anybody. ssh needs
 * nothing: commands have no terminal that it could ask on, and GIT_SSH_COMMAND would hide the
 * `core.sshCommand` that names a deploy key.
 */
const UNLESS_SET: Readonly<Record<string, string>> = {
  GIT_ASKPASS: "",
  SSH_ASKPASS_REQUIRE: "never",
  DEBIAN_FRONTEND: "noninteractive",
};

export interface EnvironmentOptions {
  /** Our own environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly policy: ShellEnvironmentPolicy;
  /** Removed whatever the policy says. */
  readonly secretNames: readonly string[];
  readonly threadId: string;
}

export function commandEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { environment, policy, secretNames, threadId } = options;
  const only = policy.include_only;
  const isKept = (name: string): boolean => only.length === 0 || matchesAny(name, only);
  const inherited = pick(
    environment,
    (name) => isInherited(name, policy) && !isExcluded(name, policy) && isKept(name),
  );
  // The user's own value beats ours.
  const set = pick(policy.set, (name, value) => isKept(name) && isPossible(name, value));
  const merged = {
    ...UNLESS_SET,
    ...inherited,
    ...ADDED,
    ...PROMPT_PROOF,
    ...set,
    [THREAD_VARIABLE]: threadId,
  };
  const secrets = new Set(secretNames);
  return pick(merged, (name) => !secrets.has(name));
}

function isInherited(name: string, policy: ShellEnvironmentPolicy): boolean {
  switch (policy.inherit) {
    case "all":
      return true;
    case "core":
      return CORE.includes(name.toUpperCase());
    case "none":
      return false;
  }
}

function isExcluded(name: string, policy: ShellEnvironmentPolicy): boolean {
  if (!policy.ignore_default_excludes && isSecretVariable(name)) return true;
  return matchesAny(name, policy.exclude);
}

/** Any other would fail every command. */
function isPossible(name: string, value: string): boolean {
  return /^[^=\0]+$/.test(name) && !value.includes("\0");
}

function matchesAny(name: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matches(name.toLowerCase(), glob.toLowerCase()));
}

/** `*` for any run of characters, `?` for one; without backtracking into earlier stars. */
function matches(name: string, glob: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let next = 0;
  while (next < name.length) {
    if (glob[at] === "*") {
      star = at++;
      resume = next;
    } else if (glob[at] === "?" || (at < glob.length && glob[at] === name[next])) {
      at++;
      next++;
    } else if (star !== -1) {
      at = star + 1;
      next = ++resume;
    } else return false;
  }
  while (glob[at] === "*") at++;
  return at === glob.length;
}

function pick(
  from: Readonly<Record<string, string>>,
  keep: (name: string, value: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(from).filter(([name, value]) => keep(name, value)));
}
