/** Searching in files, by our own walk and by a program that stands in for ripgrep. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ToolError } from "../../src/protocol/error.ts";
import { Workspace } from "./workspace.ts";

function fill(root: string, files: Record<string, string | Uint8Array>): void {
  let changedAt = 1_700_000_000;
  for (const [path, content] of Object.entries(files)) {
    Deno.mkdirSync(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(`${root}/${path}`, content);
    else Deno.writeFileSync(`${root}/${path}`, content);
    Deno.utimeSync(`${root}/${path}`, changedAt, changedAt);
    changedAt++;
  }
}

/** No ripgrep on this PATH, whatever the machine has. */
function createWorkspace(path = "/nowhere"): Workspace {
  return new Workspace({ environment: { PATH: path } });
}

async function search(
  workspace: Workspace,
  pattern: string,
  options: { include?: string; below?: string; limit?: number } = {},
): Promise<string[]> {
  const { include, below = "", limit = 100 } = options;
  const path = workspace.path + below;
  const request = { pattern, path, limit, ...include !== undefined && { include } };
  const found = await workspace.host.files.search(request, workspace.context());
  return found.map((name) => name.slice(workspace.path.length + 1));
}

Deno.test("search() finds files with a matching line, newest first, up to the limit", async () => {
  await using workspace = createWorkspace();
  fill(workspace.path, { "a.txt": "x needle", "b/c.txt": "y\nneedle\n", "d.txt": "hay" });
  deepStrictEqual(await search(workspace, "needle"), ["b/c.txt", "a.txt"]);
  deepStrictEqual(await search(workspace, "needle", { limit: 1 }), ["b/c.txt"]);
  deepStrictEqual(await search(workspace, "needle", { below: "/a.txt" }), ["a.txt"]);
  deepStrictEqual(await search(workspace, "nothing"), []);
  await rejects(search(workspace, "x", { below: "/no" }), { kind: "not_found" });
});

Deno.test("search() matches line by line in the syntax that models write", async () => {
  await using workspace = createWorkspace();
  fill(workspace.path, { f: 'first line\r\nfn main() {\n  Über 3.14-x "q"\nlast' });
  const rows: [string, boolean][] = [
    ["^fn \\w+\\(\\)", true],
    ["^last$", true],
    ["line\\s+fn", false],
    ["line$", true],
    ["(?i)FIRST", true],
    ["FIRST", false],
    ["\\bmain\\b", true],
    ["[[:digit:]]\\.14", true],
    ["(?P<name>ma)in", true],
    ["\\p{Lu}ber", true],
    ['3\\.14\\-x \\"q', true],
    ["^$", false],
    ["\\Afn", true],
  ];
  for (const [pattern, found] of rows) {
    deepStrictEqual(await search(workspace, pattern), found ? ["f"] : [], pattern);
  }
});

Deno.test("search() says what is wrong with a pattern", async () => {
  await using workspace = createWorkspace();
  fill(workspace.path, { f: "x" });
  await rejects(search(workspace, "a(b"), (error) => {
    strictEqual((error as ToolError).name, "ToolError");
    strictEqual(
      (error as Error).message.startsWith("rg failed: regex parse error:\n    a(b\n"),
      true,
    );
    return true;
  });
});

Deno.test("search() looks only into files that are asked for", async () => {
  await using workspace = createWorkspace();
  fill(workspace.path, { "a.ts": "x", "src/b.ts": "x", "src/c.js": "x", "src/deep/d.tsx": "x" });
  const rows: [string, string[]][] = [
    ["*.ts", ["a.ts", "src/b.ts"]],
    ["*.{ts,tsx}", ["a.ts", "src/b.ts", "src/deep/d.tsx"]],
    ["src/*", ["src/b.ts", "src/c.js"]],
    ["src/**/*.tsx", ["src/deep/d.tsx"]],
    ["**/*.js", ["src/c.js"]],
    ["!*.ts", ["src/c.js", "src/deep/d.tsx"]],
  ];
  for (const [include, expected] of rows) {
    deepStrictEqual((await search(workspace, "x", { include })).sort(), expected, include);
  }
  deepStrictEqual(await search(workspace, "x", { include: "src/b.*", below: "/src" }), [
    "src/b.ts",
  ]);
});

Deno.test("search() passes over what is hidden, ignored or binary", async () => {
  await using workspace = createWorkspace();
  fill(workspace.path, {
    ".git/info/exclude": "local.txt\n",
    ".gitignore": "*.log\n/build/\n!keep.log\n",
    ".hidden": "x",
    "local.txt": "x",
    "a.log": "x",
    "keep.log": "x",
    "build/out": "x",
    "sub/build/out": "x",
    "sub/.gitignore": "secret\n!b.log\n",
    "sub/secret": "x",
    "sub/b.log": "x",
    "binary": new Uint8Array([120, 0, 120]),
    "bytes": new Uint8Array([255, 120, 10]),
  });
  const all = ["bytes", "keep.log", "sub/b.log", "sub/build/out"];
  deepStrictEqual((await search(workspace, "x")).sort(), all);
  deepStrictEqual((await search(workspace, "x", { below: "/sub" })).sort(), [
    "sub/b.log",
    "sub/build/out",
  ]);
});

Deno.test("search() finds a line far inside a file that is larger than its buffer", async () => {
  await using workspace = createWorkspace();
  const filler = `${"y".repeat(99)}\n`.repeat(30_000);
  fill(workspace.path, {
    big: `${filler}needle${"z".repeat(70)}end\n${filler}`,
    line: "y".repeat(3e6) + "needle",
  });
  deepStrictEqual(await search(workspace, "^needlez+end$"), ["big"]);
  deepStrictEqual((await search(workspace, "needle")).sort(), ["big", "line"]);
});

Deno.test("search() gives up on a pattern that would never end", async () => {
  await using workspace = createWorkspace();
  fill(workspace.path, { f: `${"a".repeat(60)}b` });
  const startedAt = performance.now();
  await rejects(
    search(workspace, "(a+)+$"),
    /^ToolError: rg failed: the pattern takes too long on /,
  );
  strictEqual(performance.now() - startedAt < 5000, true);
});

Deno.test("search() asks ripgrep where there is one", async () => {
  await using workspace = createWorkspace();
  const script = (body: string) => {
    fill(workspace.path, { "bin/rg": `#!/bin/sh\n${body}\n` });
    Deno.chmodSync(`${workspace.path}/bin/rg`, 0o755);
  };
  await using withRipgrep = createWorkspace(`relative:${workspace.path}/bin:/usr/bin:/bin`);
  script(`printf '%s\\n' "$@"`);
  const request = { pattern: "-e", include: "*.ts", path: withRipgrep.path, limit: 100 };
  const ctx = withRipgrep.context();
  const { files } = withRipgrep.host;
  deepStrictEqual(await files.search(request, ctx), [
    "--no-config",
    "--files-with-matches",
    "--sortr=modified",
    "--no-messages",
    "--glob",
    "*.ts",
    "--regexp",
    "-e",
    "--",
    withRipgrep.path,
  ]);
  const everywhere = await files.search({ ...request, path: "/" }, ctx);
  deepStrictEqual(["/usr", "/proc", "/dev", "/sys"].map((path) => everywhere.includes(path)), [
    true,
    false,
    false,
    false,
  ]);
  script("exit 1");
  deepStrictEqual(await files.search(request, ctx), []);
  script("echo 'regex parse error' >&2; exit 2");
  await rejects(files.search(request, ctx), new ToolError("rg failed: regex parse error"));
});
