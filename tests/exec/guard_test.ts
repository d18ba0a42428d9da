/** What undoes changes of protected paths. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { ProtectedGuard } from "../../src/exec/sandbox/guard.ts";
import { lookAt } from "../../src/exec/sandbox/protected_look.ts";
import { putBackAll } from "../../src/exec/sandbox/put_back.ts";
import { layPlaceholders } from "../../src/exec/sandbox/placeholders.ts";
import { openRepository, type Repository, SEARCH_PATH } from "./guarded_repository.ts";
import { isThere } from "../support/is_there.ts";

/** What puts back does so here, as it would in a process of its own. */
async function armed(paths: readonly string[]): Promise<ProtectedGuard> {
  const guard = new ProtectedGuard(paths, (snapshot) => Promise.resolve(putBackAll(snapshot)));
  await guard.arm();
  return guard;
}

/** All of them are as they were. */
async function pathsOf(guard: ProtectedGuard, { rest }: { rest: boolean }): Promise<string[]> {
  const restored = await guard.restore({ rest });
  deepStrictEqual(restored.filter(({ isRight }) => !isRight), []);
  return restored.map(({ path }) => path);
}

type Step = readonly [(at: Repository["at"]) => void, changed: readonly string[]];

/** What a command has done, and the paths that are named afterwards: of what is new, the first. */
const CHANGES: Readonly<Record<string, Step>> = {
  "nothing": [() => {}, []],
  "a changed file": [(at) => Deno.writeTextFileSync(at("ws/.git/config"), "x"), [".git/config"]],
  "a file of the same size and time": [(at) => {
    const { atime, mtime } = Deno.statSync(at("ws/.git/HEAD"));
    Deno.writeTextFileSync(at("ws/.git/HEAD"), "fer");
    Deno.utimeSync(at("ws/.git/HEAD"), atime ?? 0, mtime ?? 0);
  }, [".git/HEAD"]],
  "a file through a second name": [(at) => {
    Deno.linkSync(at("ws/.git/config"), at("out/name"));
    Deno.writeTextFileSync(at("out/name"), "x");
    Deno.removeSync(at("out/name"));
  }, [".git/config"]],
  "other rights": [(at) => Deno.chmodSync(at("ws/.git/config"), 0o777), [".git/config"]],
  "a folder's rights": [(at) => Deno.chmodSync(at("ws/.git/hooks"), 0o700), [".git/hooks"]],
  "a new file": [(at) => Deno.writeTextFileSync(at("ws/.git/hooks/x"), "x"), [".git/hooks/x"]],
  "a new file in a folder of the same time": [
    (at) =>
      keepingTime(at("ws/.git/hooks"), () => Deno.writeTextFileSync(at("ws/.git/hooks/x"), "")),
    [".git/hooks/x"],
  ],
  "a first file in a folder of the same time": [
    (at) => keepingTime(at("ws"), () => Deno.writeTextFileSync(at("ws/.codex"), "")),
    [".codex"],
  ],
  "a removed file": [(at) => Deno.removeSync(at("ws/.git/HEAD")), [".git/HEAD"]],
  "a removed repository": [
    (at) => Deno.removeSync(at("ws/.git"), { recursive: true }),
    [".git", ".git/HEAD", ".git/config", ".git/hooks", ".git/link"],
  ],
  "another link": [(at) => {
    Deno.removeSync(at("ws/.git/link"));
    Deno.symlinkSync("config", at("ws/.git/link"));
  }, [".git/link"]],
  "a link for a file": [(at) => {
    Deno.removeSync(at("ws/.git/config"));
    Deno.symlinkSync(at("out/secret"), at("ws/.git/config"));
  }, [".git/config"]],
  "a link for a folder": [(at) => {
    Deno.removeSync(at("ws/.git/hooks"));
    Deno.symlinkSync(at("out"), at("ws/.git/hooks"));
  }, [".git/hooks"]],
  "a link for the repository": [(at) => {
    Deno.removeSync(at("ws/.git"), { recursive: true });
    Deno.symlinkSync(at("out"), at("ws/.git"));
  }, [".git", ".git/HEAD", ".git/config", ".git/hooks", ".git/link"]],
  "a link for the folder above": [(at) => {
    Deno.removeSync(at("ws"), { recursive: true });
    Deno.symlinkSync(at("out"), at("ws"));
  }, [".git", ".git/HEAD", ".git/config", ".git/hooks", ".git/link"]],
  "a folder for a file": [(at) => {
    Deno.removeSync(at("ws/.git/HEAD"));
    Deno.mkdirSync(at("ws/.git/HEAD/x"), { recursive: true });
  }, [".git/HEAD"]],
  "a file for a folder": [(at) => {
    Deno.removeSync(at("ws/.git/hooks"));
    Deno.writeTextFileSync(at("ws/.git/hooks"), "x");
  }, [".git/hooks"]],
  "a first folder": [(at) => {
    Deno.mkdirSync(at("ws/.codex/x"), { recursive: true });
    Deno.writeTextFileSync(at("ws/.codex/x/config.toml"), "x");
  }, [".codex"]],
  "a first link": [(at) => Deno.symlinkSync(at("out"), at("ws/.codex")), [".codex"]],
  "a folder behind a closed one": [(at) => {
    Deno.mkdirSync(at("ws/.git/closed/x"), { recursive: true });
    Deno.chmodSync(at("ws/.git/closed"), 0);
    Deno.chmodSync(at("ws/.git"), 0);
  }, [".git"]],
};

function keepingTime(folder: string, change: () => void): void {
  const { atime, mtime } = Deno.statSync(folder);
  change();
  Deno.utimeSync(folder, atime ?? 0, mtime ?? 0);
}

for (const [name, [change, changed]] of Object.entries(CHANGES)) {
  Deno.test(`restore() puts right: ${name}`, async () => {
    await using repository = await openRepository();
    const before = repository.tree();
    const guard = await armed([repository.at("ws/.git"), repository.at("ws/.codex")]);
    change(repository.at);
    const found = await pathsOf(guard, { rest: false });
    const expected = changed.map((path) => repository.at(`ws/${path}`));
    // Who may look behind a closed folder sees more, and sooner.
    if (name === "a folder behind a closed one") ok(found.includes(expected[0] ?? ""));
    else deepStrictEqual(found.sort(), expected.sort());
    deepStrictEqual(repository.tree(), before);
    deepStrictEqual(await pathsOf(guard, { rest: false }), []);
  });
}

Deno.test("what changes while nothing runs is the user's own, and stays", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  const guard = await armed([at("ws/.git"), at("ws/.codex")]);
  await Deno.writeTextFile(at("ws/.git/config"), "x");
  deepStrictEqual(await pathsOf(guard, { rest: true }), [at("ws/.git/config")]);
  await Deno.writeTextFile(at("ws/.git/HEAD"), "mine");
  await Deno.mkdir(at("ws/.codex"));
  deepStrictEqual(await pathsOf(guard, { rest: true }), []);
  await guard.arm();
  await Deno.writeTextFile(at("ws/.git/HEAD"), "x");
  deepStrictEqual(await pathsOf(guard, { rest: false }), [at("ws/.git/HEAD")]);
  await Deno.remove(at("ws/.codex"));
  deepStrictEqual(await pathsOf(guard, { rest: true }), [at("ws/.codex")]);
  strictEqual(await Deno.readTextFile(at("ws/.git/HEAD")), "mine");
});

Deno.test("another session's placeholder comes and goes", async () => {
  await using repository = await openRepository();
  const path = repository.at("ws/.codex");
  const guard = await armed([path]);
  const { sweep } = layPlaceholders([path], SEARCH_PATH);
  deepStrictEqual(await pathsOf(guard, { rest: true }), []);
  await guard.arm();
  await sweep();
  deepStrictEqual(await pathsOf(guard, { rest: true }), []);
  strictEqual(isThere(path), false);
});

Deno.test("restore() leaves git's store of objects alone, and what decodex writes in its home", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  await Deno.mkdir(at("home"));
  const guard = await armed([at("ws/.git"), at("home")]);
  await Deno.mkdir(at("ws/.git/objects/ab"), { recursive: true });
  await Deno.mkdir(at("home/sessions/2026"), { recursive: true });
  const before = repository.tree();
  deepStrictEqual(await pathsOf(guard, { rest: false }), []);
  deepStrictEqual(repository.tree(), before);
});

Deno.test("restore() leaves alone what it had no room for, and finds one new file among many", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  await Deno.mkdir(at("ws/.git/refs"));
  for (let n = 0; n < 5100; n++) await Deno.writeTextFile(at(`ws/.git/refs/${n}`), "");
  const guard = await armed([at("ws/.git")]);
  const before = repository.tree();
  for (let n = 0; n < 5100; n++) await Deno.writeTextFile(at(`ws/.git/hooks/${n}`), "");
  await Deno.writeTextFile(at("ws/.git/hooks/pre-commit"), "x");
  await Deno.remove(at("ws/.git/refs/1"));
  strictEqual((await pathsOf(guard, { rest: false })).length, 5102);
  deepStrictEqual(repository.tree(), before);
});

Deno.test("restore() finds what is gone where one protected path lies in another", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  await Deno.mkdir(at("ws/.git/worktrees/wt"), { recursive: true });
  await Deno.writeTextFile(at("ws/.git/worktrees/wt/HEAD"), "ref");
  const before = repository.tree();
  const guard = await armed([at("ws/.git/worktrees/wt"), at("ws/.git")]);
  await Deno.remove(at("ws/.git/config"));
  deepStrictEqual(await pathsOf(guard, { rest: false }), [at("ws/.git/config")]);
  deepStrictEqual(repository.tree(), before);
});

Deno.test("what is exchanged while it is put back is put back again", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  const before = repository.tree();
  let isThere = true;
  const guard = new ProtectedGuard([at("ws/.git")], (snapshot) => {
    const changed = putBackAll(snapshot).map(({ path }) => path);
    if (isThere) {
      Deno.removeSync(at("ws/.git/config"));
      Deno.symlinkSync(at("out/secret"), at("ws/.git/config"));
    }
    return Promise.resolve(changed.map((path) => ({ path, now: lookAt(path) })));
  });
  await guard.arm();
  await Deno.writeTextFile(at("ws/.git/config"), "x");
  const left = { path: at("ws/.git/config"), isRight: false };
  deepStrictEqual(await guard.restore({ rest: false }), [left]);
  isThere = false;
  deepStrictEqual(await pathsOf(guard, { rest: true }), [at("ws/.git/config")]);
  deepStrictEqual(repository.tree(), before);
});

Deno.test("what one guard holds another one does not take for given", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  const before = repository.tree();
  const one = await armed([at("ws/.git"), at("ws/.codex")]);
  await Deno.writeTextFile(at("ws/.git/config"), "evil");
  await Deno.mkdir(at("ws/.codex"));
  await Deno.writeTextFile(at("ws/.agents"), "mine");
  const another = new ProtectedGuard(
    [at("ws/.git"), at("ws/.codex"), at("ws/.agents")],
    (snapshot) => Promise.resolve(putBackAll(snapshot)),
  );
  await another.arm([one]);
  deepStrictEqual(await pathsOf(one, { rest: true }), [at("ws/.git/config"), at("ws/.codex")]);
  await another.restore({ rest: true });
  strictEqual(await Deno.readTextFile(at("ws/.agents")), "mine");
  await Deno.remove(at("ws/.agents"));
  deepStrictEqual(repository.tree(), before);
});

Deno.test("a folder in which something was for a while gets one closer look", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  const asked: number[] = [];
  const guard = new ProtectedGuard([at("ws/.git")], (snapshot) => {
    const found = putBackAll(snapshot);
    asked.push(found.length);
    return Promise.resolve(found);
  });
  await guard.arm();
  await Deno.writeTextFile(at("ws/.git/hooks/x"), "x");
  await Deno.remove(at("ws/.git/hooks/x"));
  await Deno.utime(at("ws/.git/hooks"), new Date(0), new Date(0));
  deepStrictEqual(await pathsOf(guard, { rest: false }), []);
  deepStrictEqual(await pathsOf(guard, { rest: false }), []);
  deepStrictEqual(asked, [0]);
});

Deno.test("restore() names once a file that was too large to be kept", async () => {
  await using repository = await openRepository();
  const large = repository.at("ws/.git/large");
  using file = await Deno.open(large, { write: true, create: true });
  await file.truncate(33 * 1024 * 1024);
  const guard = await armed([repository.at("ws/.git")]);
  await file.truncate(1);
  deepStrictEqual(await guard.restore({ rest: false }), [{ path: large, isRight: false }]);
  deepStrictEqual(await pathsOf(guard, { rest: false }), []);
});

Deno.test("restore() fails where who puts back does not see what has changed", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  const guard = new ProtectedGuard([at("ws/.git")], () => Promise.resolve([]));
  await guard.arm();
  await Deno.writeTextFile(at("ws/.git/config"), "x");
  const message = `"${at("ws/.git/config")}" was changed and is not put back`;
  await rejects(guard.restore({ rest: true }), { message });
});

Deno.test("a look fails where descriptors are short: what was not seen is not taken for new", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  const before = repository.tree();
  const guard = new ProtectedGuard([at("ws/.git")], (all) => Promise.resolve(putBackAll(all)));
  await guard.arm();
  await guard.restore({ rest: true });
  {
    using _short = withoutDescriptors();
    await rejects(guard.arm(), /Too many open files/);
  }
  deepStrictEqual(await pathsOf(guard, { rest: true }), []);
  deepStrictEqual(repository.tree(), before);
});

function withoutDescriptors(): Disposable {
  const list = Deno.readDirSync;
  Deno.readDirSync = () => {
    throw new Error("Too many open files (os error 24)");
  };
  return { [Symbol.dispose]: () => void (Deno.readDirSync = list) };
}
