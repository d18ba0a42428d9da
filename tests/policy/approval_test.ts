/** The whole table of what may run or be written unasked. */

import { deepStrictEqual } from "node:assert/strict";
import { assessExec, assessPatch, type Requirement } from "../../src/policy/approval.ts";
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

const SAFE = ["ls", "-l"];
const UNKNOWN = ["bash", "-lc", "make"];
const WISH = { justification: "why" };

function run(sandboxed: boolean): Requirement {
  return { type: "skip", sandboxed };
}

function ask(sandboxed: boolean, reason: string): Requirement {
  return { type: "needs_approval", sandboxed, reason };
}

function never(policy: string): Requirement {
  return {
    type: "forbidden",
    reason: `approval policy is ${policy}; reject command — you cannot ask for escalated ` +
      `permissions if the approval policy is ${policy}`,
  };
}

Deno.test("assessExec() answers every approval policy, sandbox, command and wish", () => {
  const unsafe = "command is not known to be safe";
  const rows: [AskForApproval, SandboxPolicy, readonly string[], boolean, unknown][] = [
    ["never", READ_ONLY, UNKNOWN, false, run(true)],
    ["never", WORKSPACE, UNKNOWN, false, run(true)],
    ["never", FULL, UNKNOWN, false, run(false)],
    ["never", READ_ONLY, SAFE, true, never("Never")],
    ["never", WORKSPACE, UNKNOWN, true, never("Never")],
    ["never", FULL, UNKNOWN, true, never("Never")],
    ["on-failure", WORKSPACE, UNKNOWN, false, run(true)],
    ["on-failure", FULL, UNKNOWN, false, run(false)],
    ["on-failure", WORKSPACE, UNKNOWN, true, never("OnFailure")],
    ["on-request", WORKSPACE, UNKNOWN, false, run(true)],
    ["on-request", WORKSPACE, UNKNOWN, true, ask(false, "why")],
    ["on-request", FULL, UNKNOWN, true, run(false)],
    ["untrusted", WORKSPACE, SAFE, false, run(true)],
    ["untrusted", WORKSPACE, UNKNOWN, false, ask(true, unsafe)],
    ["untrusted", FULL, UNKNOWN, false, ask(false, unsafe)],
    ["untrusted", READ_ONLY, SAFE, true, never("UnlessTrusted")],
  ];
  for (const [approvalPolicy, sandboxPolicy, command, wish, expected] of rows) {
    const request = { command, ...wish && { escalation: WISH } };
    deepStrictEqual(assessExec(request, { approvalPolicy, sandboxPolicy }), expected);
  }
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
  const refused = (rule: string) => ({
    type: "forbidden",
    reason: `patch rejected: ${rule}; rejected by user approval settings`,
  });
  const outside = refused("writing outside of the project");
  const hidden = refused("writing to a protected folder");
  const rows: [AskForApproval, SandboxPolicy, string[], unknown][] = [
    ["never", WORKSPACE, ["/ws/a", "/ws/b/c", "/more/x", "/tmp/y", "/var/tmp/z"], run(true)],
    ["never", WORKSPACE, ["/ws/a", "/etc/passwd"], outside],
    ["never", WORKSPACE, ["/wsx/a"], outside],
    ["never", WORKSPACE, ["/ws/.git/hooks/pre-commit"], hidden],
    ["never", WORKSPACE, ["/ws/.codex/config.toml"], hidden],
    ["never", WORKSPACE, ["/ws/.GIT/config"], hidden],
    ["never", WORKSPACE, ["/ws/.github/x", "/ws/.gitignore"], run(true)],
    ["never", READ_ONLY, ["/ws/a"], refused("writing is blocked by read-only sandbox")],
    ["never", FULL, ["/etc/passwd", "/ws/.git/config"], run(false)],
    ["on-request", WORKSPACE, ["/etc/x"], ask(false, "writes outside of the project: /etc/x")],
    ["untrusted", WORKSPACE, ["/ws/a"], ask(true, "every edit is asked for")],
  ];
  for (const [approvalPolicy, sandboxPolicy, paths, expected] of rows) {
    const roots = writableRoots(sandboxPolicy, { cwd: "/ws", tmpdir: "/var/tmp" });
    const targets = { paths, confinement: confinedTo(roots) };
    deepStrictEqual(assessPatch(targets, { approvalPolicy, sandboxPolicy }), expected);
  }
});

Deno.test("a folder inside another root stays protected as the working folder's own", () => {
  const roots = writableRoots(WORKSPACE, { cwd: "/tmp/ws", tmpdir: undefined });
  deepStrictEqual(roots, ["/tmp/ws", "/more", "/tmp"]);
  const policies = { approvalPolicy: "never", sandboxPolicy: WORKSPACE } as const;
  const targets = { paths: ["/tmp/ws/.git/x"], confinement: confinedTo(roots) };
  deepStrictEqual(assessPatch(targets, policies).type, "forbidden");
});

Deno.test("writableRoots() leaves out what the policy excludes", () => {
  const policy = { ...WORKSPACE, exclude_tmpdir_env_var: true, exclude_slash_tmp: true } as const;
  deepStrictEqual(writableRoots(policy, { cwd: "/ws", tmpdir: "/t" }), ["/ws", "/more"]);
  deepStrictEqual(writableRoots(READ_ONLY, { cwd: "/ws", tmpdir: "/t" }), []);
});
