/** What is known of the processes below this one. */

import { deepStrictEqual } from "node:assert/strict";

const MODULE = new URL("../../src/exec/process_groups.ts", import.meta.url).href;

/** A program of its own: the children of this one are those of other tests as well. */
const PROGRAM = `
import { ProcessGroups } from ${JSON.stringify(MODULE)};
const groups = new ProcessGroups();
const seen = [await groups.isQuiet()];
const child = new Deno.Command("/bin/sleep", { args: ["300"], stdin: "null" }).spawn();
seen.push(await groups.isQuiet());
child.kill("SIGKILL");
await child.status;
seen.push(await groups.isQuiet());
console.log(JSON.stringify(seen));
`;

Deno.test("it is quiet before a child is started, and once it has ended", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", PROGRAM],
    stderr: "inherit",
  }).output();
  deepStrictEqual(JSON.parse(new TextDecoder().decode(stdout)), [true, false, true]);
});
