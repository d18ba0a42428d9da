/** decodex at work in the folder that it runs from: what it starts anew could be a command's. */

import { deepStrictEqual, match } from "node:assert/strict";
import { currentForm } from "../support/form.ts";
import { createPlace, run } from "../support/program.ts";
import type { ScriptItem } from "../support/responses_server.ts";
import { isThere } from "../support/is_there.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FILES = ["src", "tools", "prompts", "main.ts", "deno.json", "deno.lock"];

function command(cmd: string, id: string): { items: ScriptItem[] } {
  return { items: [{ call: "exec_command", args: { cmd, login: false }, id }] };
}

Deno.test({
  name:
    "in its own checkout it edits itself, keeps what is closed, and starts nothing changed outside",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    if (currentForm().name !== "source") return console.log("skipped: only the source is edited");
    await using place = await createPlace([
      command("echo '// more' >> src/exec/wait.ts && mkdir .codex && echo made", "a"),
      command("kill -9 $PPID", "b"),
      command("echo again", "c"),
      { items: ["done"] },
    ]);
    await new Deno.Command("cp", { args: ["-r", ...FILES, place.cwd], cwd: ROOT }).output();
    const program = [Deno.execPath(), "run", "-A", `${place.cwd}/main.ts`];
    const args = ["--sandbox-level", "landlock", "-s", "workspace-write", "--json", "x"];
    const { code, stdout } = await run(args, { ...place, program });
    deepStrictEqual(code, 0);
    if (!stdout.includes('"sandbox":"workspace-write (landlock)"')) {
      return console.log("skipped: there is no Landlock");
    }
    const outputs = place.server.requests.at(-1)?.body.input
      .flatMap((item) => item["type"] === "function_call_output" ? [String(item["output"])] : []);
    match(outputs?.[0] ?? "", /made\n\[sandbox: may not be written, and was put back as it was: /);
    match(outputs?.[1] ?? "", /has gone: it ended \(signal SIGKILL\)/);
    match(outputs?.[2] ?? "", /decodex itself has changed at ".*wait.ts" since it was started/);
    deepStrictEqual(isThere(`${place.cwd}/.codex`), false);
    const edited = await Deno.readTextFile(`${place.cwd}/src/exec/wait.ts`);
    match(edited, /\n\/\/ more\n$/);
  },
});
