/** What git tells of a repository, and that a hostile one gets nothing run. */

import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { askChanges, askGit, type RunGit } from "../../src/context/git_facts.ts";
import { findGitRoot } from "../../src/context/git_root.ts";
import { publicRemoteUrl } from "../../src/context/remote_url.ts";
import { createGitLookup } from "../../src/context/turn_metadata.ts";
import { runGit } from "../../src/exec/git.ts";
import type { TurnMetadata } from "../../src/protocol/model_client.ts";
import { isThere } from "../support/is_there.ts";
import { until } from "../support/until.ts";
import { Workspace } from "./workspace.ts";

Deno.test("turnMetadata() and gitInfo() tell remote, commit, branch and changes", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/sub/a.txt": "a\n" });
  workspace.git("init", "-q", "-b", "trunk");
  workspace.git("add", ".");
  workspace.git("commit", "-q", "-m", "one");
  workspace.git("remote", "add", "origin", "https://me:secret@example.invalid/o/r.git?token=x");
  workspace.git("remote", "add", "odd.name", "git@example.invalid:o/r.git");
  const commit = workspace.git("rev-parse", "HEAD");
  const cwd = `${workspace.repo}/sub`;
  const context = workspace.context({ runGit, cwd });

  deepStrictEqual(await context.gitInfo(), {
    commit_hash: commit,
    branch: "trunk",
    repository_url: "https://example.invalid/o/r.git",
  });
  const known = {
    associated_remote_urls: {
      origin: "https://example.invalid/o/r.git",
      "odd.name": "git@example.invalid:o/r.git",
    },
    latest_git_commit_hash: commit,
  };
  const told = (changes: { has_changes?: boolean }, turn_id: string, sandbox: string) =>
    JSON.stringify({
      turn_id,
      workspaces: { [workspace.repo]: { ...known, ...changes } },
      sandbox,
    });
  const first = await context.turnMetadata(workspace.turn({ cwd }));
  strictEqual(JSON.stringify(first), told({}, "turn-1", "none"));
  context.requestSent();
  await until(() => changesIn(first, workspace) !== undefined);
  strictEqual(JSON.stringify(first), told({ has_changes: false }, "turn-1", "none"));
  workspace.write({ "repo/new.txt": "" });
  const turn = workspace.turn({ cwd, turnId: "turn-2", sandboxPolicy: { type: "read-only" } });
  const second = await context.turnMetadata(turn);
  context.requestSent();
  await until(() => changesIn(second, workspace) !== undefined);
  strictEqual(JSON.stringify(second), told({ has_changes: true }, "turn-2", "seccomp"));
});

/** Whatever is known of it by now. */
function changesIn({ workspaces }: TurnMetadata, { repo }: Workspace): boolean | undefined {
  return workspaces?.[repo]?.has_changes;
}

Deno.test("a repository without a commit tells its changes only", async () => {
  using workspace = new Workspace();
  workspace.git("init", "-q");
  const context = workspace.context({ runGit });
  const metadata = await context.turnMetadata(workspace.turn());
  context.requestSent();
  await until(() => changesIn(metadata, workspace) !== undefined);
  deepStrictEqual(metadata.workspaces, { [workspace.repo]: { has_changes: false } });
  deepStrictEqual(await context.gitInfo(), {});
});

Deno.test("outside of a repository git is not asked, nor where an empty .git keeps the place", async () => {
  using workspace = new Workspace();
  await Deno.mkdir(`${workspace.repo}/.git`);
  const asked: string[] = [];
  const context = workspace.context({
    runGit: (_, { cwd }) => Promise.resolve(void asked.push(cwd)),
  });
  deepStrictEqual(await context.turnMetadata(workspace.turn()), {
    turn_id: "turn-1",
    sandbox: "none",
  });
  deepStrictEqual(await context.gitInfo(), {});
  deepStrictEqual(asked, []);
});

Deno.test("an empty .git is no repository, nor does it hide the one around it", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${root}/outer/.git`, { recursive: true });
  await Deno.mkdir(`${root}/outer/inner/.git`, { recursive: true });
  await Deno.writeTextFile(`${root}/outer/.git/HEAD`, "ref");
  deepStrictEqual(findGitRoot(`${root}/outer/inner`), `${root}/outer`);
  await Deno.remove(root, { recursive: true });
});

Deno.test("a .git that is no repository does not tell of the one around it", async () => {
  using workspace = new Workspace();
  workspace.git("init", "-q");
  workspace.git("remote", "add", "origin", "https://example.invalid/outer.git");
  workspace.write({ "repo/inner/.git/x": "" });
  const inner = `${workspace.repo}/inner`;
  const { workspaces } = await workspace.context({ runGit, cwd: inner })
    .turnMetadata(workspace.turn({ cwd: inner }));
  deepStrictEqual(workspaces, { [inner]: {} });
});

Deno.test("git is asked once per turn, and its absence is no error", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "" });
  let asked = 0;
  const noGit: RunGit = () => Promise.resolve(void asked++);
  const context = workspace.context({ runGit: noGit });
  await Promise.all([context.gitInfo(), context.turnMetadata(workspace.turn())]);
  const metadata = await context.turnMetadata(workspace.turn());
  deepStrictEqual(metadata.workspaces, { [workspace.repo]: {} });
  strictEqual(asked, 3);
  await context.turnMetadata(workspace.turn({ turnId: "turn-2" }));
  strictEqual(asked, 6);
});

Deno.test("what git tells too late is left out", async () => {
  const slow: RunGit = (args) =>
    args[0] === "config" ? Promise.resolve("remote.o.url\nhttps://h/r\0") : new Promise(() => {});
  const facts = await askGit(slow, "/repo", { limitMs: 5 });
  deepStrictEqual(facts, { remotes: { o: "https://h/r" } });
});

Deno.test("where the look at the files is too slow, HEAD is asked, and later turns spare the look", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "" });
  const seen: string[] = [];
  const answers: Record<string, string> = { "rev-parse": "c0ffee\n", "symbolic-ref": "trunk\n" };
  const slow: RunGit = (args) => {
    const [name = ""] = args;
    seen.push(name);
    if (name === "config") return Promise.resolve("remote.origin.url\n/srv/r\0");
    return name === "status" ? new Promise(() => {}) : Promise.resolve(answers[name]);
  };
  const git = createGitLookup({ cwd: workspace.repo, runGit: slow, limitMs: 20 });
  const context = workspace.context({ git });
  const expected = {
    associated_remote_urls: { origin: "/srv/r" },
    latest_git_commit_hash: "c0ffee",
  };
  for (const turnId of ["turn-1", "turn-2"]) {
    const { workspaces } = await context.turnMetadata(workspace.turn({ turnId }));
    deepStrictEqual(workspaces, { [workspace.repo]: expected });
  }
  deepStrictEqual(await context.gitInfo(), {
    commit_hash: "c0ffee",
    branch: "trunk",
    repository_url: "/srv/r",
  });
  const head = ["rev-parse", "symbolic-ref"];
  deepStrictEqual(seen, ["config", "status", ...head, "config", ...head]);
});

Deno.test("runGit() gives nothing rather than a part of a very long answer", async () => {
  using workspace = new Workspace();
  workspace.git("init", "-q");
  strictEqual(
    (await runGit(["config", "--get", "core.bare"], { cwd: workspace.repo }))?.trim(),
    "false",
  );
  await Deno.writeTextFile(
    `${workspace.repo}/.git/config`,
    `[a]\nb = ${"x".repeat(80)}\n`.repeat(60_000),
  );
  strictEqual(await runGit(["config", "-z", "--list"], { cwd: workspace.repo }), undefined);
  strictEqual(await runGit(["no-such-command"], { cwd: workspace.repo }), undefined);
  strictEqual(await runGit(["status"], { cwd: `${workspace.repo}/none` }), undefined);
});

Deno.test("status is not asked while a filter of the repository could run", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "" });
  for (const config of [undefined, "filter.a=b.clean\nx\0", "filter.\ufffd.clean\nx\0"]) {
    const seen: string[] = [];
    const answers: RunGit = (args) => {
      seen.push(args.includes("status") ? "status" : args[0] ?? "");
      return Promise.resolve(args[0] === "config" ? config : undefined);
    };
    await workspace.context({ runGit: answers }).turnMetadata(workspace.turn());
    deepStrictEqual(seen, ["config", "rev-parse", "symbolic-ref"]);
  }
});

/** Whatever git can be made to run, as configuration. */
function hostileSettings(evil: string, hooks: string): Record<string, string> {
  return {
    "core.fsmonitor": evil,
    "core.hooksPath": hooks,
    "core.pager": evil,
    "core.sshCommand": evil,
    "core.askPass": evil,
    "core.editor": evil,
    "core.gitProxy": evil,
    "core.alternateRefsCommand": evil,
    "credential.helper": evil,
    "diff.external": evil,
    "diff.evil.textconv": evil,
    "diff.evil.command": evil,
    "merge.evil.driver": evil,
    "filter.evil.clean": evil,
    "filter.evil.smudge": evil,
    "filter.evil.process": evil,
    "filter.evil.required": "true",
    "filter.Long.Evil.clean": evil,
    "gpg.program": evil,
    "status.submoduleSummary": "true",
    "log.showSignature": "true",
    "alias.status": `!${evil}`,
    "alias.config": `!${evil}`,
    "alias.rev-parse": `!${evil}`,
    "pager.status": evil,
    "pager.config": evil,
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
    "extensions.partialClone": "origin",
    "remote.origin.promisor": "true",
    "remote.origin.url": `ext::${evil}`,
    "remote.origin.uploadpack": evil,
  };
}

Deno.test("a hostile repository gets nothing run", async () => {
  using workspace = new Workspace();
  workspace.write({
    "repo/.gitattributes": "*.txt filter=evil diff=evil merge=evil\n*.bin filter=Long.Evil\n",
    "repo/a.txt": "a\n",
    "repo/b.bin": "b\n",
    "bin/evil": `#!/bin/sh\necho "$0 $@" >> '${workspace.path}/ran'\ncat\n`,
  });
  const evil = `${workspace.path}/bin/evil`;
  workspace.makeExecutable("bin/evil");
  workspace.git("init", "-q");
  workspace.git("add", ".");
  workspace.git("commit", "-q", "-m", "one");
  addHostileModule(workspace, evil);
  const hooks = `${workspace.path}/hooks`;
  for (const hook of ["post-index-change", "reference-transaction", "pre-commit"]) {
    workspace.write({ [`hooks/${hook}`]: `#!/bin/sh\nexec ${evil}\n` });
    workspace.makeExecutable(`hooks/${hook}`);
  }
  workspace.git("config", "core.repositoryFormatVersion", "1");
  for (const [key, value] of Object.entries(hostileSettings(evil, hooks))) {
    workspace.git("config", key, value);
  }
  // Same size, other content and time: git has to read the files to tell.
  workspace.write({ "repo/a.txt": "A\n", "repo/b.bin": "B\n" });

  const context = workspace.context({ runGit });
  const ran = () => Deno.readTextFile(`${workspace.path}/ran`).catch(() => "nothing");
  const { workspaces } = await context.turnMetadata(workspace.turn());
  await context.gitInfo();
  strictEqual(workspaces?.[workspace.repo]?.has_changes, true);
  strictEqual(await ran(), "nothing");

  // A missing object is not fetched either.
  for await (const { name } of Deno.readDir(`${workspace.repo}/.git/objects`)) {
    const folder = `${workspace.repo}/.git/objects/${name}`;
    if (name.length === 2) await Deno.remove(folder, { recursive: true });
  }
  await context.turnMetadata(workspace.turn({ turnId: "turn-2" }));
  strictEqual(await ran(), "nothing");

  // Git by itself would have run it.
  throws(() => workspace.git("status", "--porcelain"));
  match(await ran(), /bin\/evil/);
});

Deno.test("a repository whose configuration lies elsewhere gets nothing run either", async () => {
  using workspace = new Workspace();
  const ran = `${workspace.path}/ran`;
  workspace.write({ "repo/.gitattributes": "* filter=evil\n", "repo/a.txt": "a\n" });
  workspace.git("init", "-q");
  workspace.git("add", ".");
  workspace.git("commit", "-q", "-m", "one");
  const copy = { args: ["-r", `${workspace.repo}/.git`, `${workspace.path}/common`] };
  strictEqual((await new Deno.Command("cp", copy).output()).success, true);
  await Deno.rename(`${workspace.path}/common`, `${workspace.repo}/.git/common`);
  workspace.write({ "repo/.git/commondir": "common\n" });
  workspace.git("config", "filter.evil.clean", `touch '${ran}'; cat`);
  workspace.write({ "repo/a.txt": "A\n" });
  const { workspaces } = await workspace.context({ runGit }).turnMetadata(workspace.turn());
  strictEqual(workspaces?.[workspace.repo]?.has_changes, true);
  strictEqual(await askChanges(runGit, workspace.repo, AbortSignal.timeout(5000)), true);
  const hasRun = () => Deno.stat(ran).then(() => true, () => false);
  strictEqual(await hasRun(), false);
  workspace.git("status", "--porcelain");
  strictEqual(await hasRun(), true);
});

Deno.test("a filter whose name is no UTF-8 is not run", async () => {
  using workspace = new Workspace();
  const ran = `${workspace.path}/ran`;
  workspace.write({ "repo/a.txt": "a\n" });
  for (const args of [["init", "-q"], ["add", "."]]) workspace.git(...args);
  const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  workspace.write({ "repo/.gitattributes": bytes("* filter=\xff\n"), "repo/a.txt": "A\n" });
  const filter = bytes(`[filter "\xff"]\nclean = "touch '${ran}'; cat"\n`);
  await Deno.writeFile(`${workspace.repo}/.git/config`, filter, { append: true });
  strictEqual((await askGit(runGit, workspace.repo)).hasChanges, undefined);
  strictEqual(isThere(ran), false);
  workspace.git("status", "--porcelain");
  strictEqual(isThere(ran), true);
});

/** A submodule, whose own configuration is not the one that has been looked at. */
function addHostileModule(workspace: Workspace, evil: string): void {
  const inModule = (...args: string[]) => workspace.git("-C", "module", ...args);
  workspace.write({ "repo/module/a.txt": "a\n", "repo/module/.gitattributes": "*.txt filter=x\n" });
  workspace.git("init", "-q", "module");
  inModule("add", ".");
  inModule("commit", "-q", "-m", "inner");
  const commit = inModule("rev-parse", "HEAD");
  workspace.git("update-index", "--add", "--cacheinfo", `160000,${commit},module`);
  workspace.git("commit", "-q", "-m", "module");
  workspace.write({ "repo/module/a.txt": "A\n" });
  inModule("config", "core.fsmonitor", evil);
  inModule("config", "filter.x.clean", evil);
}

Deno.test("publicRemoteUrl() keeps what names a repository and nothing secret", () => {
  const cases: Record<string, string | undefined> = {
    "https://example.invalid/o/r.git": "https://example.invalid/o/r.git",
    "https://me@example.invalid/o/r.git": "https://example.invalid/o/r.git",
    "https://me:tok@example.invalid:8443/o/r.git": "https://example.invalid:8443/o/r.git",
    "https://a@b:c@example.invalid/o": "https://example.invalid/o",
    "HTTPS://tok@example.invalid/o": "https://example.invalid/o",
    "https://example.invalid/o?private_token=x#y": "https://example.invalid/o",
    "https://me:pa/ss@example.invalid/o": undefined,
    "https://me:pa?ss@example.invalid/o": undefined,
    "https://[::1]:80/o": "https://[::1]:80/o",
    "ssh://git:pw@example.invalid:22/o/r.git": "ssh://git@example.invalid:22/o/r.git",
    "git@example.invalid:o/r.git": "git@example.invalid:o/r.git",
    "example.invalid:o/r.git?x=y": "example.invalid:o/r.git",
    "me:pw@example.invalid:o/r.git": undefined,
    "/srv/git/r.git": "/srv/git/r.git",
    "../r.git": "../r.git",
    "file:///srv/git/r.git": "file:///srv/git/r.git",
    "ext::sh -c 'echo secret'": undefined,
    "ext::helper": undefined,
    "https://example.invalid/\u0007": undefined,
    "": undefined,
  };
  const told = Object.keys(cases).map((url) => [url, publicRemoteUrl(url)]);
  deepStrictEqual(Object.fromEntries(told), cases);
});
