/** All of a patch or nothing: with faults at every step, on a full disk, killed, and in races. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { DescriptorAccess } from "../../src/exec/descriptor_access.ts";
import type { FileAccess } from "../../src/exec/file_access.ts";
import type { HostFiles } from "../../src/exec/files.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import { type FileChange, FileError } from "../../src/protocol/host.ts";
import { FaultyAccess } from "./faulty_access.ts";
import { PROGRAM, WHOLE } from "./file_program.ts";
import {
  add,
  applyTo,
  assertTree,
  encode,
  everyAccess,
  failureOf,
  FileStage,
  hostCall,
  LITTER,
  treeOf,
  update,
} from "./file_stage.ts";
import { Workspace } from "./workspace.ts";

const BEFORE = { "a": "old", "b": "old", "gone": "old", "m": "old" };
const AFTER = { "a": "new", "b": "new", "c": "new", "moved": null, "moved/to": "new" };

function patchIn(work: string): FileChange[] {
  return [
    update(`${work}/a`, "new"),
    add(`${work}/c`, "new"),
    { type: "delete", path: `${work}/gone` },
    { type: "update", path: `${work}/m`, content: encode("new"), movePath: `${work}/moved/to` },
    update(`${work}/b`, "new"),
  ];
}

function fill(stage: FileStage): void {
  for (const [path, text] of Object.entries(BEFORE)) {
    Deno.writeTextFileSync(`${stage.work}/${path}`, text);
  }
}

/** Runs `attempt` with a fault at the first step, at the second and so on, until none is left. */
async function atEveryStep(
  access: FileAccess,
  { dies, attempt }: { dies: boolean; attempt: (faulty: FaultyAccess) => Promise<void> },
): Promise<number> {
  for (let at = 0;; at++) {
    const faulty = new FaultyAccess(access, { at, dies });
    await attempt(faulty);
    if (!faulty.hasFailed) return at;
  }
}

for (const [name, access] of everyAccess()) {
  Deno.test(`a patch that fails at any step leaves everything as it was, ${name}`, async () => {
    const steps = await atEveryStep(access, {
      dies: false,
      attempt: async (faulty) => {
        using stage = new FileStage();
        fill(stage);
        const failure = await failureOf(() => applyTo(stage.files(faulty), patchIn(stage.work)));
        if (failure !== undefined) return assertTree(stage.work, BEFORE);
        // Of the old content, where the step that failed was to take it away.
        const left = Object.entries(treeOf(stage.work)).filter(([path]) => !LITTER.test(path));
        deepStrictEqual(Object.fromEntries(left), AFTER);
      },
    });
    ok(steps > 15, `${steps} steps`);
  });

  Deno.test(`a process that ends at any step leaves old or new files, ${name}`, async () => {
    const leavesNothing = access instanceof DescriptorAccess && access.nameless;
    await atEveryStep(access, {
      dies: true,
      attempt: async (faulty) => {
        using stage = new FileStage();
        fill(stage);
        await failureOf(() => applyTo(stage.files(faulty), patchIn(stage.work)));
        for (const [path, text] of Object.entries(treeOf(stage.work))) {
          if (text !== null) ok(["old", "new"].includes(text), path);
        }
      },
    });
    await atEveryStep(access, {
      dies: true,
      attempt: async (faulty) => {
        using stage = new FileStage();
        fill(stage);
        const patch = [update(`${stage.work}/a`, "new")];
        const failure = await failureOf(() => applyTo(stage.files(faulty), patch));
        const tree = Object.entries(treeOf(stage.work));
        const kept = tree.filter(([path]) => leavesNothing || !LITTER.test(path));
        const expected = { ...BEFORE, ...failure === undefined && { a: "new" } };
        deepStrictEqual(Object.fromEntries(kept), expected);
      },
    });
  });
}

Deno.test("a patch that finds the disk full changes nothing and leaves nothing", async () => {
  using stage = new FileStage();
  const script = 'mount -t tmpfs -o size=256k none "$1"; echo old > "$1/f"; shift; exec "$@"';
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: [
      Deno.uid() === 0 ? "-m" : "-rm",
      ...["sh", "-ec", script, "sh", stage.work],
      ...[Deno.execPath(), ...programArguments("fill", stage.work)],
    ],
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  if (code !== 0 && /^(unshare|mount): /m.test(said)) {
    console.log(`skipped: a full disk: ${said}`);
    return;
  }
  strictEqual(said, "");
  const results = JSON.parse(new TextDecoder().decode(stdout));
  const full = {
    failure: "No space left on device (os error 28)",
    tree: { f: "old\n" },
  };
  deepStrictEqual(results, everyAccess().flatMap(() => [full, full]));
});

Deno.test("a process that is killed while it patches leaves whole files", async () => {
  using stage = new FileStage();
  for (const file of ["1", "2", "3"]) {
    await Deno.writeTextFile(`${stage.work}/${file}`, "a".repeat(WHOLE));
  }
  for (const times of [1, 2, 4, 7]) {
    const child = start("patch", stage.work);
    await readLines(child, times);
    child.kill("SIGKILL");
    await child.status;
    for (const [path, text] of Object.entries(treeOf(stage.work))) {
      match(text ?? "", /^(a+|b+)$/, path);
      strictEqual(text?.length, WHOLE, path);
    }
  }
});

const LEVEL_NONE: SandboxPolicy = {
  type: "workspace-write",
  writable_roots: [],
  network_access: false,
  exclude_tmpdir_env_var: true,
  exclude_slash_tmp: true,
};

/** Each names files below `sub`, which is a folder and a link to outside by turns. */
function racingPatch(work: string, turn: number): FileChange[] {
  const patches: FileChange[][] = [
    [update(`${work}/sub/f`, `${turn}`)],
    [add(`${work}/sub/new/folder/${turn}`, "new")],
    [update(`${work}/sub/f`, `${turn}`), add(`${work}/sub/${turn}`, "new")],
    [{ type: "update", path: `${work}/sub/f`, content: encode("f"), movePath: `${work}/sub/g` }, {
      type: "update",
      path: `${work}/sub/g`,
      content: encode("f"),
      movePath: `${work}/sub/f`,
    }],
  ];
  return patches[turn % patches.length] ?? [];
}

async function race(
  stage: FileStage,
  attempt: (changes: FileChange[]) => Promise<unknown>,
): Promise<void> {
  stage.run('mkdir sub; echo f > sub/f; echo f > "$OUTSIDE/f"; ln -s "$OUTSIDE" flip');
  const flipper = start("flip", `${stage.work}/sub`, `${stage.work}/flip`);
  await readLines(flipper, 1);
  const ends = { inside: 0, refused: 0 };
  try {
    for (let turn = 0; turn < 400 || ends.inside === 0 || ends.refused === 0; turn++) {
      const failure = await failureOf(() => attempt(racingPatch(stage.work, turn)));
      if (failure === undefined) ends.inside++;
      else ends.refused++;
    }
  } finally {
    flipper.kill("SIGKILL");
    await flipper.status;
  }
  assertTree(stage.outside, { f: "f\n" });
  deepStrictEqual(Object.keys(treeOf(stage.work)).filter((path) => LITTER.test(path)), []);
}

for (const [name, access] of everyAccess()) {
  // By paths alone there is a moment that nothing can close.
  if (!(access instanceof DescriptorAccess)) continue;
  Deno.test(`a folder that turns into a link leads no patch outside, ${name}`, async () => {
    using stage = new FileStage();
    const files = stage.files(access);
    await race(stage, (changes) => applyTo(files, changes));
  });
}

Deno.test("a folder that turns into a link leads no patch outside, at level none", async () => {
  await using workspace = new Workspace({ inProcess: false, sandboxLevel: "none" });
  using stage = new FileStage();
  const ctx = workspace.context({ cwd: stage.work, sandboxPolicy: LEVEL_NONE });
  await race(stage, (changes) => workspace.host.files.apply(changes, ctx));
});

for (const [name, access] of everyAccess()) {
  Deno.test(`a file that turns into a pipe, or leads to a process, is not read, ${name}`, async () => {
    using stage = new FileStage();
    stage.run(`
      mkdir sub; echo inside > sub/environ; ln -s /proc/self flip
      echo inside > f; mkfifo pipe
    `);
    const files = stage.files(access);
    await readWhileFlipping(files, { one: "sub", other: "flip", path: "sub/environ", stage });
    await readWhileFlipping(files, { one: "f", other: "pipe", path: "f", stage });
  });
}

async function readWhileFlipping(
  files: HostFiles,
  { one, other, path, stage }: { one: string; other: string; path: string; stage: FileStage },
): Promise<void> {
  const flipper = start("flip", `${stage.work}/${one}`, `${stage.work}/${other}`);
  await readLines(flipper, 1);
  try {
    for (let turn = 0, read = 0; turn < 200 || read === 0; turn++) {
      const text = await textOf(files, `${stage.work}/${path}`);
      if (text === undefined) continue;
      strictEqual(text, "inside\n");
      read++;
    }
  } finally {
    flipper.kill("SIGKILL");
    await flipper.status;
  }
}

/** Absent where it is refused. */
async function textOf(files: HostFiles, path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await files.readBytes(path, hostCall()));
  } catch (error) {
    ok(error instanceof FileError, String(error));
    return undefined;
  }
}

function programArguments(...args: string[]): string[] {
  return ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "-A", PROGRAM, ...args];
}

function start(...args: string[]): Deno.ChildProcess {
  const options = { args: programArguments(...args), stdin: "null", stdout: "piped" } as const;
  return new Deno.Command(Deno.execPath(), options).spawn();
}

/** The rest is let go: a writer without a reader must not wait. */
async function readLines(child: Deno.ChildProcess, count: number): Promise<void> {
  let left = count;
  const rest = new WritableStream<Uint8Array>();
  const reader = child.stdout.getReader();
  while (left > 0) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The program has ended");
    left -= value.filter((byte) => byte === 0x0a).length;
  }
  reader.releaseLock();
  void child.stdout.pipeTo(rest).catch(() => {});
}
