/** `install.sh` refuses: with an exit code for each reason, and what was there stays as it was. */

import { deepStrictEqual, match } from "node:assert/strict";
import { tarGz } from "../../scripts/release/archive.ts";
import { packTar } from "modern-tar";
import {
  type Answer,
  ARCHIVE,
  BUNDLE,
  createStage,
  encode,
  folderOf,
  install,
  type InstallOptions,
  namesIn,
  pathWith,
  programAt,
  script,
  serveFiles,
  type Stage,
  VERSION,
  writeSums,
} from "../support/fake_release.ts";

const OLD = "#!/bin/sh\necho old\n";

/** The same with a program that is there already and without one. */
async function refuses(
  stage: Stage,
  args: readonly string[],
  { code, message, ...options }: InstallOptions & { code: number; message: RegExp },
): Promise<void> {
  const first = await install(stage, args, options);
  deepStrictEqual([first.code, first.stdout], [code, ""], first.stderr);
  match(first.stderr, message);
  deepStrictEqual([await namesIn(stage.bin), await namesIn(stage.tmp)], [[], []]);
  await Deno.mkdir(stage.bin, { recursive: true });
  await Deno.writeTextFile(`${stage.bin}/decodex`, OLD);
  deepStrictEqual((await install(stage, args, options)).code, code);
  deepStrictEqual(await Deno.readTextFile(`${stage.bin}/decodex`), OLD);
  deepStrictEqual([await namesIn(stage.bin), await namesIn(stage.tmp)], [["decodex"], []]);
}

function tampered(bytes: Uint8Array): { body: Uint8Array } {
  const body = bytes.slice();
  body.set([(body[40] ?? 0) ^ 1], 40);
  return { body };
}

function half(bytes: Uint8Array): ReturnType<Answer> {
  return { body: bytes.subarray(0, bytes.length >> 1), length: bytes.length };
}

Deno.test("an archive of which one bit was changed is not installed", async () => {
  await using stage = await createStage();
  await using server = serveFiles(stage.release, { [ARCHIVE]: tampered });
  await refuses(stage, ["--from", server.url], {
    code: 5,
    message: new RegExp(
      `error: ${ARCHIVE} is not the published one; nothing was installed
  SHA-256 of it    [0-9a-f]{64}
  in SHA256SUMS    [0-9a-f]{64}\n$`,
    ),
  });
});

Deno.test("checksums without a line for the archive, or with two, tell nothing", async () => {
  await using stage = await createStage();
  const path = `${stage.release}/SHA256SUMS`;
  const sums = await Deno.readTextFile(path);
  const line = sums.split("\n").find((line) => line.includes(ARCHIVE)) ?? "";
  await Deno.writeTextFile(path, `${sums}${line.replace(/^./, "g")}\n`);
  await refuses(stage, ["--from", stage.release], { code: 5, message: /no clear line for/ });
  await Deno.writeTextFile(path, `${sums}${"0".repeat(64)}  decodex-1.0.0-bundle.tar.gz\n`);
  const message = /SHA256SUMS tells of more than one version/;
  await Deno.remove(stage.bin, { recursive: true });
  await refuses(stage, ["--from", stage.release], { code: 5, message });
  await Deno.writeTextFile(path, "<html>Welcome to the hotel's network</html>\n");
  await Deno.remove(stage.bin, { recursive: true });
  await refuses(stage, ["--from", stage.release], { code: 5, message: /tells of no version/ });
});

Deno.test("a download that breaks off, or is not there, is named", async () => {
  for (const answer of [half, () => undefined]) {
    await using stage = await createStage();
    await using server = serveFiles(stage.release, { [ARCHIVE]: answer });
    const message = new RegExp(`error: cannot download ${server.url}/${ARCHIVE}\n$`);
    await refuses(stage, ["--from", server.url], { code: 4, message });
  }
});

Deno.test("where nothing can download, a folder is the way", async () => {
  await using stage = await createStage();
  const names = ["sh", "mktemp", "mkdir", "rm", "uname"];
  const PATH = await pathWith(`${stage.root}/path`, names);
  if (PATH === undefined) return;
  const message = /^error: neither curl nor wget is here: .* --from FOLDER\n$/;
  await refuses(stage, ["--from", "https://localhost:9"], { code: 4, message, env: { PATH } });
});

Deno.test("a place without the release is named", async () => {
  await using stage = await createStage();
  const empty = `${stage.root}/empty`;
  await Deno.mkdir(empty);
  const cases: [string[], number, RegExp][] = [
    [["--from", `${stage.root}/nowhere`], 4, /there is no folder ".*\/nowhere"/],
    [["--from", empty], 4, /".*\/empty" has no SHA256SUMS/],
    [["--from", stage.release, "--version", "1.0.0"], 4, /has version 9\.8\.7, not 1\.0\.0/],
  ];
  for (const [args, code, message] of cases) {
    deepStrictEqual((await install(stage, args)).code, code);
    match((await install(stage, args)).stderr, message);
  }
  deepStrictEqual(await namesIn(stage.home), []);
});

Deno.test("wrong arguments end with 2", async () => {
  await using stage = await createStage();
  const cases: [string[], RegExp][] = [
    [[], /where from\? .*--from .*DECODEX_RELEASES/],
    [["--frob"], /unknown argument "--frob"; --help/],
    [["--from"], /--from needs a value/],
    [["--to", ""], /--to needs a value/],
    [["--from", "ftp://x/y"], /"ftp:\/\/x\/y": only folders/],
    [["--from", stage.release, "--version", "1/../2"], /"1\/\.\.\/2" is no version/],
    [
      ["--from", stage.release, "--target", "riscv"],
      /unknown target "riscv".*aarch64-apple-darwin/,
    ],
    [["--from", stage.release, "--to", "a:b"], /cannot stand in PATH/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await install(stage, args);
    deepStrictEqual([code, stdout], [2, ""], stderr);
    match(stderr, message);
    match(stderr, /^error: .+\n$/);
  }
  const { code, stdout } = await install(stage, ["--help"]);
  deepStrictEqual(code, 0);
  match(stdout, /Examples:\n(?:.*\n)+Exit: 0 done/);
  deepStrictEqual(await namesIn(stage.home), []);
});

/** Whether the tests' user may write everywhere, and how to be one who may not. */
async function asAnother(): Promise<readonly string[] | undefined> {
  if (Deno.uid() !== 0) return [];
  if (await programAt("setpriv") !== undefined) {
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  }
  console.log("skipped: install.sh without the right to write: setpriv is not installed");
  return undefined;
}

Deno.test("a folder that cannot be written ends with 7 and another way", async () => {
  await using stage = await createStage();
  const under = await asAnother();
  if (under === undefined) return;
  await Deno.chmod(stage.root, 0o755);
  await Deno.chmod(stage.tmp, 0o777);
  const closed = `${stage.root}/closed`;
  await Deno.mkdir(closed, { mode: 0o555 });
  for (const to of [closed, `${closed}/below`, `${stage.release}/${ARCHIVE}/below`]) {
    const { code, stderr } = await install(stage, ["--from", stage.release, "--to", to], { under });
    deepStrictEqual([code, stderr.split("\n").at(-2)], [
      7,
      `error: cannot write into ${to}: choose another folder with --to`,
    ]);
  }
  deepStrictEqual([await namesIn(closed), await namesIn(stage.tmp)], [[], []]);
});

Deno.test("a program that does not start, or is another, does not take the old one's place", async () => {
  const programs: [string, RegExp][] = [
    ["echo 'GLIBC_2.99 not found' >&2; exit 1", /does not start here; .*: GLIBC_2\.99 not found/],
    ["echo decodex 0.0.1", /says "decodex 0\.0\.1", not "decodex 9\.8\.7"/],
  ];
  for (const [command, message] of programs) {
    await using stage = await createStage([script("decodex", command)]);
    await refuses(stage, ["--from", stage.release], { code: 8, message });
  }
});

async function refusesArchive(bytes: Uint8Array, message: RegExp): Promise<void> {
  await using stage = await createStage();
  await Deno.writeFile(`${stage.release}/${ARCHIVE}`, bytes);
  await writeSums(stage);
  await refuses(stage, ["--from", stage.release], { code: 6, message });
  deepStrictEqual(await namesIn(stage.root).then((names) => names.includes("evil")), false);
}

Deno.test("an archive with other names than its own is not unpacked, whatever its sum", async () => {
  const modifiedAt = new Date(0);
  const program = script("decodex", `echo decodex ${VERSION}`);
  const folder = folderOf(ARCHIVE);
  for (const name of ["../evil", "../../../evil", "a/b", ".profile"]) {
    const bytes = await tarGz([program, { name, bytes: encode("x") }], { folder, modifiedAt });
    await refusesArchive(bytes, /error: .* has an entry ".*"\n$/);
  }
  const elsewhere = await tarGz([program], { folder: "elsewhere", modifiedAt });
  await refusesArchive(elsewhere, /has an entry "elsewhere\/"/);
  const without = await tarGz([{ name: "LICENSE", bytes: encode("x") }], { folder, modifiedAt });
  await refusesArchive(without, /has no .*\/decodex\n$/);
  await refusesArchive(encode("not at all"), /error: cannot read decodex-/);
});

async function linkTo(target: string, name: string): Promise<Uint8Array> {
  const header = { name, size: 0, linkname: target, type: "symlink" } as const;
  const gzip = new CompressionStream("gzip");
  const tar = new Blob([new Uint8Array(await packTar([{ header }]))]).stream().pipeThrough(gzip);
  return new Uint8Array(await new Response(tar).arrayBuffer());
}

Deno.test("a link in the place of the program is not followed", async () => {
  const bytes = await linkTo("/bin/sh", `${folderOf(ARCHIVE)}/decodex`);
  await refusesArchive(bytes, /has an empty decodex\n$/);
});

Deno.test("a bundle with a link in it is not unpacked", async () => {
  await using stage = await createStage();
  const bytes = await linkTo("/etc/passwd", `${folderOf(BUNDLE)}/decodex.js`);
  await Deno.writeFile(`${stage.release}/${BUNDLE}`, bytes);
  await writeSums(stage);
  const PATH = `${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH")}`;
  const args = ["--from", stage.release, "--bundle"];
  await refuses(stage, args, { code: 6, message: /bundle\.tar\.gz has links\n$/, env: { PATH } });
});

Deno.test("an installer that was cut short anywhere does nothing", async () => {
  await using stage = await createStage();
  const whole = await Deno.readTextFile(new URL("../../scripts/install.sh", import.meta.url));
  const lines = whole.split("\n");
  const last = whole.trimEnd().lastIndexOf("\n") + 1;
  const cuts = [
    ...lines.flatMap((_, n) => n % 11 === 0 ? [lines.slice(0, n).join("\n").length] : []),
    ...Array.from({ length: whole.trimEnd().length - last }, (_, n) => last + n),
  ];
  const env = { DECODEX_RELEASES: stage.release };
  for (const cut of cuts) {
    const { stdout } = await install(stage, [], { env, text: whole.slice(0, cut) });
    deepStrictEqual([stdout, await namesIn(stage.home)], ["", []], `cut at ${cut}`);
  }
  deepStrictEqual((await install(stage, [], { env })).code, 0);
});

Deno.test("shellcheck finds nothing", async () => {
  if (await programAt("shellcheck") === undefined) {
    console.log("skipped: shellcheck of install.sh: it is not installed");
    return;
  }
  const path = new URL("../../scripts/install.sh", import.meta.url).pathname;
  const args = ["--shell=sh", "--severity=style", path];
  const { stdout } = await new Deno.Command("shellcheck", { args, stdin: "null" }).output();
  deepStrictEqual(new TextDecoder().decode(stdout), "");
});
