/** apply_patch: what the tool writes, shows and answers, by itself and through a shell. */

import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { ToolError } from "../../src/protocol/error.ts";
import { type FileChange, FileError, type FileErrorKind } from "../../src/protocol/host.ts";
import { applyPatch, patchInterception } from "../../tools/apply_patch/mod.ts";
import { fakeContext, fakeHost } from "../support/fake_host.ts";

const REASONS: Partial<Record<FileErrorKind, string>> = {
  not_found: "No such file or directory (os error 2)",
  is_directory: "Is a directory (os error 21)",
  denied: "Permission denied (os error 13)",
};

/** Text is a file's content; a kind of error is what reading or writing it fails with. */
type Disk = Record<string, string | { fails: FileErrorKind }>;

function machine(disk: Disk, apply?: (changes: readonly FileChange[]) => void) {
  const written: FileChange[] = [];
  const reads: string[] = [];
  const host = fakeHost({
    files: {
      readBytes: (path) => {
        reads.push(path);
        const entry = disk[path] ?? { fails: "not_found" as const };
        if (typeof entry === "string") return Promise.resolve(new TextEncoder().encode(entry));
        return Promise.reject(new FileError(entry.fails, path, REASONS[entry.fails] ?? ""));
      },
      apply: (changes) => {
        apply?.(changes);
        written.push(...changes);
        return Promise.resolve();
      },
    },
  });
  return { host, written, reads, ctx: fakeContext() };
}

/** What is written, with text for bytes. */
function plain(changes: readonly FileChange[]) {
  return changes.map((change) =>
    "content" in change ? { ...change, content: new TextDecoder().decode(change.content) } : change
  );
}

function wrap(...lines: string[]): string {
  return ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
}

const HEAD = "Exit code: 0\nWall time: 0 seconds\nOutput:\n";
const MIXED = wrap(
  "*** Delete File: old.txt",
  "*** Update File: sub/../a.txt",
  "*** Move to: b/b.txt",
  "@@",
  "-one",
  "+uno",
  " two",
  "*** Add File: /new.txt",
  "+x",
  "*** Update File: c.txt",
  "@@",
  "+end",
);

Deno.test("a patch adds, changes, moves and deletes, and says so in that order", async () => {
  const { host, written, ctx } = machine({
    "/w/old.txt": "o\n",
    "/w/a.txt": "one\ntwo \n",
    "/w/c.txt": "c\n",
  });
  deepStrictEqual(await applyPatch(host, "freeform").handle(MIXED, ctx), {
    output: `${HEAD}Success. Updated the following files:\n` +
      "A /new.txt\nM b/b.txt\nM c.txt\nD old.txt\n",
    success: true,
  });
  deepStrictEqual(plain(written), [
    { type: "delete", path: "/w/old.txt" },
    { type: "update", path: "/w/a.txt", content: "uno\ntwo \n", movePath: "/w/b/b.txt" },
    { type: "add", path: "/new.txt", content: "x\n" },
    { type: "update", path: "/w/c.txt", content: "c\nend\n" },
  ]);
});

Deno.test("people are shown the change before and after it is made", async () => {
  const seen: string[] = [];
  const { host, ctx } = machine(
    { "/w/old.txt": "o\n", "/w/a.txt": "one\ntwo \n", "/w/c.txt": "c\n" },
    () => seen.push(...ctx.reported.map(({ item }) => "status" in item ? item.status : "")),
  );
  await applyPatch(host, "freeform").handle(MIXED, ctx);
  deepStrictEqual(seen, ["in_progress"]);
  const shown = {
    type: "file_change",
    changes: [
      { path: "/new.txt", kind: "add" },
      { path: "/w/a.txt", kind: "update" },
      { path: "/w/c.txt", kind: "update" },
      { path: "/w/old.txt", kind: "delete" },
    ],
    diff: [
      "--- old.txt",
      "+++ /dev/null",
      "--- sub/../a.txt",
      "+++ b/b.txt",
      "@@ -1,2 +1,2 @@",
      "-one",
      "+uno",
      " two ",
      "--- /dev/null",
      "+++ /new.txt",
      "@@ -0,0 +1,1 @@",
      "+x",
      "--- c.txt",
      "+++ c.txt",
      "@@ -1,0 +2,1 @@",
      "+end",
      "",
    ].join("\n"),
  };
  deepStrictEqual(ctx.reported, [
    { id: "call", item: { ...shown, status: "in_progress" } },
    { id: "call", item: { ...shown, status: "completed" } },
  ]);
});

Deno.test("a long diff is cut, in lines and in their length", async () => {
  const { host, ctx } = machine({});
  const lines = Array.from({ length: 300 }, (_, index) => index === 0 ? "+".repeat(900) : "+x");
  await applyPatch(host, "freeform").handle(wrap("*** Add File: n", ...lines), ctx);
  const item = ctx.reported[0]?.item;
  const diff = item?.type === "file_change" ? item.diff ?? "" : "";
  const shown = diff.split("\n");
  strictEqual(shown.length, 201);
  strictEqual(shown[3], `${"+".repeat(400)}…`);
  strictEqual(shown[199], "… 104 more lines");
});

const SEQUENCES: [Disk, string[], unknown[], string][] = [
  [
    { "/w/f": "a\nb\n" },
    ["*** Update File: f", "@@", "-a", "+A", "*** Update File: f", "@@", "-A", "+AA"],
    [
      { type: "update", path: "/w/f", content: "A\nb\n" },
      { type: "update", path: "/w/f", content: "AA\nb\n" },
    ],
    "M f\nM f\n",
  ],
  [
    {},
    ["*** Add File: f", "+a", "*** Update File: f", "@@", "-a", "+b"],
    [
      { type: "add", path: "/w/f", content: "a\n" },
      { type: "update", path: "/w/f", content: "b\n" },
    ],
    "A f\nM f\n",
  ],
  [
    { "/w/f": "a\n" },
    ["*** Delete File: f", "*** Add File: f", "+n"],
    [{ type: "delete", path: "/w/f" }, { type: "add", path: "/w/f", content: "n\n" }],
    "A f\nD f\n",
  ],
  [
    { "/w/f": "a\n" },
    ["*** Update File: f", "*** Move to: ./f", "@@", "-a", "+b"],
    [{ type: "update", path: "/w/f", content: "b\n" }],
    "M ./f\n",
  ],
  [
    { "/w/f": "a\n" },
    [
      "*** Update File: f",
      "*** Move to: g",
      "@@",
      "-a",
      "+b",
      "*** Update File: g",
      "@@",
      " b",
      "+c",
    ],
    [
      { type: "update", path: "/w/f", content: "b\n", movePath: "/w/g" },
      { type: "update", path: "/w/g", content: "b\nc\n" },
    ],
    "M g\nM g\n",
  ],
  // What is there is written over unread.
  [
    { "/w/f": { fails: "denied" } },
    ["*** Add File: f"],
    [{ type: "add", path: "/w/f", content: "" }],
    "A f\n",
  ],
];

Deno.test("several operations on one path see each other", async () => {
  for (const [disk, patch, changes, list] of SEQUENCES) {
    const { host, written, ctx } = machine(disk);
    const { output } = await applyPatch(host, "freeform").handle(wrap(...patch), ctx);
    deepStrictEqual(plain(written), changes);
    strictEqual(output, `${HEAD}Success. Updated the following files:\n${list}`);
  }
});

Deno.test("what cannot be done is said in codex-cli's words; nothing is written or shown", async () => {
  const disk: Disk = {
    "/w/f": "a\n",
    "/w/d": { fails: "is_directory" },
    "/w/p": { fails: "denied" },
  };
  const update = (path: string) => wrap(`*** Update File: ${path}`, "@@", "-q", "+r");
  const rows: [string, string][] = [
    ["bad", "invalid patch: The first line of the patch must be '*** Begin Patch'"],
    [update("f"), "Failed to find expected lines in /w/f:\nq"],
    [update("none"), `Failed to read file to update /w/none: ${REASONS.not_found}`],
    [update("d"), `Failed to read file to update /w/d: ${REASONS.is_directory}`],
    [update("p"), `Failed to read file to update /w/p: ${REASONS.denied}`],
    [wrap("*** Delete File: none"), `Failed to read /w/none: ${REASONS.not_found}`],
    [wrap("*** Delete File: d"), `Failed to read /w/d: ${REASONS.is_directory}`],
    [
      wrap("*** Add File: n", "+x", "*** Update File: none", "@@", "-a"),
      `Failed to read file to update /w/none: ${REASONS.not_found}`,
    ],
    [
      wrap("*** Delete File: f", "*** Update File: f", "@@", "-a"),
      `Failed to read file to update /w/f: ${REASONS.not_found}`,
    ],
    [
      wrap("*** Update File: f", "*** Move to: g", "@@", "-a", "*** Delete File: f"),
      `Failed to read /w/f: ${REASONS.not_found}`,
    ],
  ];
  for (const [patch, reason] of rows) {
    const { host, written, ctx } = machine(disk);
    await rejects(applyPatch(host, "freeform").handle(patch, ctx), {
      name: "ToolError",
      message: `apply_patch verification failed: ${reason}`,
    });
    deepStrictEqual([written, ctx.reported], [[], []]);
  }
});

Deno.test("a write that fails or is refused ends what was shown", async () => {
  const refused = new ToolError("patch rejected: writing outside of the project");
  const stopped = new DOMException("stopped", "AbortError");
  const rows: [Error, string, object][] = [
    [
      new FileError("denied", "/w/n", "Permission denied (os error 13)"),
      "failed",
      {
        name: "ToolError",
        message: "Exit code: 1\nWall time: 0 seconds\nOutput:\n" +
          "Failed to write file /w/n: Permission denied (os error 13)\n",
      },
    ],
    [
      new FileError("denied", "/w/f", "Permission denied (os error 13)"),
      "failed",
      {
        name: "ToolError",
        message: "Exit code: 1\nWall time: 0 seconds\nOutput:\n" +
          "Failed to delete file /w/f: Permission denied (os error 13)\n",
      },
    ],
    [refused, "declined", refused],
    [stopped, "failed", stopped],
  ];
  for (const [error, status, expected] of rows) {
    const { host, ctx } = machine({ "/w/f": "a\n" });
    const failing = { files: { ...host.files, apply: () => Promise.reject(error) } };
    const patch = wrap("*** Add File: n", "+x", "*** Delete File: f");
    await rejects(applyPatch(failing, "freeform").handle(patch, ctx), expected);
    deepStrictEqual(
      ctx.reported.map(({ item }) => "status" in item && item.status),
      ["in_progress", status],
    );
  }
});

Deno.test("both forms are told how to write a patch", async () => {
  const { host, ctx } = machine({});
  const freeform = applyPatch(host, "freeform");
  const asFunction = applyPatch(host, "function");
  deepStrictEqual([freeform.kind, freeform.parallel], ["custom", false]);
  deepStrictEqual([asFunction.kind, asFunction.parallel], ["function", false]);
  const { spec } = asFunction;
  deepStrictEqual(spec?.type === "function" && [spec.name, spec.strict, spec.parameters], [
    "apply_patch",
    false,
    {
      type: "object",
      properties: {
        input: {
          type: "string",
          description: 'The patch, from "*** Begin Patch" to "*** End Patch".',
        },
      },
      required: ["input"],
      additionalProperties: false,
    },
  ]);
  const custom = freeform.spec;
  deepStrictEqual(
    custom?.type === "custom" && [custom.name, custom.format.type, custom.format.syntax],
    ["apply_patch", "grammar", "lark"],
  );
  match(custom?.type === "custom" ? custom.format.definition : "", /^start: /);
  const input = JSON.stringify({ input: wrap("*** Add File: n", "+x") });
  strictEqual(
    (await asFunction.handle(input, ctx)).output,
    `${HEAD}Success. Updated the following files:\nA n\n`,
  );
  await rejects(asFunction.handle("{}", ctx), {
    message: "failed to parse function arguments: missing field `input` at line 1 column 2",
  });
});

Deno.test("an intercepted patch is answered as codex-cli 0.115.0 answers it", async () => {
  const { host, written, ctx } = machine({});
  const here = `<<'EOF'\n${wrap("*** Add File: v.txt", "+h")}\nEOF\n`;
  const run = (script: string) =>
    patchInterception(["/bin/bash", "-lc", script], { cwd: "/w/here", host, ctx });
  const answer = '{"output":"Success. Updated the following files:\\nA v.txt\\n",' +
    '"metadata":{"exit_code":0,"duration_seconds":0.0}}';
  strictEqual(await run(`apply_patch ${here}`), answer);
  strictEqual(await run(`cd ../sub && apply_patch ${here}`), answer);
  strictEqual(await run(`ls; apply_patch ${here}`), undefined);
  deepStrictEqual(plain(written), [
    { type: "add", path: "/w/here/v.txt", content: "h\n" },
    { type: "add", path: "/w/sub/v.txt", content: "h\n" },
  ]);
  await rejects(patchInterception(["apply_patch", "bad"], { cwd: "/w", host, ctx }), {
    message: "apply_patch verification failed: invalid patch: " +
      "The first line of the patch must be '*** Begin Patch'",
  });
});
