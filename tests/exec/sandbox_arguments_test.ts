/** What confines a process, as arguments: whole vectors, the ladder of levels, and what is protected. */

import { deepStrictEqual } from "node:assert/strict";
import { confinementOf } from "../../src/exec/confinements.ts";
import { bubblewrapArguments } from "../../src/exec/sandbox/bubblewrap.ts";
import { placesIn } from "../../src/exec/runner.ts";
import { faultOf, levelsFrom } from "../../src/exec/sandbox/mod.ts";
import { findProtected, placesOf } from "../../src/exec/sandbox/protected.ts";
import { seatbeltArguments } from "../../src/exec/sandbox/seatbelt.ts";
import type { Confinement } from "../../src/protocol/confinement.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";

const NOTHING: Confinement = { writableRoots: [], protectedPaths: [], network: false };
const WORKSPACE: Confinement = {
  writableRoots: ["/ws", "/tmp"],
  protectedPaths: ["/ws/.git"],
  network: false,
};

const NAMESPACES = [
  ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"],
  "--unshare-cgroup-try",
];
const LIVES = ["--die-with-parent", "--new-session", "--ro-bind", "/", "/", "--dev", "/dev"];
const END = [
  ...["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"],
  ...["--cap-drop", "ALL", "--"],
];

const OPTIONS = { closed: [], alsoWritable: [], refuseNamespaces: true };

Deno.test("bubblewrap: nothing may be written, nothing reached, and no namespace made", () => {
  deepStrictEqual(bubblewrapArguments({ ...OPTIONS, confinement: NOTHING }), [
    "bwrap",
    ...NAMESPACES,
    ...["--unshare-net", "--disable-userns"],
    ...LIVES,
    ...END,
  ]);
});

Deno.test("bubblewrap: one before 0.8 is not asked to refuse namespaces", () => {
  const options = { ...OPTIONS, confinement: NOTHING, refuseNamespaces: false };
  deepStrictEqual(bubblewrapArguments(options), [
    "bwrap",
    ...NAMESPACES,
    "--unshare-net",
    ...LIVES,
    ...END,
  ]);
});

Deno.test("bubblewrap: roots are opened, then what is protected in them is closed", () => {
  const args = bubblewrapArguments({
    confinement: { ...WORKSPACE, network: true },
    closed: ["/ws/.git", "/ws/.codex"],
    alsoWritable: ["/tmp/decodex-1"],
    refuseNamespaces: true,
  });
  deepStrictEqual(args, [
    "bwrap",
    ...NAMESPACES,
    "--disable-userns",
    ...LIVES,
    ...["--bind", "/ws", "/ws"],
    ...["--bind", "/tmp", "/tmp"],
    ...["--bind", "/tmp/decodex-1", "/tmp/decodex-1"],
    ...["--ro-bind", "/ws/.git", "/ws/.git"],
    ...["--ro-bind", "/ws/.codex", "/ws/.codex"],
    ...END,
  ]);
});

Deno.test("bubblewrap: no folder between a root and what is mounted in it can be moved away", () => {
  const args = bubblewrapArguments({
    confinement: { ...WORKSPACE, writableRoots: ["/tmp", "/tmp/a/b/ws"] },
    closed: ["/tmp/a/b/ws/.git", "/tmp/a/b/ws/h/codex", "/other/store"],
    alsoWritable: [],
    refuseNamespaces: true,
  });
  deepStrictEqual(args.slice(args.indexOf("/dev") + 1, args.indexOf("--proc")), [
    ...["--bind", "/tmp", "/tmp"],
    ...["--bind", "/tmp/a", "/tmp/a"],
    ...["--bind", "/tmp/a/b", "/tmp/a/b"],
    ...["--bind", "/tmp/a/b/ws", "/tmp/a/b/ws"],
    ...["--bind", "/tmp/a/b/ws/h", "/tmp/a/b/ws/h"],
    ...["--ro-bind", "/other/store", "/other/store"],
    ...["--ro-bind", "/tmp/a/b/ws/.git", "/tmp/a/b/ws/.git"],
    ...["--ro-bind", "/tmp/a/b/ws/h/codex", "/tmp/a/b/ws/h/codex"],
  ]);
});

/** As the profile is written; no Mac has read it. */
Deno.test("seatbelt: paths are parameters, and what is protected comes after what is open", () => {
  const odd = '/ws/"odd" (name)';
  const confinement = { ...WORKSPACE, writableRoots: [odd], protectedPaths: [`${odd}/.git`] };
  deepStrictEqual(seatbeltArguments(confinement, ["/tmp/own"]), [
    "/usr/bin/sandbox-exec",
    "-p",
    [
      "(version 1)",
      "(allow default)",
      "(deny file-write*)",
      '(allow file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") ' +
      '(literal "/dev/ptmx"))',
      '(allow file-write* (regex #"^/dev/ttys[0-9]+$"))',
      '(allow file-write* (subpath (param "WRITABLE_0")))',
      '(allow file-write* (subpath (param "WRITABLE_1")))',
      '(deny file-write* (subpath (param "CLOSED_0")))',
      "(deny network*)",
      "(allow network* (local unix) (remote unix))",
    ].join("\n"),
    `-DWRITABLE_0=${odd}`,
    "-DWRITABLE_1=/tmp/own",
    `-DCLOSED_0=${odd}/.git`,
    "--",
  ]);
});

Deno.test("seatbelt: the network is closed by two lines, and nothing is opened for a reader", () => {
  const profileOf = (confinement: Confinement) =>
    (seatbeltArguments(confinement, [])[2] ?? "").split("\n").slice(5);
  deepStrictEqual(profileOf(NOTHING), [
    "(deny network*)",
    "(allow network* (local unix) (remote unix))",
  ]);
  deepStrictEqual(profileOf({ ...NOTHING, network: true }), []);
});

Deno.test("levels are tried from the strongest that was asked for down to none", () => {
  const rows = [
    ["auto", "linux", ["bubblewrap", "landlock", "none"]],
    ["auto", "darwin", ["seatbelt", "none"]],
    ["auto", "windows", ["none"]],
    ["bubblewrap", "linux", ["bubblewrap", "landlock", "none"]],
    ["landlock", "linux", ["landlock", "none"]],
    ["none", "linux", ["none"]],
    ["seatbelt", "linux", ["seatbelt", "none"]],
    ["bubblewrap", "darwin", ["bubblewrap", "none"]],
    ["landlock", "windows", ["landlock", "none"]],
  ] as const;
  for (const [wanted, os, levels] of rows) deepStrictEqual(levelsFrom(wanted, os), [...levels]);
});

Deno.test("a level that cannot be had comes with what its owner could do", () => {
  const rows = [
    ["bubblewrap", "entity not found", "install the package bubblewrap"],
    ["bubblewrap", "No such file or directory (os error 2)", "install the package bubblewrap"],
    [
      "bubblewrap",
      "bwrap: No permissions to create new namespace",
      "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, or " +
      "kernel.apparmor_restrict_unprivileged_userns=0)",
    ],
    [
      "landlock",
      "this kernel has no Landlock (os error 38)",
      "use Linux 5.13 or later with landlock among the kernel's security modules (lsm=)",
    ],
    ["seatbelt", "any", "use macOS"],
    ["none", "any", ""],
  ] as const;
  for (const [level, reason, remedy] of rows) {
    deepStrictEqual(faultOf(level, reason), { level, reason, remedy });
  }
});

interface Folder extends AsyncDisposable {
  readonly path: string;
}

async function temporary(): Promise<Folder> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_protected_" }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("a protected path stands for where its link leads and for the repository it names", async () => {
  await using folder = await temporary();
  const at = (name: string) => `${folder.path}/${name}`;
  await Deno.mkdir(at("main/.git/worktrees/tree"), { recursive: true });
  await Deno.writeTextFile(at("main/.git/worktrees/tree/commondir"), "../..\n");
  await Deno.mkdir(at("tree"));
  await Deno.writeTextFile(at("tree/.git"), "gitdir: ../main/.git/worktrees/tree\n");
  await Deno.mkdir(at("linked"));
  await Deno.symlink("../tree/.git", at("linked/.git"));
  await Deno.symlink("../gone/away", at("linked/.codex"));
  await Deno.symlink(".agents", at("linked/.agents"));
  const repository = [at("main/.git/worktrees/tree"), at("main/.git")];
  const rows: [string, string[]][] = [
    ["main/.git", [at("main/.git")]],
    ["main/.codex", [at("main/.codex")]],
    ["tree/.git", [at("tree/.git"), ...repository]],
    ["linked/.git", [at("linked/.git"), at("tree/.git"), ...repository]],
    ["linked/.codex", [at("linked/.codex"), at("gone/away")]],
    ["linked/.agents", [at("linked/.agents")]],
  ];
  for (const [path, places] of rows) deepStrictEqual(await placesOf(at(path)), places);
});

Deno.test("a protected path stands for each link on the way, and for what could be made at its end", async () => {
  await using folder = await temporary();
  const at = (name: string) => `${folder.path}/${name}`;
  for (const name of ["real/home", "ws", "early"]) await Deno.mkdir(at(name), { recursive: true });
  await Deno.symlink("../real", at("ws/link"));
  await Deno.symlink("link/home", at("ws/.codex"));
  await Deno.symlink(at("ws/.codex"), at("ws/.agents"));
  await Deno.symlink("../gone/away", at("early/.codex"));
  await Deno.writeTextFile(at("ws/.git"), "gitdir: ../early/x/y\n");
  const home = [at("ws/link"), at("real/home")];
  const rows: [string, string[] | undefined, string[]][] = [
    ["ws/link/home", undefined, home],
    ["ws/link/../ws/./link/home/", undefined, home],
    ["ws/.codex", undefined, [at("ws/.codex"), ...home]],
    ["ws/.agents", undefined, [at("ws/.agents"), at("ws/.codex"), ...home]],
    ["ws/link/home/none/of/it", undefined, [at("ws/link"), at("real/home/none/of/it")]],
    ["ws/.git", undefined, [at("ws/.git"), at("early/x/y")]],
    // Where nothing may be written nothing is exchanged, nor made.
    ["ws/.agents", [at("early")], [at("real/home")]],
    ["ws/.git", [at("ws")], [at("ws/.git")]],
    ["early/.codex", [at("early")], [at("early/.codex")]],
  ];
  for (const [path, roots, places] of rows) {
    deepStrictEqual(await placesOf(at(path), roots), places, `${path} ${roots}`);
  }
});

Deno.test("the home is protected where it is, and the link by which the user has named it", async () => {
  await using folder = await temporary();
  const at = (name: string) => `${folder.path}/${name}`;
  for (const name of ["home", "work"]) await Deno.mkdir(at(name));
  await Deno.symlink("../home", at("work/link"));
  const protectedBy = async (variable: string, home: string) => {
    const sandboxPolicy: SandboxPolicy = {
      type: "workspace-write",
      writable_roots: [],
      network_access: false,
      exclude_tmpdir_env_var: true,
      exclude_slash_tmp: true,
    };
    const places = placesIn({ CODEX_HOME: variable }, home);
    const { protectedPaths } = await confinementOf({ cwd: at("work"), sandboxPolicy }, places);
    return protectedPaths.slice(3);
  };
  deepStrictEqual(await protectedBy(at("work/link"), at("home")), [at("work/link"), at("home")]);
  // What the variable says beside that is somebody else's home.
  deepStrictEqual(await protectedBy(at("work/none"), at("home")), [at("home")]);
  deepStrictEqual(await protectedBy("", at("work/none")), [at("work/none")]);
});

Deno.test("what is protected is told apart: there, not there, links", async () => {
  await using folder = await temporary();
  const at = (name: string) => `${folder.path}/${name}`;
  await Deno.mkdir(at("there"));
  await Deno.writeTextFile(at("file"), "");
  await Deno.symlink("there", at("link"));
  await Deno.mkdir(at("placeholder"));
  await Deno.chmod(at("placeholder"), 0o1755);
  const names = ["there", "file", "link", "placeholder", "absent", "there"];
  deepStrictEqual(findProtected(names.map(at)), {
    existing: [at("there"), at("file")],
    absent: [at("placeholder"), at("absent")],
    links: [at("link")],
  });
});

Deno.test("a policy opens real folders, and closes in each what steers git and agents", async () => {
  await using folder = await temporary();
  const at = (name: string) => `${folder.path}/${name}`;
  for (const name of ["work", "more", "tmp", "home"]) await Deno.mkdir(at(name));
  await Deno.symlink("more", at("link"));
  const places = { tmpdir: at("tmp"), codexHome: at("home"), known: new Map() };
  const policy: SandboxPolicy = {
    type: "workspace-write",
    writable_roots: [at("link"), at("not there")],
    network_access: true,
    exclude_tmpdir_env_var: false,
    exclude_slash_tmp: true,
  };
  const closedIn = (name: string) =>
    [".git", ".codex", ".agents"].map((each) => at(`${name}/${each}`));
  const of = async (sandboxPolicy: SandboxPolicy) =>
    await confinementOf({ cwd: at("work"), sandboxPolicy }, places);
  deepStrictEqual(await of(policy), {
    writableRoots: [at("work"), at("more"), at("tmp")],
    protectedPaths: [...closedIn("work"), ...closedIn("more"), ...closedIn("tmp"), at("home")],
    network: true,
  });
  await Deno.remove(at("link"));
  await Deno.symlink("/", at("link"));
  await Deno.symlink("/", at("not there"));
  deepStrictEqual((await of(policy)).writableRoots, [at("work"), at("more"), at("tmp")]);
  await Deno.remove(at("not there"));
  await Deno.mkdir(at("not there"));
  const withIt = [at("work"), at("more"), at("not there"), at("tmp")];
  deepStrictEqual((await of(policy)).writableRoots, withIt);
  deepStrictEqual(await of({ type: "read-only" }), NOTHING);
  deepStrictEqual(await of({ type: "danger-full-access" }), { protectedPaths: [], network: true });
});
