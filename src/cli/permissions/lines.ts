/** The smallest lines of `deno run`, for each part of decodex that works. Pure. */

export interface LineFacts {
  /** As `deno run` names it: a path or a URL. */
  readonly program: string;
  /** Whose files are read; where there is no repository, the working folder. */
  readonly project: string;
  readonly home: string | undefined;
  /** Further files and folders that are read. */
  readonly named: readonly string[];
  /** Read before the provider is asked. */
  readonly certificates: readonly string[];
  /** Where commands and edits may write. */
  readonly writableRoots: Readonly<Record<PartName, readonly string[]>>;
  /** Where the session's own temporary folder is made. */
  readonly tempDir: string;
  /** What starts the host process, then what puts it into its sandbox. */
  readonly hostPrograms: readonly string[];
  /** Asked about the repository. */
  readonly git: readonly string[];
  /** `host:port` of the provider; absent for the demo. */
  readonly server: string | undefined;
  /** Which part the configuration at hand is. */
  readonly atHand: PartName;
}

export type PartName = "demo" | "work" | "no_shell" | "questions";

export interface NeededPermission {
  readonly flag: string;
  readonly reasons: readonly string[];
}

export interface PermissionLine {
  readonly part: PartName;
  readonly summary: string;
  readonly at_hand: boolean;
  readonly permissions: readonly NeededPermission[];
  /** For a shell. */
  readonly line: string;
}

interface Part {
  readonly summary: string;
  readonly args: readonly string[];
  readonly runs: boolean;
  readonly asks: boolean;
  readonly edits: boolean;
  readonly records: boolean;
}

const PARTS: Readonly<Record<PartName, Part>> = {
  demo: {
    summary: "the demo: commands and an edit in a temporary folder",
    args: ["--demo"],
    runs: true,
    asks: false,
    edits: true,
    records: true,
  },
  work: {
    summary: "real work: commands, edits, a session file",
    args: [],
    runs: true,
    asks: true,
    edits: true,
    records: true,
  },
  no_shell: {
    summary: "no commands: files are read and edited, nothing is started",
    args: ["--no-shell"],
    runs: false,
    asks: true,
    edits: true,
    records: true,
  },
  questions: {
    summary: "questions about files: nothing is started, nothing is written",
    args: ["--no-shell", "--ephemeral", "--sandbox", "read-only"],
    runs: false,
    asks: true,
    edits: false,
    records: false,
  },
};

export function permissionLines(facts: LineFacts): PermissionLine[] {
  return (Object.keys(PARTS) as PartName[]).map((part) => {
    const { summary, args, ...needs } = PARTS[part];
    const line = lineOf({ ...facts, roots: facts.writableRoots[part] }, { args, needs });
    return { part, summary, at_hand: part === facts.atHand, ...line };
  });
}

interface PartFacts extends LineFacts {
  /** Of this part. */
  readonly roots: readonly string[];
}

type Needs = Omit<Part, "summary" | "args">;

function lineOf(
  facts: PartFacts,
  { args, needs }: { args: readonly string[]; needs: Needs },
): Pick<PermissionLine, "permissions" | "line"> {
  const permissions = [
    ...readPermission(facts, needs),
    ...writePermission(facts, needs),
    ...runPermission(facts, needs),
    { flag: "--allow-env", reasons: ["HOME, CODEX_HOME, the key, and what commands see of it"] },
    ...netPermission(facts, needs),
  ];
  const words = [...permissions.map(({ flag }) => flag), facts.program, ...args];
  const line = ["deno", "run", "--no-prompt", ...words].map(quoted).join(" ");
  return { permissions, line };
}

function readPermission(facts: PartFacts, { runs, edits, asks }: Needs): NeededPermission[] {
  const { project, home, roots, tempDir } = facts;
  const named = [...facts.named, ...asks ? facts.certificates : []];
  const beyond = runs ? [...roots, tempDir] : edits ? roots : [];
  const reasons = [
    "the project: AGENTS.md, skills, what the model looks at",
    ...home === undefined ? [] : ["CODEX_HOME: config.toml, .env, auth.json, sessions"],
    ...runs
      ? ["writable and temporary folders: their real places, and what is closed in them"]
      : [],
    ...named.length > 0 ? ["what the configuration and the environment name"] : [],
  ];
  return scoped("read", [project, ...optional(home), ...beyond, ...named], reasons);
}

function writePermission(facts: PartFacts, { runs, edits, records }: Needs): NeededPermission[] {
  const { home, roots, tempDir } = facts;
  const reasons = [
    ...records && home !== undefined ? ["CODEX_HOME: the session file"] : [],
    ...edits && roots.length > 0
      ? [
        runs
          ? "writable folders: empty .git, .codex and .agents that hold their places"
          : "writable folders: what a patch changes",
      ]
      : [],
    ...runs ? ["the session's own temporary folder"] : [],
  ];
  const paths = [
    ...edits ? roots : [],
    ...records ? optional(home) : [],
    ...runs ? [tempDir] : [],
  ];
  return scoped("write", paths, reasons);
}

function runPermission({ hostPrograms, git }: LineFacts, { runs }: Needs): NeededPermission[] {
  if (!runs) return [];
  const [deno = "deno", ...wrappers] = hostPrograms;
  const reasons = [
    `${deno}: the host process, which does the work of tools`,
    ...wrappers.map((name) => `${name}: puts it into its sandbox, and tidies up after that`),
    ...git.map((name) => `${name}: branch and commit for the session and the request`),
  ];
  return scoped("run", [...hostPrograms, ...git], reasons);
}

function netPermission({ server }: LineFacts, { asks }: Needs): NeededPermission[] {
  if (!asks || server === undefined) return [];
  return scoped("net", [server], ["the provider, and nobody else"]);
}

/** Nothing where there is nothing to open. A folder below another is open with that. */
function scoped(
  name: string,
  values: readonly string[],
  reasons: readonly string[],
): NeededPermission[] {
  const unique = [...new Set(values)];
  const outer = unique.filter((value) =>
    !unique.some((other) => value.startsWith(`${other === "/" ? "" : other}/`) && value !== other)
  );
  if (outer.length === 0) return [];
  if (outer.some((value) => value.includes(","))) {
    return [{
      flag: `--allow-${name}`,
      reasons: [...reasons, "no name with a comma can be listed"],
    }];
  }
  return [{ flag: `--allow-${name}=${outer.join(",")}`, reasons }];
}

function optional(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
