/** A program that is confined as its host process would be, and tells what it can do then. */

import { launchFromArguments } from "../../src/exec/sandbox/launch.ts";
import { POLICY_FROM, POLICY_VARIABLE } from "../../src/exec/self_command.ts";

export interface Tried {
  /** Where nothing was confined yet. */
  readonly threads: number;
  readonly process: "this" | "another";
  /** What could be written, by the way it was tried. */
  readonly written: readonly string[];
}

const WAYS: Readonly<Record<string, (path: string) => unknown>> = {
  "from the first thread": (path) => Deno.writeTextFileSync(path, ""),
  "from another thread": (path) => Deno.writeTextFile(path, ""),
  "from many": async (path) => {
    const all = Array.from({ length: 20 }, (_, n) => Deno.writeTextFile(`${path} ${n}`, ""));
    await Promise.any(all);
  },
  "from a worker": (path) => inWorker(path),
  "from a command": async (path) => {
    const { success } = await new Deno.Command("touch", { args: [path], stderr: "null" }).output();
    if (!success) throw new Error("refused");
  },
};

async function inWorker(path: string): Promise<void> {
  const code = `
    try { Deno.writeTextFileSync(${JSON.stringify(path)}, ""); self.postMessage("written"); }
    catch (error) { self.postMessage(error.message); }`;
  const url = `data:application/javascript,${encodeURIComponent(code)}`;
  const worker = new Worker(url, { type: "module" });
  const said = await new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
  worker.terminate();
  if (said !== "written") throw new Error(`${said}`);
}

async function tryAll(folder: string): Promise<string[]> {
  const written: string[] = [];
  for (const [way, write] of Object.entries(WAYS)) {
    try {
      await write(`${folder}/${way}`);
      written.push(way);
    } catch {
      // Refused.
    }
  }
  return written;
}

function threads(): number {
  return [...Deno.readDirSync("/proc/self/task")].length;
}

/** Its arguments are no other than those of a host process: what it needs comes in the environment. */
async function main([first]: readonly string[]): Promise<void> {
  const { PARENT: parent = "", INSIDE: inside = "", OUTSIDE: outside = "" } = Deno.env.toObject();
  if (first !== "__host") {
    Deno.env.set("PARENT", `${threads()}`);
    const confine = { writable: [inside], closed: [], network: false };
    Deno.env.set(POLICY_VARIABLE, JSON.stringify({ confine }));
    launchFromArguments([POLICY_FROM.environment, "--", Deno.execPath(), "__host"]);
  }
  const tried: Tried = {
    threads: Number(Deno.env.get("PARENT")),
    process: parent === "" ? "this" : "another",
    written: [...await tryAll(inside), ...(await tryAll(outside)).map((way) => `outside ${way}`)],
  };
  console.log(JSON.stringify(tried));
}

/** Whoever compiles it asks for a version to see that it starts. */
const STARTS_ONLY = "--version";

if (import.meta.main && Deno.args[0] !== STARTS_ONLY) await main(Deno.args);
