/** Tests of src/context/plain_repository.ts: what is plain is read, everything else is git's. */

import { deepStrictEqual } from "node:assert/strict";
import { readPlainRepository } from "../../src/context/plain_repository.ts";
import { Workspace } from "./workspace.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const PLAIN = "[core]\n\tbare = false\n# note\n";
const HEAD = "ref: refs/heads/main\n";

/** `.git`'s files by their names; what was read of it. */
function read(workspace: Workspace, files: Record<string, string>): unknown {
  Deno.removeSync(`${workspace.repo}/.git`, { recursive: true });
  const inGit = Object.entries(files).map(([name, text]) => [`repo/.git/${name}`, text]);
  workspace.write(Object.fromEntries(inGit));
  const found = readPlainRepository(workspace.repo);
  return found && { ...found, remotes: Object.fromEntries(found.remotes) };
}

Deno.test("readPlainRepository() gives what git gives, in every plain form", () => {
  using workspace = new Workspace();
  workspace.write({ "repo/a.txt": "a\n" });
  workspace.git("init", "-q", "-b", "some/trunk");
  workspace.git("remote", "add", "origin", "git@h:o/r.git");
  const plain = () => {
    const { remotes, ...head } = readPlainRepository(workspace.repo) ?? { remotes: new Map() };
    return { remotes: Object.fromEntries(remotes), ...head };
  };
  const remotes = { origin: "git@h:o/r.git" };
  deepStrictEqual(plain(), { remotes, branch: "some/trunk" });
  workspace.git("add", ".");
  workspace.git("commit", "-q", "-m", "one");
  const commit = workspace.git("rev-parse", "HEAD");
  deepStrictEqual(plain(), { remotes, branch: "some/trunk", commit });
  workspace.git("pack-refs", "--all");
  deepStrictEqual(plain(), { remotes, branch: "some/trunk", commit });
  workspace.git("checkout", "-q", "--detach");
  deepStrictEqual(plain(), { remotes, commit });
});

Deno.test("readPlainRepository() leaves a configuration that could mean more to git", () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "" });
  const second = '[remote "b.c"]\n  url=https://h/1\n\turl = https://h/2\n';
  deepStrictEqual(read(workspace, { HEAD, config: PLAIN + second }), {
    remotes: { "b.c": "https://h/1" },
    branch: "main",
  });
  const unclear = [
    '[filter "x"]\n\tclean = evil\n',
    "[FILTER.x]\n",
    "[include]\n\tpath = x\n",
    '[includeIf "gitdir:/"]\n\tpath = x\n',
    "[extensions]\n\tworktreeConfig = true\n",
    '[Remote "a"]\n\turl = x\n',
    "[remote.a]\n\turl = x\n",
    '[remote "a"] url = x\n',
    '[remote "a"]\n\turl = "x"\n',
    '[remote "a"]\n\turl = x # y\n',
    '[remote "a"]\n\turl = x\\\n y\n',
    '[remote "a"]\n\turl\n',
    "what is this\n",
  ];
  const taken = unclear.filter((config) => read(workspace, { HEAD, config: PLAIN + config }));
  deepStrictEqual(taken, []);
});

Deno.test("readPlainRepository() leaves a HEAD that it does not know to git", () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "" });
  const ref = "refs/heads/main";
  const unclear: Record<string, string>[] = [
    {},
    { HEAD: "ref: refs/heads/.invalid\n" },
    { HEAD: "ref: refs/heads/../../../secret\n" },
    { HEAD: "ref: refs/remotes/origin/main\n" },
    { HEAD: "not a ref\n" },
    { HEAD, [ref]: "sk-a-secret-and-no-commit\n" },
    { HEAD, "packed-refs": `${COMMIT.slice(1)} ${ref}\n` },
    { HEAD, "packed-refs": "x".repeat(70_000) },
  ];
  const taken = unclear.filter((files) => read(workspace, { ...files, config: PLAIN }));
  deepStrictEqual(taken, []);
  deepStrictEqual(read(workspace, { HEAD, config: PLAIN, [ref]: `${COMMIT}\n` }), {
    remotes: {},
    branch: "main",
    commit: COMMIT,
  });
});

Deno.test("readPlainRepository() leaves what has its configuration elsewhere, or belongs to another, to git", () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "" });
  const files = { HEAD, config: PLAIN };
  const isOther = (uid: number) => {
    Deno.chownSync(`${workspace.repo}/.git`, uid, null);
    return readPlainRepository(workspace.repo) === undefined;
  };
  deepStrictEqual(read(workspace, { ...files, commondir: "common\n" }), undefined);
  deepStrictEqual(read(workspace, files), { remotes: {}, branch: "main" });
  if (Deno.uid() !== 0) return console.log("skipped: another's repository: it takes root");
  deepStrictEqual([isOther(54321), isOther(0)], [true, false]);
});
