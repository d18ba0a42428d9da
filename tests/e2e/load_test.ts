/** Much at once: hundreds of calls in one response, and more output than memory should hold. */

import { deepStrictEqual, match, ok } from "node:assert/strict";
import { createPlace, type Place, run, start } from "../support/program.ts";
import { hostsBelow, peakMemory, workingIn } from "../support/process_tree.ts";
import { until } from "../support/until.ts";

const CALLS = 200;
const MOST_MIB = 150;

for (const tool of ["exec_command", "shell"] as const) {
  Deno.test(`two hundred calls of ${tool} in one response are answered in order`, async () => {
    const script = (n: number) => `echo ${n} >> all; sleep 0.5; echo "<$((${n} * 7))>"`;
    const items = Array.from({ length: CALLS }, (_, n) => ({
      call: tool,
      args: tool === "shell"
        ? { command: ["sh", "-c", script(n)] }
        : { cmd: script(n), shell: "sh", login: false, yield_time_ms: 30_000 },
      id: `c${n}`,
    }));
    await using place = await createPlace([{ items }, { items: ["done"] }]);
    const { code, stdout } = await run(["-s", "workspace-write", "x"], place);
    deepStrictEqual([code, stdout], [0, "done\n"]);
    const answers = outputsOf(place).map(({ call_id, output }) => [
      call_id,
      /<(\d+)>/.exec(String(output))?.[1],
    ]);
    deepStrictEqual(answers, Array.from({ length: CALLS }, (_, n) => [`c${n}`, `${n * 7}`]));
    const ran = (await Deno.readTextFile(`${place.cwd}/all`)).trimEnd().split("\n").map(Number);
    deepStrictEqual(ran.sort((a, b) => a - b), Array.from({ length: CALLS }, (_, n) => n));
    deepStrictEqual(workingIn(place.cwd), []);
  });
}

Deno.test("two hundred megabytes of output stay out of the memory of both processes", async () => {
  let front = 0;
  const peaks: number[] = [];
  await using place = await createPlace((n) => {
    if (n > 0) peaks.push(...[front, ...hostsBelow(front)].map(peakMemory));
    return n > 0 ? { items: ["done"] } : {
      items: [{
        call: "exec_command",
        args: { cmd: "yes | head -c 200000000", yield_time_ms: 30_000 },
        id: "c",
      }],
    };
  });
  const child = start(["-s", "workspace-write", "x"], place);
  front = child.pid;
  const { code } = await child.output();
  deepStrictEqual(code, 0);
  match(String(outputsOf(place)[0]?.["output"]), /\nFull output: /);
  ok(peaks.length >= 2);
  deepStrictEqual(peaks.filter((mib) => mib >= MOST_MIB), [], `peaks in MiB: ${peaks}`);
});

Deno.test("an output that no disk takes is answered all the same", async () => {
  await using place = await createPlace([
    {
      items: [{ call: "shell", args: { command: ["sh", "-c", "yes | head -c 3000000"] }, id: "c" }],
    },
    { items: ["done"] },
  ]);
  // Files may have 512 KiB, and a write beyond fails instead of ending the writer.
  const limited = 'trap "" XFSZ; ulimit -f 1024; exec "$@"';
  const under = ["/bin/sh", "-c", limited, "limited"];
  const { code, stdout } = await run(["-s", "workspace-write", "x"], { ...place, under });
  deepStrictEqual([code, stdout], [0, "done\n"]);
  const [output = ""] = outputsOf(place).map(({ output }) => String(output));
  match(output, /^Exit code: 0\n/);
  deepStrictEqual(output.includes("Full output: "), false);
  await until(() => workingIn(place.cwd).length === 0);
});

function outputsOf({ server }: Place): Readonly<Record<string, unknown>>[] {
  const input = server.requests[1]?.body.input ?? [];
  return input.filter(({ type }) => type === "function_call_output");
}
