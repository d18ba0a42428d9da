/** What tests of files need another process for: it flips, it is killed, it has no space left. */

import { cString, loadLibc } from "../../src/exec/libc.ts";
import { add, applyTo, everyAccess, failureOf, FileStage, treeOf, update } from "./file_stage.ts";

export const PROGRAM: string = new URL(import.meta.url).pathname;
export const WHOLE = 300_000;

/** Two names exchange what they stand for, again and again; a line for each thousand times. */
function flip(one: string, other: string): void {
  const libc = loadLibc({
    renameat2: { parameters: ["i32", "buffer", "i32", "buffer", "u32"], result: "i32" },
  });
  if (!libc) throw new Error("no C library");
  const [first, second] = [cString(one), cString(other)];
  while (true) {
    for (let times = 0; times < 1000; times++) {
      if (libc.renameat2(-100, first, -100, second, 2) !== 0) throw new Error("cannot exchange");
    }
    say(".");
  }
}

/** Both files get `a`s, then `b`s, and so on; a line for each time. */
async function patchForEver(work: string): Promise<void> {
  using stage = new FileStage(work);
  const [[, access] = []] = everyAccess();
  if (!access) return;
  const files = stage.files(access);
  for (let letter = "a";; letter = letter === "a" ? "b" : "a") {
    const text = letter.repeat(WHOLE);
    await applyTo(files, [update(`${work}/1`, text), update(`${work}/2`, text)]);
    await applyTo(files, [update(`${work}/3`, text)]);
    say(letter);
  }
}

/** By each access, what patches that are too large for the disk end with. */
async function fillDisk(work: string): Promise<void> {
  using stage = new FileStage(work);
  const results: unknown[] = [];
  for (const [, access] of everyAccess()) {
    const files = stage.files(access);
    const large = "x".repeat(1024 * 1024);
    const patches = [
      [update(`${work}/f`, large)],
      [update(`${work}/f`, "new"), add(`${work}/a/b`, large)],
    ];
    for (const patch of patches) {
      const failure = await failureOf(() => applyTo(files, patch));
      results.push({ failure, tree: treeOf(work) });
    }
  }
  say(JSON.stringify(results));
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  const [mode, path = "", other = ""] = Deno.args;
  if (mode === "flip") flip(path, other);
  if (mode === "patch") await patchForEver(path);
  if (mode === "fill") await fillDisk(path);
}
