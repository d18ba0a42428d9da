/** The release itself: the same bytes from the same commit, sums that hold, files that install. */

import { deepStrictEqual, match, ok } from "node:assert/strict";
import { unzipSync } from "fflate";
import { unpackTar } from "modern-tar";
import { VERSION } from "../../src/cli/version.ts";
import { TARGETS } from "../../scripts/build/targets.ts";
import { elf, machO, portable } from "../support/executables.ts";
import { encode, namesIn, programAt, serveFiles } from "../support/fake_release.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const PARTS =
  "main.ts deno.json deno.lock LICENSE README.md CHANGELOG.md src tools prompts scripts";
const GIT = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  command: readonly string[],
  { cwd = "/", env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  const [program = "", ...args] = command;
  const { DENORT_BIN: _, DENO_COMPILE: __, ...inherited } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { ...inherited, ...GIT, NO_COLOR: "1", ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The project as a repository of one commit, and a stand-in for what compiles. */
interface Project extends AsyncDisposable {
  readonly folder: string;
  readonly source: string;
  release(args: readonly string[], options?: { source?: string; deno?: string }): Promise<Result>;
}

async function createProject(): Promise<Project> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_release_test_" }));
  const source = `${folder}/source`;
  await Deno.mkdir(source);
  const parts = PARTS.split(" ").map((part) => `${ROOT}/${part}`);
  const time = "2026-03-04T05:06:08Z";
  const env = { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
  const steps = [
    ["cp", "-R", ...parts, source],
    ["git", "init", "-q", source],
    ["git", "-C", source, "add", "."],
    "git -c user.name=a -c user.email=a@b.example -C".split(" ").concat([source])
      .concat("commit -q -m one".split(" ")),
  ];
  for (const step of steps) deepStrictEqual((await run(step, { env })).code, 0, step.join(" "));
  const deno = await standIn(folder);
  return {
    folder,
    source,
    release: (args, { source: from = source, deno: compiler = deno } = {}) =>
      run([Deno.execPath(), "run", "-A", `${from}/scripts/release.ts`, ...args], {
        env: { DENO_COMPILE: compiler },
      }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const EXECUTABLES: Readonly<Record<string, Uint8Array>> = {
  "x86_64-unknown-linux-gnu": elf(0x3e),
  "aarch64-unknown-linux-gnu": elf(0xb7),
  "x86_64-apple-darwin": machO(0x01000007),
  "aarch64-apple-darwin": machO(0x0100000c),
  "x86_64-pc-windows-msvc": portable(0x8664),
};

/** Compiles nothing: gives a made-up executable, and for this machine one that starts. */
async function standIn(folder: string): Promise<string> {
  for (const [name, bytes] of Object.entries(EXECUTABLES)) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
  const bash = await programAt("bash");
  ok(bash, "bash is here");
  await Deno.copyFile(bash, `${folder}/${Deno.build.target}`);
  const lines = [
    "#!/bin/sh",
    '[ "$1" = --version ] && { echo "deno 9.9.9 (x)"; exit; }',
    'while [ "$1" != --target ]; do shift; done; target=$2',
    'while [ "$1" != --output ]; do shift; done',
    `cp "${folder}/$target" "$2"`,
  ];
  await Deno.writeTextFile(`${folder}/deno`, `${lines.join("\n")}\n`, { mode: 0o755 });
  return `${folder}/deno`;
}

/** A Deno that has no runtime for anything. */
async function withoutRuntime(folder: string): Promise<string> {
  const path = `${folder}/offline`;
  const text = '#!/bin/sh\n[ "$1" = --version ] && { echo "deno 9.9.9 (x)"; exit; }\n' +
    'echo "error: Setting up base binary. error sending request for url (x): no" >&2\nexit 1\n';
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  return path;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const names = entries.map(async ({ name, isDirectory }) =>
    isDirectory ? (await filesBelow(`${folder}/${name}`)).map((below) => `${name}/${below}`) : name
  );
  return (await Promise.all(names)).flat().sort();
}

async function untar(path: string): Promise<Map<string, Uint8Array>> {
  const bytes = new Blob([await Deno.readFile(path)]).stream();
  const plain = path.endsWith(".gz") ? bytes.pipeThrough(new DecompressionStream("gzip")) : bytes;
  const entries = await unpackTar(plain);
  return new Map(entries.flatMap(({ header, data }) => data ? [[header.name, data]] : []));
}

Deno.test("one commit in two places gives the same release to the byte, for every target", async () => {
  await using project = await createProject();
  const { folder, source } = project;
  const other = `${folder}/quite/another/place`;
  deepStrictEqual((await run(["git", "clone", "-q", source, other])).code, 0);
  const [a, b] = [`${folder}/a`, `${folder}/b`];
  const args = ["--all", "--url", "https://files.example.org/v{version}"];
  const first = await project.release([...args, "--out", a]);
  const second = await project.release([...args, "--out", b], { source: other });
  deepStrictEqual([first.code, first.stderr, second.code], [0, "", 0], second.stderr);
  const names = await filesBelow(a);
  deepStrictEqual(names, await filesBelow(b));
  for (const name of names) {
    const [one, two] = [await Deno.readFile(`${a}/${name}`), await Deno.readFile(`${b}/${name}`)];
    deepStrictEqual(
      one.length === two.length && one.every((byte, at) => byte === two[at]),
      true,
      name,
    );
  }
  const archives = TARGETS.map(({ name, archive }) => `decodex-${VERSION}-${name}.${archive}`);
  deepStrictEqual(
    names.filter((name) => !name.startsWith("bundle/")),
    [
      "RELEASE_NOTES.md",
      "SHA256SUMS",
      "install.sh",
      `decodex-${VERSION}-airgap.tar`,
      `decodex-${VERSION}-bundle.tar.gz`,
      `decodex-${VERSION}.cdx.json`,
      ...archives,
    ].sort(),
  );
  await sumsHold(a, names);
  await archivesHold(a);
  match(
    await Deno.readTextFile(`${a}/install.sh`),
    new RegExp(`="https://files.example.org/v${VERSION}"\n`),
  );
  match(await Deno.readTextFile(`${a}/RELEASE_NOTES.md`), /\nExecutables: x86_64-.*msvc\.\n$/);
});

/** Every file but the sums has a line, and it is the right one. */
async function sumsHold(folder: string, names: readonly string[]): Promise<void> {
  const listed = (await Deno.readTextFile(`${folder}/SHA256SUMS`)).trimEnd().split("\n");
  deepStrictEqual(
    listed.map((line) => line.slice(66)),
    names.filter((name) => name !== "SHA256SUMS"),
  );
  const check = await run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], {
    cwd: folder,
  });
  deepStrictEqual(check, { code: 0, stdout: "", stderr: "" });
}

async function archivesHold(folder: string): Promise<void> {
  for (const { name, archive, file } of TARGETS) {
    const top = `decodex-${VERSION}-${name}`;
    const path = `${folder}/${top}.${archive}`;
    const files = archive === "zip"
      ? new Map(Object.entries(unzipSync(await Deno.readFile(path))))
      : await untar(path);
    deepStrictEqual(
      [...files.keys()],
      ["LICENSE", "NOTICES.txt", "README.md", file].map((name) => `${top}/${name}`),
    );
    if (name !== Deno.build.target) deepStrictEqual(files.get(`${top}/${file}`), EXECUTABLES[name]);
    match(
      new TextDecoder().decode(files.get(`${top}/NOTICES.txt`)),
      /zod 4\S+ \(MIT\)\n\nMIT License/,
    );
  }
  const bundle = await untar(`${folder}/decodex-${VERSION}-bundle.tar.gz`);
  const loose = await namesIn(`${folder}/bundle`);
  const texts = ["LICENSE", "NOTICES.txt", "README.md"];
  deepStrictEqual(
    [...bundle.keys()],
    [...loose, ...texts].sort().map((name) => `decodex-${VERSION}-bundle/${name}`),
  );
}

Deno.test("the SBOM of this program has every package's hash and licence", async () => {
  await using project = await createProject();
  const deno = await withoutRuntime(project.folder);
  const out = `${project.folder}/out`;
  const { code, stderr } = await project.release(["--allow-missing", "--out", out], { deno });
  deepStrictEqual(code, 0, stderr);
  match(stderr, new RegExp(`^left out ${Deno.build.target}: Deno 9\\.9\\.9 cannot bring`));
  match(await Deno.readTextFile(`${out}/RELEASE_NOTES.md`), /Executables: none\.\nNot built for: /);
  const { components } = JSON.parse(await Deno.readTextFile(`${out}/decodex-${VERSION}.cdx.json`));
  type Part = { purl?: string; hashes?: { content: string }[]; licenses: { expression: string }[] };
  const npm = (components as Part[]).filter(({ purl }) => purl?.startsWith("pkg:npm/"));
  deepStrictEqual(
    npm.map(({ purl, licenses }) => [purl?.replace(/@[^@]+$/, ""), licenses[0]?.expression]),
    [
      ["pkg:npm/eventsource-parser", "MIT"],
      ["pkg:npm/ignore", "MIT"],
      ["pkg:npm/picomatch", "MIT"],
      ["pkg:npm/smol-toml", "BSD-3-Clause"],
      ["pkg:npm/zod", "MIT"],
    ],
  );
  deepStrictEqual(npm.every(({ hashes }) => hashes?.[0]?.content.length === 128), true);
  await installsFromAirGap(project.folder, out);
  await runsLocked(project.folder, `${out}/bundle`);
});

/** Without executables in it: the bundle and the Deno of this machine. */
async function installsFromAirGap(folder: string, out: string): Promise<void> {
  const name = `decodex-${VERSION}-airgap`;
  deepStrictEqual((await run(["tar", "-xf", `${out}/${name}.tar`, "-C", folder])).code, 0);
  const cwd = `${folder}/${name}`;
  await sumsHold(cwd, await filesBelow(cwd));
  const HOME = `${folder}/home`;
  await Deno.mkdir(HOME);
  const PATH = `${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH")}`;
  const env = { HOME, PATH, DECODEX_INSTALL: "", DECODEX_RELEASES: "" };
  const installed = await run(["sh", "install.sh", "--from", "."], { cwd, env });
  deepStrictEqual(installed.code, 0, installed.stderr);
  const version = await run([`${HOME}/.local/bin/decodex`, "--version"], { env });
  deepStrictEqual(version, { code: 0, stdout: `decodex ${VERSION}\n`, stderr: "" });
}

/** README's lock of the integrity list keeps a changed chunk from running. */
async function runsLocked(folder: string, bundle: string): Promise<void> {
  if (await programAt("jq") === undefined) {
    console.log("skipped: README's lock file for a run from a URL: jq is not installed");
    return;
  }
  await using server = serveFiles(bundle);
  const readme = await Deno.readTextFile(`${ROOT}/README.md`);
  const recipe = /^jq --arg[^]*?>decodex\.lock$/m.exec(readme)?.[0]
    .replace(/https:\S+/, `${server.url}/`);
  ok(recipe, "README has the recipe");
  deepStrictEqual((await run(["sh", "-c", recipe], { cwd: bundle })).code, 0);
  const lock = `--lock=${bundle}/decodex.lock`;
  const locked = ["run", "-A", "--frozen", lock, `${server.url}/decodex.js`, "--version"];
  const start = (cache: string) =>
    run([Deno.execPath(), ...locked], { cwd: folder, env: { DENO_DIR: `${folder}/${cache}` } });
  const right = await start("cache1");
  deepStrictEqual([right.code, right.stdout], [0, `decodex ${VERSION}\n`], right.stderr);
  const chunk = (await namesIn(bundle)).find((name) => name.startsWith("version-"));
  ok(chunk, "the version is a chunk of its own");
  await Deno.writeTextFile(`${bundle}/${chunk}`, "\n//", { append: true });
  const changed = await start("cache2");
  deepStrictEqual([changed.code === 0, changed.stdout], [false, ""]);
  match(changed.stderr, /[Ii]ntegrity check failed/);
}

Deno.test("without a runtime there is no release, and the one before stays", async () => {
  await using project = await createProject();
  const deno = await withoutRuntime(project.folder);
  const out = `${project.folder}/out`;
  await Deno.mkdir(out);
  await Deno.writeTextFile(`${out}/RELEASE_NOTES.md`, "of before");
  const { code, stdout, stderr } = await project.release(["--all", "--out", out], { deno });
  deepStrictEqual([code, stdout], [3, ""]);
  match(
    stderr,
    /^(?:error: Deno 9\.9\.9 cannot bring .*\n){5}--allow-missing releases without them\n$/,
  );
  deepStrictEqual(await namesIn(out), ["RELEASE_NOTES.md"]);
  await Deno.writeFile(`${project.folder}/aarch64-apple-darwin`, encode("#!/bin/sh\n"));
  const wrong = ["--allow-missing", "--target", "aarch64-apple-darwin", "--out", out];
  deepStrictEqual((await project.release(wrong)).code, 4);
});

Deno.test("what is not committed, or of which nothing was written, is not released", async () => {
  await using project = await createProject();
  const { source, folder } = project;
  const out = ["--out", `${folder}/out`];
  await Deno.writeTextFile(`${source}/src/stray.ts`, "");
  const unclean = await project.release(out);
  deepStrictEqual([unclean.code, unclean.stdout], [5, ""]);
  match(
    unclean.stderr,
    /^error: Cannot release: 1 files differ from commit \w{12} \(src\/stray\.ts\)/,
  );
  await Deno.writeTextFile(`${source}/CHANGELOG.md`, "# Changelog\n");
  const unlisted = await project.release(["--dirty", ...out]);
  deepStrictEqual(unlisted, {
    code: 6,
    stdout: "",
    stderr: `error: Cannot release ${VERSION}: CHANGELOG.md has no section "## [${VERSION}]"\n`,
  });
  await Deno.remove(`${source}/.git`, { recursive: true });
  const alone = await project.release(["--dirty", ...out]);
  deepStrictEqual(alone.code, 5);
  match(alone.stderr, /^error: Cannot ask git for the commit: .*not a git repository/);
  for (const args of [["--frob"], ["--target", "riscv"], ["stray"]]) {
    deepStrictEqual((await project.release(args)).code, 2);
  }
  deepStrictEqual(await namesIn(folder).then((names) => names.includes("out")), false);
});
