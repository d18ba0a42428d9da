/** Login shells: what their files leave behind is found out once, and given to shells that read none. */

import { THREAD_VARIABLE } from "../protocol/environment.ts";
import { cString, openLibc } from "./libc.ts";

/** All that a command could notice of what was read before it. */
const STATE = 'echo "${!-} $# $*"; declare -p; declare -F; declare -f; alias -p; complete -p; ' +
  "shopt -p; set -o; umask; ulimit -Sa; ulimit -Ha; trap -p; enable -a; jobs -p; pwd; /usr/bin/nice; " +
  'while read -r name value; do case $name in Cpus_allowed:|Sig???:) echo "$value"; esac; done ' +
  '</proc/$$/status; read -r value </proc/$$/oom_score_adj; echo "$value" /proc/self/fd/*; ' +
  "test /dev/stdin -ef /dev/null; echo $?; test -p /dev/stdout; echo $?; test -p /dev/stderr; " +
  "echo $?; test /dev/stdout -ef /dev/stderr; echo $?";
/** Not one of the folder's own, which may have come into the PATH. */
const TELL_ENVIRONMENT = "exec /usr/bin/env -0";
/** Of the state, what is another each time, or says that it is a login shell. */
const CHANGING = new RegExp(
  "^(?:declare -\\S+ (?:_|BASHOPTS|BASH_ARGC|BASHPID|BASH_MONOSECONDS|EPOCH\\w+|LINENO|PIPESTATUS|" +
    "PPID|S?RANDOM|SECONDS)(?:=.*)?|shopt -[su] login_shell)$",
);
/** Each shell has its own; what it was given by its parent is given to its stand-in as well. */
const OF_THE_SHELL: readonly string[] = ["SHLVL", "PWD", "OLDPWD"];

const SYSTEM_FILES: readonly string[] = ["/etc/profile", "/etc/bash.bashrc", "/etc/bashrc"];
const SYSTEM_FOLDER = "/etc/profile.d";
/** Where a user or an installer changes them, and what they often ask for. */
const HOME_FILES: readonly string[] = [
  ...[".bash_profile", ".bash_login", ".profile", ".bashrc", ".bash_aliases"],
  ...["bin", ".local/bin"],
];

/** Who has run two commands in a folder runs more. */
const WORTHWHILE = 2;
/** The answer of the command before goes first. */
const AFTER_MS = 20;
/** Files that take longer are read for every command. */
const LOOK_LIMIT_MS = 2000;
/** What the files themselves have read may have changed. */
const KEPT_MS = 5 * 60 * 1000;
const ELSEWHERE = "/";

type Environment = Readonly<Record<string, string>>;

export interface ShellRun {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
}

/** What it wrote; absent where it failed, was no text, or took longer than `ms`. */
export type RunShell = (run: ShellRun, ms: number) => Promise<string | undefined>;

interface Outcome {
  /** What the shell had been given. */
  readonly given: Environment;
  /** Of the files, when they were read. */
  readonly stamp: string;
  readonly until: number;
  /** Absent where a shell that reads nothing does not come to the same. */
  readonly env?: Environment;
}

/**
 * `bash -lc SCRIPT` runs the login files each time, which takes longer than most scripts. Their
 * outcome in a folder is read from one such shell; another one, elsewhere and later, is compared with
 * a shell that only has that environment, and where they differ every command goes on reading the
 * files. Only `~/.bash_logout` is not run then, `shopt login_shell` is off, and `$?` begins as 0.
 */
export class LoginShells {
  readonly #run: RunShell;
  readonly #afterMs: number | undefined;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #ended = new Map<string, number>();
  /** Opened for the first look. */
  #openStamps: Stamps | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `atOnce`: what is started is part of the command before, which is not answered meanwhile. */
  constructor(run: RunShell, { atOnce }: { atOnce: boolean }) {
    this.#run = run;
    this.#afterMs = atOnce ? undefined : AFTER_MS;
  }

  /** The same, or what comes to the same as long as no file was changed. */
  shortened<T extends ShellRun>(run: T): T {
    const [shell = "", , script = ""] = run.command;
    const outcome = isLogin(run) ? this.#outcomes.get(keyOf(run)) : undefined;
    if (!outcome) return run;
    const isCurrent = outcome.given === run.env && performance.now() < outcome.until;
    if (!isCurrent || outcome.stamp !== this.#stamps.of(run.env)) {
      this.#outcomes.delete(keyOf(run));
      return run;
    }
    return outcome.env ? { ...run, command: [shell, "-c", script], env: outcome.env } : run;
  }

  /** Told of every command; then it is found out what could be left out. */
  ended({ command, cwd, env }: ShellRun): void {
    const run = { command, cwd, env };
    if (!isLogin(run) || this.#isLooking || this.#outcomes.has(keyOf(run))) return;
    const count = (this.#ended.get(keyOf(run)) ?? 0) + 1;
    this.#ended.set(keyOf(run), count);
    if (count < WORTHWHILE) return;
    this.#isLooking = true;
    const look = (): void => {
      this.#looking = this.#look(run).finally(() => this.#isLooking = false);
    };
    if (this.#afterMs === undefined) look();
    else this.#timer = setTimeout(look, this.#afterMs);
  }

  /** Settles when nothing of it runs. */
  get idle(): Promise<void> {
    return this.#looking;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  get #stamps(): Stamps {
    return this.#openStamps ??= new Stamps();
  }

  /** Does not fail. */
  async #look(run: ShellRun): Promise<void> {
    const { env: given } = run;
    const stamp = this.#stamps.of(given);
    const left = await this.#environmentLeft(run).catch(() => undefined);
    const until = performance.now() + KEPT_MS;
    this.#outcomes.set(keyOf(run), { given, stamp, until, ...left && { env: left } });
  }

  /** Absent where a shell that only has it is another than one that has read the files. */
  async #environmentLeft({ command: [shell = ""], cwd, env }: ShellRun): Promise<
    Environment | undefined
  > {
    const deadline = performance.now() + LOOK_LIMIT_MS;
    const run = async (command: string[], at: Omit<ShellRun, "command">) =>
      await this.#run({ command: [shell, ...command], ...at }, deadline - performance.now());
    const told = await run(["-lc", TELL_ENVIRONMENT], { cwd, env });
    const left = told === undefined ? undefined : environmentFrom(told, env);
    if (!left || left[THREAD_VARIABLE] !== env[THREAD_VARIABLE]) return undefined;
    const login = await run(["-lc", STATE], { cwd: ELSEWHERE, env });
    if (login === undefined) return undefined;
    const plain = await run(["-c", STATE], { cwd: ELSEWHERE, env: left });
    return plain !== undefined && lasting(login) === lasting(plain) ? left : undefined;
  }
}

function environmentFrom(told: string, given: Environment): Environment {
  const left = new Map(
    told.split("\0").filter((entry) => entry.includes("=")).map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)] as const;
    }),
  );
  left.delete("_");
  for (const name of OF_THE_SHELL) {
    const own = given[name];
    if (own === undefined) left.delete(name);
    else left.set(name, own);
  }
  return Object.fromEntries(left);
}

function lasting(state: string): string {
  return state.split("\n").filter((line) => !CHANGING.test(line)).join("\n");
}

/** Only of bash is known what it is by then; in the folder for comparisons nothing can be compared. */
function isLogin({ command, cwd, env }: ShellRun): boolean {
  const [shell = "", option, script] = command;
  const isBash = shell.startsWith("/") && shell.endsWith("/bash");
  return isBash && option === "-lc" && script !== undefined && command.length === 3 &&
    cwd !== ELSEWHERE && env["HOME"] !== undefined;
}

function keyOf({ command: [shell], cwd }: ShellRun): string {
  return `${shell}\0${cwd}`;
}

/** Tells where files are, and when they were changed. */
class Stamps {
  /** Most of the files are not there, and an error for each takes longer than all that is told. */
  readonly #libc = openLibc(["access"]);

  /** Another one where a file is another, was changed, came or went. */
  of(env: Environment): string {
    const files = [
      ...SYSTEM_FILES,
      ...filesIn(SYSTEM_FOLDER),
      ...HOME_FILES.map((name) => `${env["HOME"]}/${name}`),
    ];
    return files.map((path) => this.#ofFile(path)).join();
  }

  #ofFile(path: string): string {
    if (this.#libc && this.#libc.access(cString(path), 0) !== 0) return "";
    try {
      const { mtime, ctime, ino, size } = Deno.statSync(path);
      return `${path} ${mtime?.getTime()} ${ctime?.getTime()} ${ino} ${size}`;
    } catch {
      return "";
    }
  }
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`).sort();
  } catch {
    return [];
  }
}
