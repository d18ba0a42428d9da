/** What decodex starts outside of a sandbox: nothing that a command has put in its place. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { searchPath } from "../../src/exec/search_path.ts";
import { isThere } from "../support/is_there.ts";
import { FOLDER_ALONE, Workspace } from "./workspace.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
Deno.test("programs are not looked for where a command can write", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_path_" }));
  try {
    await Deno.mkdir(`${folder}/ws/bin`, { recursive: true });
    await Deno.symlink("ws/bin", `${folder}/link`);
    const path = [`${folder}/ws/bin`, `${folder}/link`, "bin", "", "/usr/bin", `${folder}/wsx`];
    deepStrictEqual(searchPath(path.join(":"), [`${folder}/ws`]), `/usr/bin:${folder}/wsx`);
    strictEqual(searchPath("/usr/bin:/bin", ["/"]), "/usr/bin:/bin");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("git is not looked for in the repository that it is asked about", async () => {
  const module = new URL("src/exec/git.ts", `file://${ROOT}`).href;
  const code = `import { gitCommand } from "${module}";
    console.log(gitCommand(["status"], "/some/repo").env.PATH);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    env: { PATH: "/some/repo/bin:/some/repo:bin::/some/repository/bin:/usr/bin" },
  }).output();
  strictEqual(new TextDecoder().decode(stdout), "/some/repository/bin:/usr/bin\n");
});

/** Each takes the place of a program that decodex starts, and tells that it was started. */
const PROGRAMS = ["bwrap", "flock", "rmdir", "sh", "env", "deno", "rg", "git"];

for (const level of ["bubblewrap", "landlock"] as const) {
  Deno.test({
    name: `a command's own programs are not started outside of ${level}, nor after a kill`,
    ignore: Deno.build.os !== "linux",
    async fn(): Promise<void> {
      const outside = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_out_" }));
      const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_path_" }));
      await Deno.mkdir(`${path}/bin`);
      const { HOME = "", DENO_DIR, PATH = "/usr/bin:/bin" } = Deno.env.toObject();
      const cache = DENO_DIR === undefined ? {} : { DENO_DIR };
      const environment = { PATH: `${path}/bin:${PATH}`, HOME, ...cache };
      try {
        await plantAndKill({ inProcess: false, environment, sandboxLevel: level, path }, outside);
        deepStrictEqual(await Array.fromAsync(Deno.readDir(outside)), []);
      } finally {
        await Deno.remove(outside, { recursive: true });
      }
    },
  });
}

async function plantAndKill(
  options: ConstructorParameters<typeof Workspace>[0],
  outside: string,
): Promise<void> {
  await using workspace = new Workspace(options);
  const context = workspace.context({ sandboxPolicy: FOLDER_ALONE });
  const { level, faults } = await workspace.host.prepare(context.turn);
  if (level !== options?.sandboxLevel) {
    return console.log(`skipped: ${options?.sandboxLevel}: ${faults.map(({ reason }) => reason)}`);
  }
  const run = async (script: string) => {
    const request = {
      command: ["/bin/bash", "-c", script],
      cwd: workspace.path,
      timeoutMs: 20_000,
    };
    return (await workspace.host.exec(request, context)).output;
  };
  const evil = `#!/bin/bash\necho "$0" >>${outside}/started\n`;
  const planted = await run(
    `cd bin && for each in ${PROGRAMS.join(" ")}; do printf '%s' '${evil}' >$each; done && ` +
      `chmod +x * && echo x >${outside}/x || echo held`,
  );
  ok(planted.endsWith("held\n"), planted);
  await run("kill -9 $PPID 1").catch(() => {});
  strictEqual(await run("echo again"), "again\n");
}

/** Runs in a copy of the program that lies where commands write. */
const PROBE = `
import { OwnProgram } from "./src/exec/own_program.ts";
const own = new OwnProgram();
own.note(["/elsewhere"]);
Deno.writeTextFileSync("src/exec/wait.ts", "", { append: true });
Deno.symlinkSync("nowhere", "src/.#lock.ts");
own.note([Deno.cwd()]);
const tell = () => {
  try {
    own.assertUnchanged();
    console.log("unchanged");
  } catch (error) {
    console.log(error.message);
  }
};
tell();
Deno.writeTextFileSync("other.ts", "");
tell();
const { atime, mtime, size } = Deno.statSync("main.ts");
Deno.renameSync("main.ts", "old.ts");
Deno.writeTextFileSync("main.ts", " ".repeat(size));
Deno.utimeSync("main.ts", atime, mtime);
tell();
`;

Deno.test("a program that was changed where commands write starts nothing of itself", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_copy_" }));
  try {
    const copy = ["-r", "src", "tools", "prompts", "main.ts", "deno.json", "deno.lock", folder];
    await new Deno.Command("cp", { args: copy, cwd: ROOT }).output();
    await Deno.writeTextFile(`${folder}/probe.ts`, PROBE);
    const args = ["run", "--quiet", "--no-check", "-A", "probe.ts"];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
    deepStrictEqual(new TextDecoder().decode(stdout).trimEnd().split("\n"), [
      "unchanged",
      "unchanged",
      `decodex itself has changed at "${folder}/main.ts" since it was started, and starts nothing ` +
      "of itself any more: start it again",
    ]);
    ok(isThere(`${folder}/old.ts`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
