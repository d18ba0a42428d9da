/** apply_patch: what a patch says, where it fits, what it leaves, and how it fails. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type FileChange, FileError } from "../../src/protocol/host.ts";
import { interceptPatch } from "../../tools/apply_patch/intercept.ts";
import { applyPatch, patchInterception } from "../../tools/apply_patch/mod.ts";
import { fakeContext, fakeHost } from "../support/fake_host.ts";

const MISSING = "No such file or directory (os error 2)";

/** Runs a patch over files in memory; text stands for latin-1 bytes. */
async function patch(body: string, files: Record<string, string> = {}) {
  const written: FileChange[] = [];
  const host = fakeHost({
    files: {
      readBytes: (path) => {
        const text = files[path];
        return text === undefined
          ? Promise.reject(new FileError("not_found", path, MISSING))
          : Promise.resolve(Uint8Array.from(text, (char) => char.charCodeAt(0)));
      },
      apply: (changes) => {
        written.push(...changes);
        return Promise.resolve();
      },
    },
  });
  const ctx = fakeContext();
  const { output } = await applyPatch(host, "freeform").handle(body, ctx);
  const after = written.map((change) =>
    "content" in change
      ? [change.type, change.path, String.fromCharCode(...change.content)]
      : [change.type, change.path]
  );
  return { output, after, reported: ctx.reported };
}

function wrap(...lines: string[]): string {
  return ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
}

async function update(text: string, ...lines: string[]): Promise<string | undefined> {
  const { after } = await patch(wrap("*** Update File: f", ...lines), { "/w/f": text });
  return after[0]?.[2];
}

Deno.test("a patch adds, changes, moves and deletes, and says so in that order", async () => {
  const { output, after, reported } = await patch(
    wrap(
      "*** Delete File: old.txt",
      "*** Update File: a.txt",
      "*** Move to: b.txt",
      "@@",
      "-one",
      "+uno",
      "*** Add File: new.txt",
      "+x",
    ),
    { "/w/old.txt": "o\n", "/w/a.txt": "one\ntwo\n" },
  );
  strictEqual(
    output,
    "Exit code: 0\nWall time: 0 seconds\nOutput:\n" +
      "Success. Updated the following files:\nA new.txt\nM b.txt\nD old.txt\n",
  );
  deepStrictEqual(after, [
    ["delete", "/w/old.txt"],
    ["delete", "/w/a.txt"],
    ["add", "/w/b.txt", "uno\ntwo\n"],
    ["add", "/w/new.txt", "x\n"],
  ]);
  deepStrictEqual(reported.map(({ item }) => "status" in item && item.status), [
    "in_progress",
    "completed",
  ]);
});

Deno.test("line ends, foreign bytes and the file's own spelling survive", async () => {
  strictEqual(await update("a\r\nb\r\n", "@@", " a", "-b", "+c", "+d"), "a\r\nc\r\nd\r\n");
  strictEqual(await update("\xe9t\xe9\nb\n", "@@", "-b", "+c"), "\xe9t\xe9\nc\n");
  strictEqual(await update("a  \nb", "@@", " a", "-b", "+c"), "a  \nc\n");
  strictEqual(await update("\tx\ny\n", "@@", " x", "-y", "+z"), "\tx\nz\n");
});

Deno.test("context and the end of the file tell which of two places is meant", async () => {
  const text = "def f\n x\ndef g\n x\n";
  strictEqual(await update(text, "@@ def g", "- x", "+ y"), "def f\n x\ndef g\n y\n");
  strictEqual(await update("x\ny\nx\n", "@@", "-x", "+z", "*** End of File"), "x\ny\nz\n");
  strictEqual(await update("a\n", "@@", "+b"), "a\nb\n");
});

Deno.test("what does not fit is said in codex-cli's words, and nothing is written", async () => {
  const rows: [string, string][] = [
    ["", "invalid patch: The last line of the patch must be '*** End Patch'"],
    ["bad", "invalid patch: The first line of the patch must be '*** Begin Patch'"],
    ["*** Begin Patch\nx", "invalid patch: The last line of the patch must be '*** End Patch'"],
    [
      wrap("what"),
      "invalid hunk at line 2, 'what' is not a valid hunk header. Valid hunk headers: " +
      "'*** Add File: {path}', '*** Delete File: {path}', '*** Update File: {path}'",
    ],
    [wrap("*** Update File: f"), "invalid hunk at line 2, Update file hunk for path 'f' is empty"],
    [wrap("*** Update File: f", "@@", "-q", "+r"), "Failed to find expected lines in /w/f:\nq"],
    [wrap("*** Update File: f", "@@ no", "-a", "+b"), "Failed to find context 'no' in /w/f"],
    [wrap("*** Update File: g", "@@", "-a"), `Failed to read file to update /w/g: ${MISSING}`],
    [wrap("*** Delete File: g"), `Failed to read /w/g: ${MISSING}`],
  ];
  for (const [body, reason] of rows) {
    await rejects(patch(body, { "/w/f": "a\n" }), {
      message: `apply_patch verification failed: ${reason}`,
    });
  }
  await rejects(patch(wrap()), { message: "patch rejected: empty patch" });
});

Deno.test("a patch inside a shell command is found only where it is all of the command", () => {
  const body = wrap("*** Add File: v", "+h");
  const bash = (script: string) => interceptPatch(["/bin/bash", "-lc", script]);
  deepStrictEqual(bash(`apply_patch <<'EOF'\n${body}\nEOF\n`), { patch: body });
  deepStrictEqual(bash(`cd sub && apply_patch <<'EOF'\n${body}\nEOF`), {
    patch: body,
    workdir: "sub",
  });
  strictEqual(bash(`echo a; apply_patch <<'EOF'\n${body}\nEOF`), undefined);
  strictEqual(bash("echo hi"), undefined);
  deepStrictEqual(interceptPatch(["apply_patch", body]), { patch: body });
});

Deno.test("an intercepted patch is answered as 0.115.0 answers it", async () => {
  const host = fakeHost({ files: { apply: () => Promise.resolve() } });
  const command = ["apply_patch", wrap("*** Add File: v.txt", "+h")];
  strictEqual(
    await patchInterception(command, { cwd: "/w", host, ctx: fakeContext() }),
    '{"output":"Success. Updated the following files:\\nA v.txt\\n",' +
      '"metadata":{"exit_code":0,"duration_seconds":0.0}}',
  );
});
