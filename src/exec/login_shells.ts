/** Login shells: what their files leave behind is found out once, and given to shells that read none. */

/** All that a command could notice of what was read before it. */
const STATE = "declare -p; declare -f; alias -p; shopt -p; set -o; umask; ulimit -a; trap -p; " +
  "enable -a; jobs -p; pwd; echo /proc/self/fd/*";
/** Of that, what is another each time, or says that it is a login shell. */
const CHANGING = new RegExp(
  "^(?:declare -\\S+ (?:_|BASHOPTS|BASH_ARGC|BASHPID|BASH_MONOSECONDS|EPOCH\\w+|LINENO|PIPESTATUS|" +
    "PPID|S?RANDOM|SECONDS)(?:=.*)?|shopt -[su] login_shell)$",
);
/** Each shell has its own; what it was given by its parent is given to its stand-in as well. */
const OF_THE_SHELL: readonly string[] = ["SHLVL", "PWD", "OLDPWD"];
/** Where a user or an installer changes them, and what they often ask for. */
const SYSTEM_FILES: readonly string[] = ["/etc/profile", "/etc/profile.d"];
const HOME_FILES: readonly string[] = [
  ...[".bash_profile", ".bash_login", ".profile", ".bashrc"],
  ...["bin", ".local/bin"],
];

/** Who has run two commands runs more. */
const WORTHWHILE = 2;
/** The answer of the command before goes first. */
const AFTER_MS = 20;

type Environment = Readonly<Record<string, string>>;

export interface ShellRun {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
}

/** What it wrote; absent where it failed, was ended, or wrote too much. */
export type RunShell = (run: ShellRun) => Promise<string | undefined>;

interface Outcome {
  /** What the shell had been given. */
  readonly given: Environment;
  /** Of the files, when they were read. */
  readonly stamp: string;
  /** Absent where a shell that reads nothing does not come to the same. */
  readonly env?: Environment;
}

/**
 * `bash -lc SCRIPT` runs the login files each time, which takes longer than most scripts. Their
 * outcome is read from one such shell; another one, elsewhere and later, is compared with a shell
 * that only has that environment, and where they differ in anything every command goes on reading
 * the files. Only `~/.bash_logout` is not run then.
 */
export class LoginShells {
  readonly #run: RunShell;
  readonly #outcomes = new Map<string, Outcome>();
  #ended = 0;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: RunShell) {
    this.#run = run;
  }

  /** The same, or what comes to the same as long as no file was changed. */
  shortened<T extends ShellRun>(run: T): T {
    const [shell = "", , script = ""] = run.command;
    const outcome = isLogin(run) ? this.#outcomes.get(shell) : undefined;
    if (!outcome) return run;
    if (outcome.given !== run.env || outcome.stamp !== stampOf(run.env)) {
      this.#outcomes.delete(shell);
      return run;
    }
    return outcome.env ? { ...run, command: [shell, "-c", script], env: outcome.env } : run;
  }

  /** Told of every command; some time later it is found out what could be left out. */
  ended({ command, cwd, env }: ShellRun): void {
    const run = { command, cwd, env };
    if (!isLogin(run) || ++this.#ended < WORTHWHILE || this.#isLooking) return;
    if (this.#outcomes.has(command[0] ?? "")) return;
    this.#isLooking = true;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look(run).catch(() => {}).finally(() => this.#isLooking = false);
    }, AFTER_MS);
  }

  /** Settles when nothing of it runs. */
  get idle(): Promise<void> {
    return this.#looking;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #look(run: ShellRun): Promise<void> {
    const { command: [shell = ""], env } = run;
    const stamp = stampOf(env);
    const left = await this.#environmentAfter(run);
    const isSame = left !== undefined && await this.#isSame(shell, { env, left });
    this.#outcomes.set(shell, { given: env, stamp, ...isSame && { env: left } });
  }

  async #isSame(
    shell: string,
    { env, left }: { env: Environment; left: Environment },
  ): Promise<boolean> {
    const login = await this.#run({ command: [shell, "-lc", STATE], cwd: "/", env });
    if (login === undefined) return false;
    const plain = await this.#run({ command: [shell, "-c", STATE], cwd: "/", env: left });
    return plain !== undefined && lasting(login) === lasting(plain);
  }

  async #environmentAfter({ command: [shell = ""], cwd, env }: ShellRun): Promise<
    Environment | undefined
  > {
    const text = await this.#run({ command: [shell, "-lc", "exec env -0"], cwd, env });
    if (text === undefined) return undefined;
    const left = new Map(
      text.split("\0").filter((line) => line.includes("=")).map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)] as const;
      }),
    );
    left.delete("_");
    for (const name of OF_THE_SHELL) {
      const own = env[name];
      if (own === undefined) left.delete(name);
      else left.set(name, own);
    }
    return Object.fromEntries(left);
  }
}

function lasting(state: string): string {
  return state.split("\n").filter((line) => !CHANGING.test(line)).join("\n");
}

/** Only of bash is known what it is by then. */
function isLogin({ command, env }: ShellRun): boolean {
  const [shell = "", option, script] = command;
  const isBash = shell.startsWith("/") && shell.endsWith("/bash");
  return isBash && option === "-lc" && script !== undefined && command.length === 3 &&
    env["HOME"] !== undefined;
}

/** Another one where a file is another, or was changed. */
function stampOf(env: Environment): string {
  const files = [...SYSTEM_FILES, ...HOME_FILES.map((name) => `${env["HOME"]}/${name}`)];
  return files.map((path) => {
    try {
      const { mtime, ino, size } = Deno.statSync(path);
      return `${mtime?.getTime()} ${ino} ${size}`;
    } catch {
      return "";
    }
  }).join();
}
