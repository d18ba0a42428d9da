/** An executable that has but one thread is confined where it stands, with all that it starts later. */

import { deepStrictEqual } from "node:assert/strict";
import { compileHere } from "../support/compile_here.ts";
import type { Tried } from "./one_thread.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const WAYS = [
  "from the first thread",
  "from another thread",
  "from many",
  "from a worker",
  "from a command",
];
/** A user without rights, so that nothing but Landlock is in the way. */
const NOBODY = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];

Deno.test({
  name: "the executable's host process is confined with every thread, started anew or not",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_thread_" }));
    await Deno.chmod(folder, 0o755);
    try {
      await bundle(folder);
      const expected = [["own flags", "this"], ["no flags", "another"]] as const;
      for (const [name, process] of expected) {
        const v8Flags = name === "no flags" ? { v8Flags: [] } : {};
        const output = `${folder}/${name}`;
        const reason = await compileHere(`${folder}/program.js`, { output, ...v8Flags });
        if (reason !== undefined) return console.log(`skipped: a confined executable: ${reason}`);
        const users = Deno.uid() === 0 ? [[], NOBODY] : [[]];
        for (const under of users) {
          const tried = await run(folder, { name, under });
          const { threads, ...rest } = tried;
          deepStrictEqual(rest, { process, written: WAYS }, `${name} ${under[0]}`);
          deepStrictEqual(threads === 1, process === "this");
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function bundle(folder: string): Promise<void> {
  const args = ["bundle", "--quiet", "-o", `${folder}/program.js`, "tests/exec/one_thread.ts"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function run(
  folder: string,
  { name, under }: { name: string; under: readonly string[] },
): Promise<Tried> {
  const places = { INSIDE: `${folder}/${name} inside`, OUTSIDE: `${folder}/${name} outside` };
  for (const place of Object.values(places)) {
    await Deno.mkdir(place, { recursive: true });
    await Deno.chmod(place, 0o777);
  }
  const [program = "", ...args] = [...under, `${folder}/${name}`];
  const { stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", ...places },
    clearEnv: true,
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout);
  if (said === "") throw new Error(new TextDecoder().decode(stderr));
  for (const place of Object.values(places)) await Deno.remove(place, { recursive: true });
  return JSON.parse(said);
}
