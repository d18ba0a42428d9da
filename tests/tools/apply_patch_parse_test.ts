/** apply_patch: what the text of a patch says, and where a shell command is one. */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { interceptPatch } from "../../tools/apply_patch/intercept.ts";
import { type Operation, parsePatch } from "../../tools/apply_patch/parse.ts";

const FAILED = "apply_patch verification failed: ";
const HEADERS = "Valid hunk headers: '*** Add File: {path}', '*** Delete File: {path}', " +
  "'*** Update File: {path}'";
const PREFIXES =
  "Every line should start with ' ' (context line), '+' (added line), or '-' (removed line)";
const UPDATE = "*** Update File: f";

function wrap(...lines: string[]): string {
  return ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
}

/** An update of `f`; a chunk is its lines, marks first, with its contexts before it. */
function updated(...chunks: { at?: string[]; lines: string[]; end?: boolean }[]): Operation[] {
  return [{
    type: "update",
    path: "f",
    chunks: chunks.map(({ at = [], lines, end = false }) => ({
      contexts: at,
      lines: lines.map((line) => ({ kind: line[0] as " " | "+" | "-", text: line.slice(1) })),
      isEndOfFile: end,
    })),
  }];
}

const ADD_N: Operation[] = [{ type: "add", path: "n", lines: ["x"] }];

const OPERATIONS: [string, Operation[]][] = [
  [wrap("*** Add File: n", "+x"), ADD_N],
  [wrap("*** Add File: n"), [{ type: "add", path: "n", lines: [] }]],
  [wrap("*** Add File: n", "+", "++", "+ "), [
    { type: "add", path: "n", lines: ["", "+", " "] },
  ]],
  [wrap("*** Delete File: d e"), [{ type: "delete", path: "d e" }]],
  [wrap("*** Delete File: /abs/ü"), [{ type: "delete", path: "/abs/ü" }]],
  [wrap("*** Delete File: a", "*** Add File: n", "+x"), [
    { type: "delete", path: "a" },
    { type: "add", path: "n", lines: ["x"] },
  ]],
  [wrap(UPDATE, "@@", " a", "-b", "+c"), updated({ lines: [" a", "-b", "+c"] })],
  [wrap(UPDATE, "-b", "+c"), updated({ lines: ["-b", "+c"] })],
  [wrap(UPDATE, "@@ def f():", "-b"), updated({ at: ["def f():"], lines: ["-b"] })],
  [wrap(UPDATE, "@@   in", "-b"), updated({ at: ["  in"], lines: ["-b"] })],
  [wrap(UPDATE, "@@ ", "-b"), updated({ lines: ["-b"] })],
  [
    wrap(UPDATE, "@@ class A", "@@ def f", "-b"),
    updated({ at: ["class A", "def f"], lines: ["-b"] }),
  ],
  [wrap(UPDATE, "@@", "-a", "@@", "-b"), updated({ lines: ["-a"] }, { lines: ["-b"] })],
  [wrap(UPDATE, "-a", "@@ c", "+b"), updated({ lines: ["-a"] }, { at: ["c"], lines: ["+b"] })],
  [wrap(UPDATE, "@@", "-a", "*** End of File"), updated({ lines: ["-a"], end: true })],
  [wrap(UPDATE, "@@", "-a", "*** End of File  "), updated({ lines: ["-a"], end: true })],
  [
    wrap(UPDATE, "@@", "-a", "*** End of File", "@@", "+b"),
    updated(
      { lines: ["-a"], end: true },
      { lines: ["+b"] },
    ),
  ],
  [
    wrap(UPDATE, "@@", "-a", "*** End of File", "", "@@", "+b"),
    updated(
      { lines: ["-a"], end: true },
      { lines: ["+b"] },
    ),
  ],
  // A blank line belongs to the chunk before it, and to none where there is none.
  [wrap(UPDATE, "@@", "-a", "", "@@", "+b"), updated({ lines: ["-a", " "] }, { lines: ["+b"] })],
  [wrap(UPDATE, "", "@@", "-a"), updated({ lines: ["-a"] })],
  [wrap(UPDATE, "@@", "", "-a"), updated({ lines: [" ", "-a"] })],
  [
    wrap(UPDATE, "@@", "-@@ x", "--- y", "+*** End Patch"),
    updated({
      lines: ["-@@ x", "--- y", "+*** End Patch"],
    }),
  ],
  [wrap(UPDATE, "*** Move to: g h", "@@", "-a"), [
    {
      type: "update",
      path: "f",
      movePath: "g h",
      chunks: [{ contexts: [], lines: [{ kind: "-", text: "a" }], isEndOfFile: false }],
    },
  ]],
];

Deno.test("a patch is read into its operations", () => {
  for (const [patch, operations] of OPERATIONS) {
    deepStrictEqual(parsePatch(patch), operations, patch);
  }
});

Deno.test("what stands around a patch does not matter", () => {
  const patch = wrap("*** Add File: n", "+x");
  const rows = [
    `\n\n  ${patch}\n \n`,
    `\ufeff${patch}`,
    patch.replaceAll("\n", "\r\n"),
    "  *** Begin Patch  \n  *** Add File: n  \n+x\n  *** End Patch  ",
    `<<EOF\n${patch}\nEOF`,
    `<<'EOF'\n${patch}\nEOF\n`,
    `<<"EOF"\n${patch}\nEOF`,
  ];
  for (const row of rows) deepStrictEqual(parsePatch(row), ADD_N, row);
});

const FIRST = "invalid patch: The first line of the patch must be '*** Begin Patch'";
const LAST = "invalid patch: The last line of the patch must be '*** End Patch'";

const FAULTS: [string, string][] = [
  ["", LAST],
  ["\n \n", LAST],
  ["*** Begin Patch", LAST],
  ["*** Begin Patch\n*** Add File: q\n+q\n", LAST],
  [`${wrap("*** Add File: n", "+x")}\nmore`, LAST],
  ["not a patch", FIRST],
  [`hello\n${wrap("*** Add File: n", "+x")}`, FIRST],
  ["*** End Patch", FIRST],
  [`<<'PATCH'\n${wrap("*** Add File: n", "+x")}\nPATCH`, FIRST],
  [wrap("what"), `invalid hunk at line 2, 'what' is not a valid hunk header. ${HEADERS}`],
  [
    wrap("*** Add File: "),
    `invalid hunk at line 2, '*** Add File:' is not a valid hunk header. ${HEADERS}`,
  ],
  [
    wrap("*** Add File: n", "+x", "", "+y"),
    `invalid hunk at line 4, '' is not a valid hunk header. ${HEADERS}`,
  ],
  [
    wrap("*** Add File: n", "x"),
    `invalid hunk at line 3, 'x' is not a valid hunk header. ${HEADERS}`,
  ],
  [
    wrap("*** Delete File: n", "+x"),
    `invalid hunk at line 3, '+x' is not a valid hunk header. ${HEADERS}`,
  ],
  [wrap(UPDATE), "invalid hunk at line 2, Update file hunk for path 'f' is empty"],
  [
    wrap("*** Delete File: d", UPDATE, ""),
    "invalid hunk at line 3, Update file hunk for path 'f' is empty",
  ],
  [
    wrap(UPDATE, "*** Move to: g"),
    "invalid hunk at line 2, Update file hunk for path 'f' is empty",
  ],
  [
    wrap(UPDATE, "*** End of File"),
    "invalid hunk at line 2, Update file hunk for path 'f' is empty",
  ],
  [wrap(UPDATE, "@@"), "invalid hunk at line 4, Update hunk does not contain any lines"],
  [
    wrap(UPDATE, "@@", "*** End of File"),
    "invalid hunk at line 4, Update hunk does not contain any lines",
  ],
  [
    wrap(UPDATE, "no prefix line"),
    `invalid hunk at line 4, Unexpected line found in update hunk: 'no prefix line'. ${PREFIXES}`,
  ],
  [
    wrap(UPDATE, "@@", "junk"),
    `invalid hunk at line 4, Unexpected line found in update hunk: 'junk'. ${PREFIXES}`,
  ],
  [
    wrap(UPDATE, "@@x", "-a"),
    `invalid hunk at line 4, Unexpected line found in update hunk: '@@x'. ${PREFIXES}`,
  ],
  [
    wrap(UPDATE, "@@", "-a", "junk"),
    "invalid hunk at line 5, Expected update hunk to start with a @@ context marker, got: 'junk'",
  ],
  [
    wrap(UPDATE, "@@", "-a", "*** foo"),
    `invalid hunk at line 5, '*** foo' is not a valid hunk header. ${HEADERS}`,
  ],
  [
    wrap(UPDATE, "*** Move to:  ", "@@", "-a"),
    "invalid hunk at line 3, '*** Move to:' names no path",
  ],
  [wrap("*** Delete File: a\0b"), "invalid hunk at line 2, the path holds a NUL character"],
];

Deno.test("what is no patch is said in codex-cli's words, with the line", () => {
  for (const [patch, message] of FAULTS) {
    throws(() => parsePatch(patch), { name: "ToolError", message: FAILED + message }, patch);
  }
  throws(() => parsePatch(wrap()), { name: "ToolError", message: "patch rejected: empty patch" });
});

const BODY = wrap("*** Add File: v", "+$h `x` \\ 'q'");

Deno.test("a patch is found where it is all of a shell command", () => {
  const rows: [string, { patch: string; workdir?: string }][] = [
    [`apply_patch <<'EOF'\n${BODY}\nEOF\n`, { patch: BODY }],
    [`apply_patch <<EOF\n${BODY}\nEOF`, { patch: BODY }],
    [`applypatch <<"END-1"\n${BODY}\nEND-1\n\n`, { patch: BODY }],
    [`\n  apply_patch<< 'EOF' \n${BODY}\nEOF`, { patch: BODY }],
    [`apply_patch <<'EOF'\r\n${BODY}\r\nEOF\r\n`, { patch: BODY }],
    [`apply_patch <<-'EOF'\n\t${BODY}\n\tEOF`, { patch: BODY }],
    [`apply_patch <<'EOF'\n${BODY}\n EOF\nEOF`, { patch: `${BODY}\n EOF` }],
    [`cd sub && apply_patch <<'EOF'\n${BODY}\nEOF`, { patch: BODY, workdir: "sub" }],
    [`cd /a/b-c &&\napply_patch <<'EOF'\n${BODY}\nEOF`, { patch: BODY, workdir: "/a/b-c" }],
    [`cd "my dir" && apply_patch <<'EOF'\n${BODY}\nEOF`, { patch: BODY, workdir: "my dir" }],
    [`cd 'a $b' && apply_patch <<'EOF'\n${BODY}\nEOF`, { patch: BODY, workdir: "a $b" }],
  ];
  for (const [script, found] of rows) {
    deepStrictEqual(interceptPatch(["/bin/bash", "-lc", script]), found, script);
  }
  const script = `apply_patch <<'EOF'\n${BODY}\nEOF`;
  deepStrictEqual(interceptPatch(["zsh", "-c", script]), { patch: BODY });
  deepStrictEqual(interceptPatch(["apply_patch", BODY]), { patch: BODY });
  deepStrictEqual(interceptPatch(["applypatch", "bad"]), { patch: "bad" });
});

Deno.test("a command that is more than a patch, or needs a shell, is none", () => {
  const here = `<<'EOF'\n${BODY}\nEOF`;
  const rows: string[][] = [
    `echo a; apply_patch ${here}`,
    `apply_patch ${here}\nls`,
    `apply_patch <<'EOF'\n${BODY}\nEOF\nls\nEOF`,
    `apply_patch <<'EOF' && ls\n${BODY}\nEOF`,
    `apply_patch <<'EOF' > log\n${BODY}\nEOF`,
    `apply_patch -v ${here}`,
    `cd a b && apply_patch ${here}`,
    `cd a; apply_patch ${here}`,
    `cd a || apply_patch ${here}`,
    `cd && apply_patch ${here}`,
    `cd - && apply_patch ${here}`,
    `cd ~/x && apply_patch ${here}`,
    `cd $HOME && apply_patch ${here}`,
    `cd "$HOME" && apply_patch ${here}`,
    "cd `pwd` && apply_patch " + here,
    `cd a* && apply_patch ${here}`,
    `cd a && cd b && apply_patch ${here}`,
    `x=1 apply_patch ${here}`,
    `apply_patch <<'EOF'\n${BODY}`,
    `apply_patch <<'EOF'\n${BODY}\nEOF2`,
    "apply_patch x",
    "echo hi",
    "",
  ].map((script) => ["/bin/bash", "-lc", script]);
  rows.push([], ["ls"], ["apply_patch"], ["apply_patch", "a", "b"]);
  rows.push(["python", "-c", `apply_patch ${here}`], ["bash", "-x", `apply_patch ${here}`]);
  rows.push(["bash", "-lc", `apply_patch ${here}`, "more"]);
  for (const command of rows) strictEqual(interceptPatch(command), undefined, command.join(" "));
});

Deno.test("a patch where a command should be is never given to a shell", () => {
  const message = `${FAILED}patch detected without explicit call to apply_patch. ` +
    'Rerun as ["apply_patch", "<patch>"]';
  const rows = [
    ["/bin/bash", "-lc", BODY],
    ["sh", "-c", `\n ${BODY}\n`],
    ["bash", "-lc", `<<'EOF'\n${BODY}\nEOF`],
    ["bash", "-lc", "*** Begin Patch\nwhat"],
    [BODY],
  ];
  for (const command of rows) throws(() => interceptPatch(command), { name: "ToolError", message });
});
