/** What the build decides without touching anything: headers, targets, names of chunks. */

import { deepStrictEqual, throws } from "node:assert/strict";
import { withStableNames } from "../../scripts/build/chunk_names.ts";
import { misfit, readExecutable } from "../../scripts/build/executable.ts";
import { TARGETS, targetsOf } from "../../scripts/build/targets.ts";
import { elf, machO, portable } from "../support/executables.ts";

Deno.test("a header tells format and machine", () => {
  const cases: [Uint8Array, ReturnType<typeof readExecutable>][] = [
    [elf(0x3e), { format: "ELF", machine: "x86_64" }],
    [elf(0xb7), { format: "ELF", machine: "aarch64" }],
    [elf(0x28), { format: "ELF", machine: "unknown (0x28)" }],
    [machO(0x01000007), { format: "Mach-O", machine: "x86_64" }],
    [machO(0x0100000c), { format: "Mach-O", machine: "aarch64" }],
    [portable(0x8664), { format: "PE", machine: "x86_64" }],
    [portable(0xaa64), { format: "PE", machine: "aarch64" }],
    [portable(0x14c), { format: "PE", machine: "unknown (0x14c)" }],
  ];
  for (const [bytes, expected] of cases) deepStrictEqual(readExecutable(bytes), expected);
});

Deno.test("what is no executable of 64 bits has no header, however short", () => {
  const bits32 = elf(0x3e);
  bits32[4] = 1;
  const bigEndian = elf(0x3e);
  bigEndian[5] = 2;
  const dosOnly = portable(0x8664);
  dosOnly[0x3c] = 0x10;
  const pointsOut = portable(0x8664);
  pointsOut.set([0xff, 0xff, 0xff, 0x7f], 0x3c);
  const texts = ["", "#!", "#!/bin/sh\n", "MZ", "\x7fELF"].map((text) =>
    new TextEncoder().encode(text)
  );
  for (const bytes of [bits32, bigEndian, dosOnly, pointsOut, ...texts]) {
    deepStrictEqual(readExecutable(bytes), undefined);
  }
});

Deno.test("a view into a larger buffer is read from where it begins", () => {
  const whole = new Uint8Array([1, 2, 3, ...elf(0xb7)]);
  deepStrictEqual(readExecutable(whole.subarray(3)), { format: "ELF", machine: "aarch64" });
});

Deno.test("each target takes its own executable and names why not another", () => {
  const made = [elf(0x3e), elf(0xb7), machO(0x01000007), machO(0x0100000c), portable(0x8664)];
  TARGETS.forEach(({ executable }, target) => {
    made.forEach((bytes, index) => {
      deepStrictEqual(misfit(executable, readExecutable(bytes)) === undefined, target === index);
    });
  });
  const wanted = { format: "ELF", machine: "aarch64" } as const;
  deepStrictEqual(
    misfit(wanted, readExecutable(elf(0x3e))),
    "it is ELF for x86_64, not ELF for aarch64",
  );
  deepStrictEqual(misfit(wanted, undefined), "it is no executable, not ELF for aarch64");
});

Deno.test("a target that Deno does not have is refused with those it has", () => {
  deepStrictEqual(targetsOf(["aarch64-apple-darwin"]).map(({ file }) => file), ["decodex"]);
  throws(
    () => targetsOf(["x86_64-unknown-linux-gnu", "riscv"]),
    /"riscv": .*x86_64-pc-windows-msvc/,
  );
});

/** The same program, as two machines' bundlers would call its parts. */
function bundle(a: string, b: string): Map<string, string> {
  return new Map([
    ["decodex.js", `import("./part-${a}.js")`],
    [`part-${a}.js`, `import"./chunk-${b}.js";export const a=1`],
    [`chunk-${b}.js`, `import("./part-${a}.js");export const b=2`],
  ]);
}

Deno.test("chunks are named after what is in them, even in a circle", async () => {
  const one = await withStableNames(bundle("AAAAAAAA", "BBBBBBBB"));
  const other = await withStableNames(bundle("ZZZZZZZZ", "00000000"));
  deepStrictEqual([...one], [...other]);
  const [chunk = "", entry, part = ""] = [...one.keys()];
  deepStrictEqual(entry, "decodex.js");
  deepStrictEqual(one.get("decodex.js"), `import("./${part}")`);
  deepStrictEqual(one.get(chunk), `import("./${part}");export const b=2`);
});

Deno.test("a change anywhere below a chunk gives it another name", async () => {
  const before = await withStableNames(bundle("AAAAAAAA", "BBBBBBBB"));
  const changed = bundle("AAAAAAAA", "BBBBBBBB");
  changed.set("chunk-BBBBBBBB.js", `import("./part-AAAAAAAA.js");export const b=3`);
  const after = await withStableNames(changed);
  deepStrictEqual([...before.keys()].filter((name) => after.has(name)), ["decodex.js"]);
});

Deno.test("two chunks that are the same in all become one", async () => {
  const entry = 'import"./a-AAAAAAAA.js";import"./a-BBBBBBBB.js"';
  const twins = new Map([["a-AAAAAAAA.js", "1"], ["a-BBBBBBBB.js", "1"], ["decodex.js", entry]]);
  const [[name = ""] = [], ...others] = await withStableNames(twins);
  deepStrictEqual(others, [["decodex.js", `import"./${name}";import"./${name}"`]]);
});
