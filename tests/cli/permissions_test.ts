/** The lines of `decodex permissions`, from facts alone, and the text that shows them. */

import { deepStrictEqual, match } from "node:assert/strict";
import { type LineFacts, permissionLines } from "../../src/cli/permissions/lines.ts";
import { type PermissionsReport, permissionsText } from "../../src/cli/permissions/report.ts";

const FACTS: LineFacts = {
  program: "/opt/it's/decodex.js",
  project: "/home/u/a b",
  home: "/home/u/.codex",
  named: ["/etc/models.json"],
  certificates: ["/etc/ca.pem"],
  writableRoots: {
    demo: ["/home/u/a b", "/tmp"],
    work: ["/home/u/a b/sub", "/tmp", "/data"],
    no_shell: ["/home/u/a b/sub", "/data"],
    questions: [],
  },
  tempDir: "/tmp",
  hostPrograms: ["/usr/bin/deno", "bwrap"],
  git: ["git"],
  server: "[::1]:8080",
  atHand: "no_shell",
};

function linesOf(facts: LineFacts): string[] {
  return permissionLines(facts).map(({ line }) => line);
}

Deno.test("each part has the least that it works with, as a line for a shell", () => {
  const program = `'/opt/it'\\''s/decodex.js'`;
  const run = "--allow-run=/usr/bin/deno,bwrap,git";
  deepStrictEqual(linesOf(FACTS), [
    "deno run --no-prompt '--allow-read=/home/u/a b,/home/u/.codex,/tmp,/etc/models.json' " +
    `'--allow-write=/home/u/a b,/tmp,/home/u/.codex' ${run} --allow-env ${program} --demo`,
    "deno run --no-prompt " +
    "'--allow-read=/home/u/a b,/home/u/.codex,/tmp,/data,/etc/models.json,/etc/ca.pem' " +
    `'--allow-write=/home/u/a b/sub,/tmp,/data,/home/u/.codex' ${run} --allow-env ` +
    `'--allow-net=[::1]:8080' ${program}`,
    "deno run --no-prompt " +
    "'--allow-read=/home/u/a b,/home/u/.codex,/data,/etc/models.json,/etc/ca.pem' " +
    "'--allow-write=/home/u/a b/sub,/data,/home/u/.codex' --allow-env " +
    `'--allow-net=[::1]:8080' ${program} --no-shell`,
    "deno run --no-prompt " +
    "'--allow-read=/home/u/a b,/home/u/.codex,/etc/models.json,/etc/ca.pem' --allow-env " +
    `'--allow-net=[::1]:8080' ${program} --no-shell --ephemeral --sandbox read-only`,
  ]);
});

Deno.test("without a home, a sandbox program, git or a writable folder nothing is asked for them", () => {
  const { home: _, ...others } = FACTS;
  const bare: LineFacts = {
    ...others,
    home: undefined,
    program: "main.ts",
    project: "/w",
    named: [],
    certificates: [],
    writableRoots: { demo: [], work: [], no_shell: [], questions: [] },
    hostPrograms: ["deno"],
    git: [],
  };
  deepStrictEqual(linesOf(bare), [
    "deno run --no-prompt --allow-read=/w,/tmp --allow-write=/tmp --allow-run=deno --allow-env " +
    "main.ts --demo",
    "deno run --no-prompt --allow-read=/w,/tmp --allow-write=/tmp --allow-run=deno --allow-env " +
    "'--allow-net=[::1]:8080' main.ts",
    "deno run --no-prompt --allow-read=/w --allow-env '--allow-net=[::1]:8080' main.ts --no-shell",
    "deno run --no-prompt --allow-read=/w --allow-env '--allow-net=[::1]:8080' main.ts --no-shell " +
    "--ephemeral --sandbox read-only",
  ]);
});

Deno.test("a path that no list can hold takes the whole permission", () => {
  const [demo] = permissionLines({ ...FACTS, project: "/a,b" });
  deepStrictEqual(demo?.permissions.map(({ flag }) => flag).slice(0, 2), [
    "--allow-read",
    "--allow-write=/home/u/a b,/tmp,/home/u/.codex",
  ]);
});

Deno.test("every permission has its reasons", () => {
  const reasons = permissionLines(FACTS).flatMap(({ permissions }) =>
    permissions.map((permission) => permission.reasons.length)
  );
  deepStrictEqual(reasons.filter((count) => count === 0), []);
  deepStrictEqual(reasons.length, 4 + 5 + 4 + 3);
});

Deno.test("the text marks the line at hand, and tells why there is no stronger sandbox", () => {
  const all = { read: "all", write: "all", net: "all", env: "all", run: "all" } as const;
  const none = { ffi: "none", sys: "none", import: "none" } as const;
  const report: PermissionsReport = {
    decodex_version: "1.2.3",
    form: "bundle",
    cwd: "/w",
    codex_home: null,
    provider: { id: "p", server: "h:1" },
    no_shell: true,
    sandbox: {
      mode: "read-only",
      level: "landlock",
      faults: [{ level: "bubblewrap", reason: "it is not there", remedy: "install it" }],
    },
    lines: permissionLines(FACTS),
    held: {
      front: { ...all, ...none, net: ["h:1"] },
      host: { ...all, ...none, net: "none", env: "none", ffi: "all" },
    },
    warnings: ["odd"],
  };
  const text = permissionsText(report);
  match(
    text,
    /^sandbox +read-only, held by landlock\n +not bubblewrap: it is not there; install it$/m,
  );
  match(text, /^warning: odd$/m);
  deepStrictEqual(text.match(/^> .*/gm), [
    "> no commands: files are read and edited, nothing is started",
  ]);
  match(text, /^ {2}net {5}none +h:1$/m);
  match(text, /^ {2}ffi {5}all +none$/m);
  const alone = { ...report, held: { ...report.held, host: null } };
  match(permissionsText(alone), /held by path rules alone: tools work in this process/);
});
