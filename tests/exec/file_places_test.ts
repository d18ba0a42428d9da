/** Where a patch may write and what a read may open, by every way in which files are reached. */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { openFileAccess } from "../../src/exec/file_access.ts";
import { loadLibc } from "../../src/exec/libc.ts";
import {
  add,
  applyTo,
  assertTree,
  encode,
  everyAccess,
  failureOf,
  FileStage,
  hostCall,
  treeOf,
  update,
} from "./file_stage.ts";

interface Case {
  readonly name: string;
  /** For `/bin/sh`, in the workspace. */
  readonly prepare: string;
  /** What is written, relative to the workspace unless it starts with a slash. */
  readonly path: string;
  /** Where it is found afterwards, or why it is not. */
  readonly end: { readonly at: string } | { readonly failure: RegExp };
  readonly needs?: "root";
}

const REJECTED = { failure: /patch rejected: ".*" may not be written$/ };
const CLOSED = { failure: /^Permission denied \(os error 13\)$/ };
const NOT_REGULAR = { failure: /^not a regular file$/ };

const WRITES: readonly Case[] = [
  { name: "a new file", prepare: "", path: "new", end: { at: "new" } },
  { name: "new folders", prepare: "", path: "a/b/c", end: { at: "a/b/c" } },
  { name: "a file", prepare: "echo old > f", path: "f", end: { at: "f" } },
  {
    name: "a linked folder",
    prepare: "mkdir real; ln -s real link",
    path: "link/x",
    end: { at: "real/x" },
  },
  { name: "a folder outside", prepare: 'ln -s "$OUTSIDE" link', path: "link/x", end: REJECTED },
  {
    name: "folders to be made outside",
    prepare: 'ln -s "$OUTSIDE" link',
    path: "link/a/b/x",
    end: REJECTED,
  },
  {
    name: "dot dot behind a link",
    prepare: 'ln -s "$OUTSIDE" link',
    path: "link/../x",
    end: { at: "x" },
  },
  { name: "dot dot", prepare: "", path: "a/../../outside/x", end: REJECTED },
  { name: "a dangling link", prepare: "ln -s a/b link", path: "link", end: { at: "a/b" } },
  {
    name: "a dangling link to outside",
    prepare: 'ln -s "$OUTSIDE/new" link',
    path: "link",
    end: REJECTED,
  },
  {
    name: "links one after the other",
    prepare: 'ln -s two one; ln -s three two; ln -s "$OUTSIDE/new" three',
    path: "one",
    end: REJECTED,
  },
  {
    name: "links in a circle",
    prepare: "ln -s two one; ln -s one two",
    path: "one",
    end: { failure: /^Too many levels of symbolic links \(os error 40\)$/ },
  },
  {
    name: "a folder that is a circle of links",
    prepare: "ln -s two one; ln -s one two",
    path: "one/x",
    end: { failure: /\(os error 40\)$/ },
  },
  {
    name: "below a file",
    prepare: "echo > f",
    path: "f/x",
    end: { failure: /^Not a directory \(os error 20\)$/ },
  },
  { name: "a pipe", prepare: "mkfifo p", path: "p", end: NOT_REGULAR },
  { name: "a link to a pipe", prepare: "mkfifo p; ln -s p link", path: "link", end: NOT_REGULAR },
  {
    name: "a device",
    prepare: "mknod zero c 1 5",
    path: "zero",
    end: NOT_REGULAR,
    needs: "root",
  },
  { name: "a link to a device", prepare: "ln -s /dev/null n", path: "n", end: CLOSED },
  { name: "shared memory", prepare: "", path: "/dev/shm/decodex-x", end: CLOSED },
  { name: "a link to a process", prepare: "ln -s /proc/self link", path: "link/comm", end: CLOSED },
  { name: "the kernel", prepare: "ln -s /sys/kernel link", path: "link/x", end: CLOSED },
  {
    name: "a file with another name outside",
    prepare: 'echo old > "$OUTSIDE/f"; ln "$OUTSIDE/f" f',
    path: "f",
    end: { at: "f" },
  },
  { name: "a protected folder", prepare: "mkdir .git", path: ".git/config", end: REJECTED },
  { name: "one that is not there", prepare: "", path: ".git/config", end: REJECTED },
  { name: "one in capitals", prepare: "", path: ".GIT/config", end: REJECTED },
  {
    name: "a link to a protected folder",
    prepare: "mkdir .git; ln -s .git link",
    path: "link/config",
    end: REJECTED,
  },
];

for (const [name, access] of everyAccess()) {
  Deno.test(`a patch writes inside of the workspace or nowhere, ${name}`, async () => {
    for (const each of WRITES) {
      if (each.needs === "root" && Deno.uid() !== 0) {
        console.log(`skipped: ${each.name}: only root can make one`);
        continue;
      }
      using stage = new FileStage();
      stage.run(each.prepare);
      const before = { work: treeOf(stage.work), outside: treeOf(stage.outside) };
      const path = each.path.startsWith("/") ? each.path : `${stage.work}/${each.path}`;
      const files = stage.files(access);
      const failure = await failureOf(() => applyTo(files, [add(path, "new")]));
      assertTree(stage.outside, before.outside);
      if ("failure" in each.end) {
        match(failure ?? "", each.end.failure, each.name);
        assertTree(stage.work, before.work);
      } else {
        strictEqual(failure, undefined, each.name);
        strictEqual(treeOf(stage.work)[each.end.at], "new", each.name);
      }
    }
  });

  Deno.test(`a link that came after the look makes everything fail, ${name}`, () => {
    using stage = new FileStage();
    stage.run('mkdir real; echo old > real/f; mv real gone; ln -s gone real; ln -s gone/f "f"');
    const changed = /^Error: The path has changed since it was checked \(os error 40\)$/;
    const openReal = () => access.openFolder(`${stage.work}/real`);
    rejectsNow(openReal, changed);
    rejectsNow(() => access.openFile(`${stage.work}/real/f`), changed);
    rejectsNow(() => access.openFile(`${stage.work}/f`), changed);
    using folder = access.openFolder(stage.work);
    rejectsNow(() => folder.openFolder("real"), changed);
    rejectsNow(() => folder.openFile("f"), changed);
    rejectsNow(() => folder.assertWritable("f"), changed);
    rejectsNow(() => folder.overwrite("f", encode("x"), { throughHardLinks: true }), changed);
    strictEqual(Deno.readTextFileSync(`${stage.work}/gone/f`), "old\n");
  });

  Deno.test(`reads open regular files that are nobody's memory, ${name}`, async () => {
    using stage = new FileStage();
    stage.run(`
      echo inside > f; ln -s f link; mkfifo pipe; ln -s pipe to-pipe
      ln -s /proc/self/environ environ; ln -s /proc/self process; ln -s /dev/zero zero
      ln -s loop loop; ln -s nothing dangling
    `);
    const files = stage.files(access);
    const rows: [string, RegExp | undefined][] = [
      ["f", undefined],
      ["link", undefined],
      ["pipe", NOT_REGULAR.failure],
      ["to-pipe", NOT_REGULAR.failure],
      ["environ", CLOSED.failure],
      ["process/environ", CLOSED.failure],
      ["zero", CLOSED.failure],
      ["loop", /\(os error 40\)$/],
      ["dangling", /^No such file or directory \(os error 2\)$/],
      ["/dev/fd/0", /\(os error (13|2)\)$/],
      ["/proc/1/environ", CLOSED.failure],
    ];
    for (const [path, failure] of rows) {
      const absolute = path.startsWith("/") ? path : `${stage.work}/${path}`;
      const read = () => files.readBytes(absolute, hostCall());
      if (!failure) strictEqual(new TextDecoder().decode(await read()), "inside\n", path);
      else match(await failureOf(read) ?? "", failure, path);
    }
    for (const path of ["process", "/proc", "/dev", "/sys"]) {
      const absolute = path.startsWith("/") ? path : `${stage.work}/${path}`;
      await rejects(files.list(absolute, 1, hostCall()), { kind: "denied" });
      const request = { pattern: "x", path: absolute, limit: 9, cwd: stage.work };
      await rejects(files.search(request, hostCall()), { kind: "denied" });
    }
  });

  Deno.test(`a search passes over pipes, links and rules that are no files, ${name}`, async () => {
    using stage = new FileStage();
    stage.run(`
      mkdir -p sub deep; echo needle > sub/f; ln -s /proc/self sub/process; mkfifo sub/pipe
      mkfifo .ignore; ln -s /dev/zero deep/.ignore; echo needle > deep/g; ln -s sub link
    `);
    const request = { pattern: "needle", path: `${stage.work}/link`, limit: 9, cwd: stage.work };
    const files = stage.files(access);
    deepStrictEqual(await files.search(request, hostCall()), [`${stage.work}/link/f`]);
    const all = await files.search({ ...request, path: stage.work }, hostCall());
    deepStrictEqual(all.sort(), [`${stage.work}/deep/g`, `${stage.work}/sub/f`]);
  });

  Deno.test(`a file in a folder that takes no other is written in place, ${name}`, async () => {
    using stage = new FileStage();
    stage.run('umask 0; mkdir closed; cd closed; echo old > f; echo old > "$OUTSIDE/g"');
    stage.run('ln "$OUTSIDE/g" closed/g; chmod 666 closed/*; chmod 555 closed');
    const path = (file: string) => `${stage.work}/closed/${file}`;
    const confined = stage.files(access);
    await withoutPower(() => applyTo(confined, [update(path("f"), "much longer")]));
    strictEqual(await Deno.readTextFile(path("f")), "much longer");
    await withoutPower(() => applyTo(confined, [update(path("f"), "short")]));
    strictEqual(await Deno.readTextFile(path("f")), "short");
    const denied = { kind: "denied", message: CLOSED.failure };
    await withoutPower(() => rejects(applyTo(confined, [add(path("x"), "")]), denied));
    const other = {
      message: "The file has other names, and its folder takes no new file (os error 31)",
    };
    await withoutPower(() => rejects(applyTo(confined, [update(path("g"), "x")]), other));
    strictEqual(await Deno.readTextFile(`${stage.outside}/g`), "old\n");
    // What a command may do here is for the sandbox to say.
    const sandboxed = stage.files(access, { isSandboxed: true });
    await withoutPower(() => applyTo(sandboxed, [update(path("g"), "x")]));
    strictEqual(await Deno.readTextFile(`${stage.outside}/g`), "x");
  });
}

Deno.test("a patch is applied to the paths that were permitted, or not at all", async () => {
  using stage = new FileStage();
  stage.run("mkdir one two; ln -s one link");
  const files = stage.files(await openFileAccess());
  const changes = [add(`${stage.work}/link/x`, "x")];
  const permitted = await files.plan(changes);
  deepStrictEqual(permitted, [`${stage.work}/one/x`]);
  stage.run("ln -sfn two link");
  const message = "The path has changed since it was checked (os error 40)";
  await rejects(files.apply(changes, permitted, hostCall()), { message });
  stage.run("ln -sfn one link");
  await files.apply(changes, permitted, hostCall());
  assertTree(stage.work, { "link": "-> one", "one": null, "one/x": "x", "two": null });
});

Deno.test("the temporary folder of commands is open to patches as well", async () => {
  using stage = new FileStage();
  const access = await openFileAccess();
  const closed = stage.files(access);
  await rejects(applyTo(closed, [add(`${stage.outside}/x`, "x")]), REJECTED.failure);
  const open = stage.files(access, { tempDir: stage.outside });
  await applyTo(open, [add(`${stage.outside}/x`, "x")]);
  assertTree(stage.outside, { x: "x" });
});

function rejectsNow(action: () => unknown, expected: RegExp): void {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  match(String(thrown), expected);
}

/** As a user whom the file system refuses things. Steps in between awaits stay on this thread. */
async function withoutPower(action: () => Promise<void>): Promise<void> {
  if (Deno.uid() !== 0) return await action();
  const libc = loadLibc({ setfsuid: { parameters: ["u32"], result: "i32" } });
  ok(libc);
  libc.setfsuid(65534);
  try {
    await action();
  } finally {
    libc.setfsuid(0);
  }
}
