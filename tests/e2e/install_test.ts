/** `install.sh` installs: from a server, through a proxy, from a folder, with what a system has. */

import { deepStrictEqual, match, ok } from "node:assert/strict";
import {
  ARCHIVE,
  BUNDLE,
  createStage,
  encode,
  folderOf,
  install,
  type Installed,
  namesIn,
  pathWith,
  programAt,
  script,
  serveFiles,
  type Stage,
  TARGET,
  VERSION,
  writeSums,
} from "../support/fake_release.ts";

async function says(program: string): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args: ["--version"], stdin: "null" })
    .output();
  return new TextDecoder().decode(stdout).trimEnd();
}

/** The program is there and runs, and nothing else was left anywhere. */
async function worked(stage: Stage, result: Installed, bin = stage.bin): Promise<void> {
  deepStrictEqual([result.code, result.stdout], [0, ""], result.stderr);
  deepStrictEqual(await says(`${bin}/decodex`), `decodex ${VERSION}`);
  deepStrictEqual((await Deno.stat(`${bin}/decodex`)).mode, 0o100755);
  deepStrictEqual(await namesIn(bin), ["decodex"]);
  deepStrictEqual(await namesIn(stage.tmp), []);
}

const SHELLS = [["dash"], ["busybox", "sh"], ["bash", "--posix"]];

for (const shell of SHELLS) {
  Deno.test(`${shell.join(" ")} downloads, checks and installs, and touches no profile`, async () => {
    if (await programAt(shell[0] ?? "") === undefined) {
      console.log(`skipped: install.sh with ${shell.join(" ")}: it is not installed`);
      return;
    }
    await using stage = await createStage();
    await using server = serveFiles(stage.release);
    const result = await install(stage, ["--from", server.url], { shell });
    await worked(stage, result);
    deepStrictEqual(server.asked, ["/SHA256SUMS", `/${ARCHIVE}`]);
    deepStrictEqual(
      result.stderr,
      `decodex: installing decodex ${VERSION} (${TARGET}) into ${stage.bin}
decodex: installed ${stage.bin}/decodex
decodex: ${stage.bin} is not on PATH; --add-to-path writes this line into ${stage.home}/.bashrc:
decodex:   export PATH='${stage.bin}':"$PATH"
`,
    );
    deepStrictEqual(await namesIn(stage.home), [".local"]);
  });
}

/** What the installer calls on every system. */
const ALWAYS = "sh uname mktemp mkdir chmod mv rm cp cat sed grep tar gzip".split(" ");

for (const others of [["wget", "sha256sum"], ["curl", "openssl"], ["curl", "shasum", "perl"]]) {
  Deno.test(`${others.join(" and ")} are enough`, async () => {
    await using stage = await createStage();
    const PATH = await pathWith(`${stage.root}/path`, [...ALWAYS, ...others]);
    if (PATH === undefined) return;
    await using server = serveFiles(stage.release);
    await worked(stage, await install(stage, ["--from", server.url], { env: { PATH } }));
  });
}

Deno.test("a system that has busybox and nothing else is enough", async () => {
  const busybox = await programAt("busybox");
  if (busybox === undefined) {
    console.log("skipped: install.sh on busybox: it is not installed");
    return;
  }
  await using stage = await createStage();
  const PATH = `${stage.root}/path`;
  await Deno.mkdir(PATH);
  for (const name of [...ALWAYS, "wget", "sha256sum"]) {
    await Deno.symlink(busybox, `${PATH}/${name}`);
  }
  await using server = serveFiles(stage.release);
  await worked(stage, await install(stage, ["--from", server.url], { env: { PATH } }));
});

for (const variable of ["http_proxy", "HTTP_PROXY"]) {
  Deno.test(`${variable} is the way to a host that only the proxy knows`, async () => {
    await using stage = await createStage();
    for (const program of ["curl", "wget"]) {
      const PATH = await pathWith(`${stage.root}/${program}`, [...ALWAYS, "sha256sum", program]);
      if (PATH === undefined) continue;
      await using proxy = serveFiles(stage.release);
      const from = "http://files.example.invalid/v9";
      const env = { PATH, [variable]: proxy.url };
      const result = await install(stage, ["--from", from], { env });
      deepStrictEqual(result.code, 0, result.stderr);
      match(
        result.stderr,
        /^decodex: warning: http:\/\/files\.example\.invalid\/v9 is not encrypted/,
      );
      deepStrictEqual(proxy.asked, [`${from}/SHA256SUMS`, `${from}/${ARCHIVE}`]);
    }
  });
}

Deno.test("a folder is enough, whatever stands in its path and in that of the program", async () => {
  await using stage = await createStage();
  const odd = `${stage.root}/it's $(touch x) "a" \\ place`;
  await Deno.rename(stage.release, odd);
  const bin = `${odd}/bin`;
  const PATH = await pathWith(`${stage.root}/path`, [...ALWAYS, "sha256sum"]);
  if (PATH === undefined) return;
  const args = ["--from", odd, "--to", bin, "--add-to-path"];
  await worked(stage, await install(stage, args, { env: { PATH } }), bin);
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `. "${stage.home}/.bashrc"; decodex --version`],
    stdin: "null",
  }).output();
  deepStrictEqual(new TextDecoder().decode(stdout), `decodex ${VERSION}\n`);
});

Deno.test("--from . and DECODEX_RELEASES and {version} name the release", async () => {
  await using stage = await createStage();
  await Deno.rename(stage.release, `${stage.root}/v${VERSION}`);
  const cwd = `${stage.root}/v${VERSION}`;
  const template = { DECODEX_RELEASES: `${stage.root}/v{version}/` };
  await worked(stage, await install(stage, ["--from", "."], { cwd }));
  await worked(stage, await install(stage, ["--version", `v${VERSION}`], { env: template }));
  const { code, stderr } = await install(stage, [], { env: template });
  deepStrictEqual([code, stderr], [
    2,
    `error: "${stage.root}/v{version}/" needs --version\n`,
  ]);
});

Deno.test("the program that was there is replaced at once, never written into", async () => {
  await using stage = await createStage();
  await Deno.mkdir(stage.bin, { recursive: true });
  await Deno.writeTextFile(`${stage.bin}/decodex`, "#!/bin/sh\necho old\n", { mode: 0o755 });
  await Deno.link(`${stage.bin}/decodex`, `${stage.root}/before`);
  await worked(stage, await install(stage, ["--from", stage.release]));
  deepStrictEqual(await says(`${stage.root}/before`), "old");
});

Deno.test("a profile is written only when asked, once, and uninstalling tells of it", async () => {
  await using stage = await createStage();
  await Deno.writeTextFile(`${stage.home}/.bashrc`, "alias ll='ls -l'");
  const line = `export PATH='${stage.bin}':"$PATH"`;
  for (const _ of ["the first time", "the second"]) {
    const { code } = await install(stage, ["--from", stage.release, "--add-to-path"]);
    deepStrictEqual(code, 0);
  }
  deepStrictEqual(
    await Deno.readTextFile(`${stage.home}/.bashrc`),
    `alias ll='ls -l'\n# added by install.sh of decodex\n${line}\n`,
  );
  deepStrictEqual(await install(stage, ["--uninstall"]), {
    code: 0,
    stdout: "",
    stderr: `decodex: deleted ${stage.bin}/decodex
decodex: ${stage.home}/.bashrc still has this line: ${line}
`,
  });
  deepStrictEqual(await namesIn(stage.bin), []);
});

Deno.test("each shell has its profile, and a folder on PATH needs none", async () => {
  await using stage = await createStage();
  const profiles = { zsh: ".zshrc", fish: ".config/fish/conf.d/decodex.fish", ksh: ".profile" };
  for (const [shell, profile] of Object.entries(profiles)) {
    const env = { SHELL: `/usr/bin/${shell}` };
    await install(stage, ["--from", stage.release, "--add-to-path"], { env });
    match(await Deno.readTextFile(`${stage.home}/${profile}`), /added by install\.sh/);
  }
  const env = { PATH: `${Deno.env.get("PATH")}:${stage.bin}` };
  const result = await install(stage, ["--from", stage.release, "--add-to-path"], { env });
  match(result.stderr, /installed .*\/decodex\n$/);
  deepStrictEqual((await namesIn(stage.home)).includes(".bashrc"), false);
});

Deno.test("--dry-run says what would be and does nothing", async () => {
  await using stage = await createStage();
  await using server = serveFiles(stage.release);
  const { code, stderr } = await install(stage, ["--from", server.url, "--dry-run"]);
  deepStrictEqual(code, 0);
  match(stderr, new RegExp(`would take ${ARCHIVE} from ${server.url}\n$`));
  deepStrictEqual([server.asked, await namesIn(stage.home)], [["/SHA256SUMS"], []]);
});

Deno.test("a program for another system is installed and not started", async () => {
  await using stage = await createStage();
  if (await programAt("unzip") === undefined) {
    console.log("skipped: install.sh with a zip: unzip is not installed");
    return;
  }
  const args = ["--from", stage.release, "--target", "x86_64-pc-windows-msvc"];
  const { code, stderr } = await install(stage, args);
  deepStrictEqual(code, 0, stderr);
  deepStrictEqual(await Deno.readFile(`${stage.bin}/decodex.exe`), encode("MZ"));
});

/** Programs that say that this is another system than it is. */
async function pretend(stage: Stage, programs: Record<string, string>): Promise<string> {
  const folder = `${stage.root}/pretended`;
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, command] of Object.entries(programs)) {
    await Deno.writeFile(`${folder}/${name}`, script(name, command).bytes, { mode: 0o755 });
  }
  const others = await pathWith(`${stage.root}/others`, [...ALWAYS, "sha256sum"]);
  ok(others, "what every system has");
  return `${folder}:${others}`;
}

const MUSL = { ldd: 'echo "musl libc (x86_64)" >&2; exit 1' };

Deno.test("on musl the bundle is installed where there is Deno to run it", async () => {
  await using stage = await createStage();
  const deno = { deno: `exec '${Deno.execPath()}' "$@"` };
  const PATH = await pretend(stage, { ...MUSL, ...deno });
  const { code, stderr } = await install(stage, ["--from", stage.release], { env: { PATH } });
  deepStrictEqual(code, 0, stderr);
  match(
    stderr,
    /^decodex: this system has musl.*: taking the bundle, which .*pretended\/deno runs\n/,
  );
  const folder = folderOf(BUNDLE);
  deepStrictEqual(await namesIn(stage.bin), ["decodex", folder]);
  deepStrictEqual(await says(`${stage.bin}/decodex`), `decodex ${VERSION}`);
  const again = await install(stage, ["--from", stage.release, "--bundle"], { env: { PATH } });
  deepStrictEqual([again.code, await namesIn(stage.bin)], [0, ["decodex", folder]]);
  await install(stage, ["--uninstall"]);
  deepStrictEqual([await namesIn(stage.bin), await namesIn(stage.tmp)], [[], []]);
});

Deno.test("what has no executable and no Deno is told what to do", async () => {
  await using stage = await createStage();
  const systems: [Record<string, string>, RegExp][] = [
    [MUSL, /^error: this system has musl, .* glibc; install Deno/],
    [{ uname: "echo SunOS" }, /^error: there are no executables for SunOS; install Deno/],
    [{ ldd: "echo GNU libc", getconf: "echo 32" }, /^error: there are no executables for Linux/],
  ];
  for (const [programs, message] of systems) {
    const PATH = await pretend(stage, programs);
    const { code, stderr } = await install(stage, ["--from", stage.release], { env: { PATH } });
    deepStrictEqual(code, 3, stderr);
    match(stderr, message);
    await Deno.remove(`${stage.root}/pretended`, { recursive: true });
    await Deno.remove(`${stage.root}/others`, { recursive: true });
  }
  await Deno.remove(`${stage.release}/${ARCHIVE}`);
  await writeSums(stage);
  const PATH = await pretend(stage, { ldd: "echo GNU libc" });
  const { code, stderr } = await install(stage, ["--from", stage.release], { env: { PATH } });
  deepStrictEqual(code, 3, stderr);
  match(stderr, new RegExp(`^error: this release has no executable for ${TARGET}; install Deno`));
  deepStrictEqual(await namesIn(stage.home), []);
});
