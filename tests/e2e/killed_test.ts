/** decodex is killed, alone or together with its host process: nothing of it stays behind. */

import { deepStrictEqual } from "node:assert/strict";
import { outputs } from "../support/permission_lines.ts";
import { createPlace, type Place, run, start } from "../support/program.ts";
import { hostAbove, workingIn } from "../support/process_tree.ts";
import { until } from "../support/until.ts";

const LEVELS = ["bubblewrap", "landlock", "none"] as const;

const ESCAPING = "env -i sleep 300 & setsid sleep 300 & (nohup sleep 300 >/dev/null 2>&1 &); " +
  "((setsid sleep 300 &) &); (trap '' TERM HUP INT; while :; do sleep 300; done) & " +
  "for n in $(seq 50); do sleep 300 & done; echo $$ > p; mv p pid; wait";

/** Only what stands above it can find it. */
const UNMARKED = "env -i setsid sleep 300 &";

/** A run whose command has left processes behind in every way it knows. */
async function withRun(
  { level, script = ESCAPING }: { level: (typeof LEVELS)[number]; script?: string },
  use: (front: Deno.ChildProcess, place: Place) => void,
): Promise<void> {
  await using place = await createPlace([
    { items: [{ call: "exec_command", args: { cmd: script, yield_time_ms: 30_000 }, id: "c" }] },
  ]);
  const temp = `${place.root}/temp`;
  await Deno.mkdir(temp);
  const front = start(["-s", "workspace-write", "--sandbox-level", level, "x"], {
    cwd: place.cwd,
    env: { ...place.env, TMPDIR: temp },
  });
  await until(() => namesIn(place.cwd).includes("pid"));
  use(front, place);
  await Promise.all([front.status, front.stdout.cancel(), front.stderr.cancel()]);
  await until(() => workingIn(place.cwd).length === 0, `no process of ${level}`);
  await until(() => namesIn(temp).length === 0, `no temporary folder of ${level}`);
  await until(() => !namesIn(place.cwd).includes(".agents"), `no placeholder of ${level}`);
  deepStrictEqual(namesIn(place.cwd), ["pid"]);
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test("a program that is killed leaves no process and no litter", async () => {
  await Promise.all(
    LEVELS.map((level) =>
      withRun({ level, script: `${UNMARKED} ${ESCAPING}` }, (front) => front.kill("SIGKILL"))
    ),
  );
});

Deno.test("a program that is killed together with its host process leaves nothing", async () => {
  await Promise.all(LEVELS.map((level) =>
    withRun({ level }, (front, { cwd }) => {
      const host = hostAbove(cwd);
      // The host first: it may die of the front's death before its own signal comes.
      Deno.kill(host, "SIGKILL");
      front.kill("SIGKILL");
    })
  ));
});

Deno.test("a program that is killed while its host process stands still leaves nothing", async () => {
  await Promise.all(LEVELS.map((level) =>
    withRun({ level }, (front, { cwd }) => {
      Deno.kill(hostAbove(cwd), "SIGSTOP");
      front.kill("SIGKILL");
    })
  ));
});

Deno.test("who kills by the words of the folder's name does not end the host process", async () => {
  await Promise.all(LEVELS.map(async (level) => {
    await using place = await createPlace([
      { items: [{ call: "exec_command", args: { cmd: KILLING }, id: "first" }] },
      { items: [{ call: "exec_command", args: { cmd: "echo after" }, id: "second" }] },
      { items: ["done"] },
    ]);
    const args = ["-s", "workspace-write", "--sandbox-level", level, "x"];
    const { code, stdout } = await run(args, place);
    const said = Object.values(outputs(place)).map((output) =>
      `${output}`.trim().split("\n").at(-1)
    );
    deepStrictEqual({ level, code, stdout, said }, {
      level,
      code: 0,
      stdout: "done\n",
      said: ["asked", "after"],
    });
  }));
});

/** As `pkill -f` does, which not every machine has. */
const KILLING = `word=$(basename "$(dirname "$PWD")"); for each in /proc/[0-9]*; do ` +
  `if tr '\\0' ' ' <$each/cmdline 2>/dev/null | grep -q "$word"; then kill \${each#/proc/}; fi; ` +
  "done; echo asked";
