/** The build itself: the same bytes from the same sources, and an exit code for each way it ends. */

import { deepStrictEqual, match } from "node:assert/strict";
import { elf, machO } from "../support/executables.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

async function temporary(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_build_" }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function build(
  args: readonly string[],
  { root = ROOT, env = {} }: { root?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  const { DENORT_BIN: _, DENO_COMPILE: __, ...rest } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${root}/scripts/build.ts`, ...args],
    env: { ...rest, ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function files(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    found.set(name, await Deno.readTextFile(`${folder}/${name}`));
  }
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

Deno.test("one source in two places gives the same bundle to the byte", async () => {
  await using folder = await temporary();
  const copy = `${folder.path}/some/where/else`;
  await Deno.mkdir(copy, { recursive: true });
  const parts = ["main.ts", "deno.json", "deno.lock", "src", "tools", "prompts", "scripts"];
  const cp = new Deno.Command("cp", {
    args: ["-R", ...parts.map((part) => `${ROOT}/${part}`), copy],
  });
  deepStrictEqual((await cp.output()).success, true);
  const here = await build(["--bundle-only", "--out", `${folder.path}/a`]);
  const there = await build(["--bundle-only", "--out", `${folder.path}/b`], { root: copy });
  deepStrictEqual([here.code, there.code], [0, 0], here.stderr + there.stderr);
  const [a, b] = [await files(`${folder.path}/a`), await files(`${folder.path}/b`)];
  deepStrictEqual([...a.keys()], [...b.keys()]);
  for (const [name, text] of a) deepStrictEqual(text === b.get(name), true, name);
});

Deno.test("a folder that holds another thing than a build is not emptied", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(`${folder.path}/thesis.txt`, "years of work");
  const { code, stderr } = await build(["--bundle-only", "--out", folder.path]);
  deepStrictEqual(code, 2);
  match(stderr, /^error: Cannot empty "/);
  deepStrictEqual(await Deno.readTextFile(`${folder.path}/thesis.txt`), "years of work");
});

Deno.test("chunks of the build before are gone, and a release is not", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(`${folder.path}/decodex.js`, "");
  await Deno.writeTextFile(`${folder.path}/old-AAAAAAAA.js`, "");
  await Deno.mkdir(`${folder.path}/release/bundle`, { recursive: true });
  deepStrictEqual((await build(["--bundle-only", "--out", folder.path])).code, 0);
  await Deno.remove(`${folder.path}/release/bundle`); // fails where it is not there
  await Deno.remove(`${folder.path}/release`);
  const names = [...(await files(folder.path)).keys()];
  deepStrictEqual([names.includes("decodex.js"), names.includes("old-AAAAAAAA.js")], [true, false]);
});

Deno.test("wrong arguments end with 2 and what would be right", async () => {
  for (const args of [["--target", "riscv"], ["--frob"], ["stray"]]) {
    const { code, stderr } = await build(args);
    deepStrictEqual(code, 2);
    match(stderr, /^error: .+\n$/);
  }
  match((await build(["--target", "riscv"])).stderr, /aarch64-apple-darwin/);
  match((await build(["--help"])).stdout, /DENO_COMPILE/);
});

/** A program in the place of Deno, of which only `compile` and its version are asked. */
async function standIn(folder: string, compile: string): Promise<string> {
  const path = `${folder}/deno`;
  const script = `#!/bin/sh\n[ "$1" = --version ] && { echo "deno 9.9.9 (x)"; exit; }
while [ "$1" != --output ]; do shift; done\nout=$2\n${compile}\n`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

Deno.test("a runtime that cannot be had ends with 3, one line, and a bundle all the same", async () => {
  await using folder = await temporary();
  const deno = await standIn(
    folder.path,
    `echo "error: Setting up base binary. error sending request for url (https://x/denort.zip): no" >&2
exit 1`,
  );
  const out = `${folder.path}/out`;
  const args = ["--target", "aarch64-apple-darwin", "--out", out];
  const { code, stdout, stderr } = await build(args, { env: { DENO_COMPILE: deno } });
  deepStrictEqual([code, stdout], [3, `built ${out}/decodex.js\n`]);
  match(stderr, /^error: Deno 9\.9\.9 cannot bring .*aarch64-apple-darwin.*DENORT_BIN\n$/);
});

Deno.test("an executable for another system ends with 4 and is not left behind", async () => {
  await using folder = await temporary();
  await Deno.writeFile(`${folder.path}/mac`, machO(0x0100000c));
  const deno = await standIn(folder.path, `cp "${folder.path}/mac" "$out"`);
  const out = `${folder.path}/out`;
  const args = ["--target", "aarch64-unknown-linux-gnu", "--out", out];
  const { code, stderr } = await build(args, { env: { DENO_COMPILE: deno } });
  deepStrictEqual(code, 4);
  match(stderr, /it is Mach-O for aarch64, not ELF for aarch64\n$/);
  deepStrictEqual((await files(out)).has("decodex-aarch64-unknown-linux-gnu"), false);
});

Deno.test("a named runtime is used for the targets that it fits, and for no other", async () => {
  await using folder = await temporary();
  const runtime = `${folder.path}/denort`;
  await Deno.writeFile(runtime, elf(0xb7));
  await Deno.writeFile(`${folder.path}/mac`, machO(0x01000007));
  const deno = await standIn(folder.path, `cp "\${DENORT_BIN:-${folder.path}/mac}" "$out"`);
  const out = `${folder.path}/out`;
  const targets = ["aarch64-unknown-linux-gnu", "x86_64-apple-darwin"];
  const { code, stdout, stderr } = await build(
    [...targets.flatMap((name) => ["--target", name]), "--out", out],
    { env: { DENO_COMPILE: deno, DENORT_BIN: runtime } },
  );
  deepStrictEqual([code, stderr], [0, ""]);
  deepStrictEqual(stdout.split("\n").slice(1, 3), [
    `built ${out}/decodex-${targets[0]} for ${targets[0]}`,
    `built ${out}/decodex-${targets[1]} for ${targets[1]}`,
  ]);
});
