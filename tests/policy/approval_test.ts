/** The whole table of what may run or be written unasked. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  asksAfterDenial,
  assessExec,
  assessPatch,
  assessPermissions,
  type Requirement,
} from "../../src/policy/approval.ts";
import { writableRoots } from "../../src/policy/writable_roots.ts";
import type { Confinement } from "../../src/protocol/confinement.ts";
import type { AskForApproval, SandboxPolicy } from "../../src/protocol/policy.ts";

const READ_ONLY: SandboxPolicy = { type: "read-only" };
const WORKSPACE: SandboxPolicy = {
  type: "workspace-write",
  writable_roots: ["/more"],
  network_access: false,
  exclude_tmpdir_env_var: false,
  exclude_slash_tmp: false,
};
const FULL: SandboxPolicy = { type: "danger-full-access" };

const POLICIES: readonly AskForApproval[] = ["untrusted", "on-failure", "on-request", "never"];
const SANDBOXES = { READ_ONLY, WORKSPACE, FULL };
const COMMANDS = {
  safe: ["ls", "-l"],
  unknown: ["bash", "-lc", "npm install left-pad"],
};
const PREFIXES = { none: undefined, allowed: ["npm", "install"], refused: ["bash"] };
type Wish = "none" | "escalate" | "more rights";

const RUN_INSIDE = "runs in the sandbox";
const RUN_FREELY = "runs without a sandbox";
const ASK_INSIDE = "asks, then runs in the sandbox";
const ASK_FREELY = "asks, then runs without a sandbox";
const ASK_PREFIX = "asks, also for the prefix, then runs without a sandbox";
const REFUSE = "refuses";

/** Every combination, by its first row; `*` is any. */
const ROWS: readonly [
  policy: AskForApproval,
  sandbox: "inside" | "FULL" | "*",
  command: keyof typeof COMMANDS | "*",
  wish: Wish | "any",
  prefix: keyof typeof PREFIXES | "*",
  expected: string,
][] = [
  ["never", "inside", "*", "none", "*", RUN_INSIDE],
  ["never", "FULL", "*", "none", "*", RUN_FREELY],
  ["never", "*", "*", "any", "*", REFUSE],
  ["on-failure", "inside", "*", "none", "*", RUN_INSIDE],
  ["on-failure", "FULL", "*", "none", "*", RUN_FREELY],
  ["on-failure", "*", "*", "any", "*", REFUSE],
  ["untrusted", "inside", "safe", "none", "*", RUN_INSIDE],
  ["untrusted", "FULL", "safe", "none", "*", RUN_FREELY],
  ["untrusted", "inside", "unknown", "none", "*", ASK_INSIDE],
  ["untrusted", "FULL", "unknown", "none", "*", ASK_FREELY],
  ["untrusted", "*", "*", "any", "*", REFUSE],
  ["on-request", "FULL", "*", "any", "*", RUN_FREELY],
  ["on-request", "FULL", "*", "none", "*", RUN_FREELY],
  ["on-request", "inside", "*", "none", "*", RUN_INSIDE],
  ["on-request", "inside", "*", "more rights", "*", ASK_INSIDE],
  ["on-request", "inside", "unknown", "escalate", "allowed", ASK_PREFIX],
  // The prefix is that of another command.
  ["on-request", "inside", "safe", "escalate", "allowed", ASK_FREELY],
  ["on-request", "inside", "*", "escalate", "refused", ASK_FREELY],
  ["on-request", "inside", "*", "escalate", "none", ASK_FREELY],
];

interface Combination {
  readonly policy: AskForApproval;
  readonly sandbox: keyof typeof SANDBOXES;
  readonly command: keyof typeof COMMANDS;
  readonly wish: Wish;
  readonly prefix: keyof typeof PREFIXES;
}

function combinations(): Combination[] {
  const keys = <T extends object>(table: T) => Object.keys(table) as (keyof T)[];
  const wishes: Wish[] = ["none", "escalate", "more rights"];
  return POLICIES.flatMap((policy) =>
    keys(SANDBOXES).flatMap((sandbox) =>
      keys(COMMANDS).flatMap((command) =>
        wishes.flatMap((wish) =>
          keys(PREFIXES).map((prefix) => ({ policy, sandbox, command, wish, prefix }))
        )
      )
    )
  );
}

function expectedOf({ policy, sandbox, command, wish, prefix }: Combination): string {
  const row = ROWS.find(([p, s, c, w, x]) =>
    p === policy && (s === "*" || (s === "FULL") === (sandbox === "FULL")) &&
    (c === "*" || c === command) && (w === "any" ? wish !== "none" : w === wish) &&
    (x === "*" || x === prefix)
  );
  return row?.[5] ?? "no row";
}

/** The whole requirement in words; whatever is unexpected in it shows. */
function told(requirement: Requirement, { policy, command, wish }: Combination): string {
  const { type } = requirement;
  const where = type !== "forbidden" && requirement.sandboxed;
  const name = {
    "untrusted": "UnlessTrusted",
    "on-failure": "OnFailure",
    "on-request": "OnRequest",
    "never": "Never",
  }[policy];
  const reason = wish === "none" ? "command is not known to be safe" : "why";
  const plain: [string, Requirement][] = [
    [RUN_INSIDE, { type: "skip", sandboxed: true }],
    [RUN_FREELY, { type: "skip", sandboxed: false }],
    [ASK_INSIDE, { type: "needs_approval", sandboxed: true, reason }],
    [ASK_FREELY, { type: "needs_approval", sandboxed: false, reason }],
    [ASK_PREFIX, {
      type: "needs_approval",
      sandboxed: false,
      reason,
      prefixRule: PREFIXES.allowed,
    }],
    [REFUSE, {
      type: "forbidden",
      reason: `approval policy is ${name}; reject command — you cannot ask for escalated ` +
        `permissions if the approval policy is ${name}`,
      denial: {
        need: `to run "${command === "safe" ? "ls -l" : "npm install left-pad"}" ` +
          (wish === "escalate" ? "outside of the sandbox" : "with more rights"),
        layer: "approval",
        rule: `the policy is "${policy}", and only under "on-request" may that be asked for`,
        remedy: "widen the sandbox with -s or --add-dir, or run it yourself",
      },
    }],
  ];
  const found = plain.find(([, whole]) => JSON.stringify(whole) === JSON.stringify(requirement));
  return found?.[0] ?? `${type} ${where} ${JSON.stringify(requirement)}`;
}

Deno.test("assessExec() answers every policy, sandbox, command, wish and prefix", () => {
  const all = combinations();
  strictEqual(all.length, 4 * 3 * 2 * 3 * 3);
  for (const combination of all) {
    const { policy, sandbox, command, wish, prefix } = combination;
    const prefixRule = PREFIXES[prefix];
    const escalation = {
      justification: "why",
      ...prefixRule && { prefixRule },
      ...wish === "more rights" && { permissions: { network: { enabled: true } } },
    };
    const requirement = assessExec(
      { command: COMMANDS[command], cwd: "/ws", ...wish !== "none" && { escalation } },
      { approvalPolicy: policy, sandboxPolicy: SANDBOXES[sandbox], cwd: "/ws" },
    );
    deepStrictEqual(
      { ...combination, is: told(requirement, combination) },
      { ...combination, is: expectedOf(combination) },
    );
  }
});

Deno.test("git is known where the turn works, and asked about elsewhere", () => {
  const command = ["git", "status"];
  const turn = { approvalPolicy: "untrusted", sandboxPolicy: WORKSPACE, cwd: "/ws" } as const;
  strictEqual(assessExec({ command, cwd: "/ws" }, turn).type, "skip");
  strictEqual(assessExec({ command, cwd: "/ws/vendor" }, turn).type, "needs_approval");
});

Deno.test("after a denial of the sandbox some policies ask", () => {
  deepStrictEqual(POLICIES.filter(asksAfterDenial), ["untrusted", "on-failure"]);
});

/** As the host makes it of roots that are real. */
function confinedTo(roots: readonly string[]): Confinement {
  const names = [".git", ".codex", ".agents"];
  return {
    writableRoots: roots,
    protectedPaths: roots.flatMap((root) => names.map((name) => `${root}/${name}`)),
    network: false,
  };
}

Deno.test("assessPatch() lets edits go where the policy opens a folder", () => {
  const refused = (rule: string, need: string, remedy: string) => ({
    type: "forbidden",
    reason: `patch rejected: ${rule}; rejected by user approval settings`,
    denial: { need: `to write ${need}`, layer: "path policy", rule, remedy },
  });
  const outside = (need: string) =>
    refused("writing outside of the project", need, "add the folder with --add-dir");
  const hidden = (need: string) =>
    refused("writing to a protected folder", need, "change it yourself");
  const blocked = "writing is blocked by read-only sandbox";
  const run = (sandboxed: boolean) => ({ type: "skip", sandboxed });
  const ask = (sandboxed: boolean, reason: string) => ({
    type: "needs_approval",
    sandboxed,
    reason,
  });
  const rows: [AskForApproval, SandboxPolicy, string[], unknown][] = [
    ["never", WORKSPACE, ["/ws/a", "/ws/b/c", "/more/x", "/tmp/y", "/var/tmp/z"], run(true)],
    ["never", WORKSPACE, ["/ws/a", "/etc/passwd"], outside('"/etc/passwd"')],
    ["never", WORKSPACE, ["/wsx/a"], outside('"/wsx/a"')],
    ["never", WORKSPACE, ["/a", "/b", "/c", "/d", "/e"], outside('"/a", "/b", "/c" and 2 more')],
    ["never", WORKSPACE, ["/ws/.git/hooks/pre-commit"], hidden('"/ws/.git/hooks/pre-commit"')],
    ["never", WORKSPACE, ["/ws/.codex/config.toml"], hidden('"/ws/.codex/config.toml"')],
    ["never", WORKSPACE, ["/ws/.GIT/config"], hidden('"/ws/.GIT/config"')],
    ["never", WORKSPACE, ["/ws/.github/x", "/ws/.gitignore"], run(true)],
    [
      "never",
      READ_ONLY,
      ["/ws/a"],
      refused(blocked, '"/ws/a"', "allow it with -s workspace-write"),
    ],
    ["never", FULL, ["/etc/passwd", "/ws/.git/config"], run(false)],
    ["on-request", WORKSPACE, ["/ws/a"], run(true)],
    ["on-request", WORKSPACE, ["/etc/x"], ask(false, "writing outside of the project: /etc/x")],
    ["on-request", READ_ONLY, ["/ws/a"], ask(false, `${blocked}: /ws/a`)],
    ["on-request", FULL, ["/etc/x"], run(false)],
    ["on-failure", WORKSPACE, ["/etc/x"], ask(false, "writing outside of the project: /etc/x")],
    ["on-failure", WORKSPACE, ["/ws/a"], run(true)],
    ["untrusted", WORKSPACE, ["/ws/a"], ask(true, "every edit is asked for")],
    [
      "untrusted",
      WORKSPACE,
      ["/ws/.git/x"],
      ask(false, "writing to a protected folder: /ws/.git/x"),
    ],
    ["untrusted", FULL, ["/etc/x"], ask(false, "every edit is asked for")],
  ];
  for (const [approvalPolicy, sandboxPolicy, paths, expected] of rows) {
    const roots = writableRoots(sandboxPolicy, { cwd: "/ws", tmpdir: "/var/tmp" });
    const turn = { approvalPolicy, sandboxPolicy, cwd: "/ws" };
    const targets = { paths, confinement: confinedTo(roots) };
    deepStrictEqual(assessPatch(targets, turn), expected);
  }
});

Deno.test("assessPermissions() answers every policy and sandbox, and opens nothing protected", () => {
  const wanted = { network: { enabled: true }, file_system: { write: ["/data"] } };
  for (const approvalPolicy of POLICIES) {
    for (const [name, sandboxPolicy] of Object.entries(SANDBOXES)) {
      const turn = { approvalPolicy, sandboxPolicy, cwd: "/ws" };
      const requirement = assessPermissions({ wanted, closed: [], reason: "why" }, turn);
      const never = {
        type: "forbidden",
        reason: 'the policy is "never": nobody is asked',
        denial: {
          need: 'to use the network and to write "/data"',
          layer: "approval",
          rule: 'the policy is "never": nobody is asked',
          remedy: "widen the sandbox with -s, --add-dir or sandbox_workspace_write.network_access",
        },
      };
      const expected = name === "FULL"
        ? { type: "skip", sandboxed: false }
        : approvalPolicy === "never"
        ? never
        : { type: "needs_approval", sandboxed: true, reason: "why" };
      deepStrictEqual(requirement, expected);
    }
  }
  const rule =
    "a path has to be absolute, there, and outside of .git, .codex, .agents and CODEX_HOME";
  deepStrictEqual(
    assessPermissions({ wanted: {}, closed: ["/ws/.git"], reason: "" }, {
      approvalPolicy: "on-request",
      sandboxPolicy: WORKSPACE,
      cwd: "/ws",
    }),
    {
      type: "forbidden",
      reason: rule,
      denial: {
        need: 'to write "/ws/.git"',
        layer: "path policy",
        rule,
        remedy: "ask for another one",
      },
    },
  );
});

Deno.test("a folder inside another root stays protected as the working folder's own", () => {
  const roots = writableRoots(WORKSPACE, { cwd: "/tmp/ws", tmpdir: undefined });
  deepStrictEqual(roots, ["/tmp/ws", "/more", "/tmp"]);
  const policies = { approvalPolicy: "never", sandboxPolicy: WORKSPACE, cwd: "/tmp/ws" } as const;
  const targets = { paths: ["/tmp/ws/.git/x"], confinement: confinedTo(roots) };
  deepStrictEqual(assessPatch(targets, policies).type, "forbidden");
});

Deno.test("writableRoots() leaves out what the policy excludes", () => {
  const policy = { ...WORKSPACE, exclude_tmpdir_env_var: true, exclude_slash_tmp: true } as const;
  deepStrictEqual(writableRoots(policy, { cwd: "/ws", tmpdir: "/t" }), ["/ws", "/more"]);
  deepStrictEqual(writableRoots(READ_ONLY, { cwd: "/ws", tmpdir: "/t" }), []);
});
