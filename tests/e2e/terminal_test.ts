/** A conversation with a command on a terminal, through the whole program and at every level. */

import { deepStrictEqual, match } from "node:assert/strict";
import { createPlace, events, run } from "../support/program.ts";
import type { Reply, RequestBody } from "../support/responses_server.ts";

const SCRIPT = "trap 'echo caught; exit 7' INT; tty; stty size; " +
  'read -r line; echo "<$line>"; sleep 300';

/** Types what comes next once what came before has been answered, else looks again. */
function converse(n: number, { input }: RequestBody): Reply {
  const outputs = input.filter(({ type }) => type === "function_call_output");
  const written = outputs.map(({ output }) => String(output)).join("\n");
  const id = `call_${n}`;
  if (n === 0) {
    const args = { cmd: SCRIPT, tty: true, yield_time_ms: 700 };
    return { items: [{ call: "exec_command", args, id }] };
  }
  if (written.includes("Process exited")) return { items: ["done"] };
  const session_id = Number(/session ID (\d+)/.exec(written)?.[1]);
  return { items: [{ call: "write_stdin", args: { session_id, ...next(written) }, id }] };
}

function next(written: string): { chars: string; yield_time_ms: number } {
  if (written.includes("<word>")) return { chars: "\u0003", yield_time_ms: 30_000 };
  const isReady = written.includes("24 80") && !written.includes("word");
  return { chars: isReady ? "word\n" : "", yield_time_ms: 500 };
}

for (const level of ["bubblewrap", "landlock", "none"]) {
  Deno.test(`the model types on a terminal and reads what it shows (${level})`, async () => {
    await using place = await createPlace(converse);
    const args = ["--json", "-s", "workspace-write", "--sandbox-level", level, "x"];
    const { code, stdout } = await run(args, place);
    const item = events(stdout).find(({ type, item }) =>
      type === "item.completed" && JSON.stringify(item).includes("command_execution")
    )?.["item"] as Record<string, unknown>;
    match(
      String(item["aggregated_output"]),
      /^\/dev\/pts\/\d+\r\n24 80\r\nword\r\n<word>\r\n\^Ccaught\r\n$/,
    );
    deepStrictEqual([code, item["status"], item["exit_code"]], [0, "failed", 7]);
  });
}
