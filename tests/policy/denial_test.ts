/** When a failure is laid at the sandbox's door, and what is said then. */

import { deepStrictEqual } from "node:assert/strict";
import {
  restoredDenial,
  restoredNote,
  sandboxDenial,
  shownCommand,
} from "../../src/policy/denial.ts";
import { type Confinement, UNCONFINED } from "../../src/protocol/confinement.ts";
import type { AskForApproval } from "../../src/protocol/policy.ts";

const WORKSPACE: Confinement = {
  writableRoots: ["/ws", "/tmp"],
  protectedPaths: ["/ws/.git", "/ws/.codex"],
  network: false,
};
const ONLINE: Confinement = { ...WORKSPACE, network: true };
const READ_ONLY: Confinement = { writableRoots: [], protectedPaths: [], network: false };

const FILES = "only the writable folders may be written, and no protected path in them";
const NETWORK = "the network is off";
const NOTHING = "nothing may be written";
const OTHER = "commands may not reach other processes or the system itself";
const FINE = undefined;

function ruleOf(output: string, exitCode: number, confinement: Confinement): string | undefined {
  return sandboxDenial({ command: ["x"], output, exitCode }, {
    confinement,
    approvalPolicy: "never",
  })?.rule;
}

Deno.test("sandboxDenial() tells the sandbox's refusals from everything else", () => {
  const rows: [output: string, exitCode: number, confinement: Confinement, rule: unknown][] = [
    // Writing.
    ["touch: cannot touch '/etc/x': Read-only file system", 1, WORKSPACE, FILES],
    ["touch: cannot touch '/etc/x': Permission denied", 1, WORKSPACE, FILES],
    ["bash: line 1: /etc/x: Permission denied\n", 1, WORKSPACE, FILES],
    ["error: could not lock config file .git/config: Read-only file system", 255, WORKSPACE, FILES],
    ["mkdir: cannot create directory ‘/ws/.git/x’: Permission denied", 1, WORKSPACE, FILES],
    ["Error: EROFS: read-only file system, open '/etc/x'", 1, WORKSPACE, FILES],
    ["Error: EACCES: permission denied, open '/etc/x'", 1, WORKSPACE, FILES],
    ["Permission denied (os error 13)", 101, WORKSPACE, FILES],
    ["touch: cannot touch 'x': Read-only file system", 1, READ_ONLY, NOTHING],
    ["touch: cannot touch '/etc/x': Permission denied", 1, ONLINE, FILES],
    // The network.
    ["curl: (6) Could not resolve host: example.com", 6, WORKSPACE, NETWORK],
    ["connect: Network is unreachable", 2, WORKSPACE, NETWORK],
    ["curl: (7) Failed to connect to 1.1.1.1 port 80: Couldn't connect", 7, WORKSPACE, NETWORK],
    ["curl: (7) Failed to connect to localhost port 80: Couldn't connect", 7, WORKSPACE, FINE],
    ["npm error getaddrinfo EAI_AGAIN registry", 1, WORKSPACE, NETWORK],
    ["socket.gaierror: [Errno -3] Temporary failure in name resolution", 1, WORKSPACE, NETWORK],
    ["ssh: Could not resolve hostname h: Name or service not known", 255, WORKSPACE, NETWORK],
    [
      "error sending request: dns error: failed to lookup address information",
      1,
      WORKSPACE,
      NETWORK,
    ],
    ["ping: socket: Operation not permitted", 2, WORKSPACE, NETWORK],
    ["curl: (6) Could not resolve host: example.com", 6, ONLINE, FINE],
    ["ping: socket: Operation not permitted", 2, ONLINE, OTHER],
    // Something that no rule of ours is named for.
    ["strace: Operation not permitted", 1, WORKSPACE, OTHER],
    ["", 159, WORKSPACE, OTHER],
    // Not the sandbox.
    ["touch: cannot touch '/etc/x': Read-only file system", 0, WORKSPACE, FINE],
    ["touch: cannot touch '/etc/x': Read-only file system", 1, UNCONFINED, FINE],
    ["test failed: expected 1, got 2", 1, WORKSPACE, FINE],
    ["", 1, WORKSPACE, FINE],
    ["bash: ./run.sh: Permission denied", 126, WORKSPACE, FINE],
    ["bash: nothing: command not found", 127, WORKSPACE, FINE],
    ["cat: /etc/secret: Permission denied", 1, WORKSPACE, FINE],
    ["/usr/bin/head: cannot open 'x' for reading: Permission denied", 1, WORKSPACE, FINE],
    ["ls: cannot open directory '/lost': Permission denied", 2, WORKSPACE, FINE],
    ["rm: cannot remove '/tmp/a': Operation not permitted", 1, WORKSPACE, FINE],
    ["cp: cannot create regular file '/ws/x': Permission denied", 1, WORKSPACE, FINE],
    ["x: /ws/a -> /etc/b: Permission denied", 1, WORKSPACE, FILES],
    [`Permission denied: /etc/x\n${"fine\n".repeat(200)}`, 1, WORKSPACE, FINE],
  ];
  for (const [output, exitCode, confinement, rule] of rows) {
    deepStrictEqual([output, exitCode, ruleOf(output, exitCode, confinement)], [
      output,
      exitCode,
      rule,
    ]);
  }
});

Deno.test("a denial names what was tried, the layer, the rule and what helps", () => {
  const command = ["bash", "-lc", "touch /etc/x"];
  const files = { command, exitCode: 1, output: "touch: '/etc/x': Read-only file system" };
  const network = { command, exitCode: 1, output: "Could not resolve host" };
  const other = { command, exitCode: 1, output: "mount: Operation not permitted" };
  const denial = { need: 'what "touch /etc/x" tried', layer: "OS sandbox" };
  const ask = 'ask for it with sandbox_permissions "require_escalated"';
  const allow = (how: string) => `the user can allow it with ${how}`;
  const rows: [typeof files, AskForApproval, Confinement, rule: string, remedy: string][] = [
    [files, "never", WORKSPACE, FILES, allow("--add-dir DIR")],
    [files, "untrusted", WORKSPACE, FILES, allow("--add-dir DIR")],
    [files, "never", READ_ONLY, NOTHING, allow("-s workspace-write")],
    [files, "on-request", WORKSPACE, FILES, ask],
    [network, "on-request", WORKSPACE, NETWORK, ask],
    [other, "never", WORKSPACE, OTHER, allow("-s danger-full-access")],
    [network, "never", WORKSPACE, NETWORK, allow("-c sandbox_workspace_write.network_access=true")],
  ];
  for (const [ended, approvalPolicy, confinement, rule, remedy] of rows) {
    deepStrictEqual(sandboxDenial(ended, { confinement, approvalPolicy }), {
      ...denial,
      rule,
      remedy,
    });
  }
});

Deno.test("a protected path that was changed is a denial, put back or not, whatever becomes of the command", () => {
  const ended = {
    command: ["bash", "-c", "echo > .git/x"],
    output: "[sandbox: may not be written, and was put back as it was: /ws/.git/x]\n",
  };
  deepStrictEqual(restoredDenial(ended), {
    need: 'what "echo > .git/x" tried',
    layer: "OS sandbox",
    rule: "may not be written, and was put back as it was: /ws/.git/x",
    remedy: "change it yourself",
  });
  const left = restoredNote({ right: "/ws/.git/x", left: "/ws/.git/y, /ws/.git/z" });
  deepStrictEqual(
    restoredDenial({ ...ended, output: `before\n${left}\n` })?.rule,
    "may not be written, and was put back as it was: /ws/.git/x; " +
      "could not be put back: /ws/.git/y, /ws/.git/z",
  );
  deepStrictEqual(restoredDenial({ ...ended, output: `${ended.output}more\n` }), undefined);
  deepStrictEqual(restoredDenial({ ...ended, output: "" }), undefined);
});

Deno.test("a command is shown on one line, without the shell around it, and not endlessly", () => {
  deepStrictEqual(shownCommand(["/bin/bash", "-lc", "a\n  b"]), "a b");
  deepStrictEqual(shownCommand(["git", "status"]), "git status");
  deepStrictEqual(shownCommand(["x".repeat(200)]), `${"x".repeat(119)}…`);
});
