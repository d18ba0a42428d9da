/** The tools that read: numbered lines, folders, matches, images. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type DirEntry, FileError } from "../../src/protocol/host.ts";
import { grepFiles } from "../../tools/grep_files.ts";
import { listDir } from "../../tools/list_dir.ts";
import { readFile } from "../../tools/read_file.ts";
import { viewImage } from "../../tools/view_image.ts";
import { fakeContext, fakeHost } from "../support/fake_host.ts";

function fileHost(text: string) {
  return fakeHost({ files: { readBytes: () => Promise.resolve(new TextEncoder().encode(text)) } });
}

async function read(text: string, args: Record<string, unknown>): Promise<unknown> {
  const input = JSON.stringify({ file_path: "/w/f", ...args });
  return (await readFile(fileHost(text)).handle(input, fakeContext())).output;
}

Deno.test("read_file numbers the lines it is asked for", async () => {
  strictEqual(await read("one\ntwo\r\nthree\n", {}), "L1: one\nL2: two\nL3: three");
  strictEqual(await read("a\nb\nc\nd\n", { offset: 2, limit: 2 }), "L2: b\nL3: c");
  strictEqual(await read("z".repeat(600), {}), `L1: ${"z".repeat(500)}`);
});

Deno.test("read_file gives the block around a line", async () => {
  const code = "class A:\n    def f(self):\n        x = 1\n        return x\n\n" +
    "    def g(self):\n        return 2\n";
  strictEqual(
    await read(code, { mode: "indentation", offset: 3, indentation: { anchor_line: 3 } }),
    "L1: class A:\nL2:     def f(self):\nL3:         x = 1\nL4:         return x\nL5: \n" +
      "L6:     def g(self):\nL7:         return 2",
  );
});

Deno.test("read_file says what is wrong with its arguments", async () => {
  await rejects(read("a", { file_path: "f" }), { message: "file_path must be an absolute path" });
  await rejects(read("a", { offset: 0 }), { message: "offset must be a 1-indexed line number" });
  await rejects(read("a", { offset: 9 }), { message: "offset exceeds file length" });
});

Deno.test("list_dir indents by depth, marks folders and says when there is more", async () => {
  const entries: DirEntry[] = [
    { path: ".git", kind: "dir" },
    { path: "a.txt", kind: "file" },
    { path: "link", kind: "symlink" },
    { path: "sub", kind: "dir" },
    { path: "sub/b.txt", kind: "file" },
  ];
  const tool = listDir(fakeHost({ files: { list: () => Promise.resolve(entries) } }));
  const list = async (args: object) =>
    (await tool.handle(JSON.stringify({ dir_path: "/w", ...args }), fakeContext())).output;
  strictEqual(await list({}), "Absolute path: /w\n.git/\na.txt\nlink@\nsub/\n  b.txt");
  strictEqual(
    await list({ limit: 2 }),
    "Absolute path: /w\n.git/\na.txt\nMore than 2 entries found",
  );
  await rejects(list({ offset: 99 }), { message: "offset exceeds directory entry count" });
});

Deno.test("grep_files looks in the working folder and says when nothing matches", async () => {
  const seen: unknown[] = [];
  const tool = grepFiles(fakeHost({
    files: {
      search: (request) => {
        seen.push(request);
        return Promise.resolve([]);
      },
    },
  }));
  const { output } = await tool.handle(`{"pattern":" x ","path":"sub"}`, fakeContext());
  strictEqual(output, "No matches found.");
  deepStrictEqual(seen, [{ pattern: "x", path: "/w/sub", limit: 100 }]);
  await rejects(tool.handle(`{"pattern":""}`, fakeContext()), {
    message: "pattern must not be empty",
  });
});

Deno.test("view_image attaches an image and refuses what is none", async () => {
  const png = "\x89PNG\r\n\x1a\n";
  const bytes = Uint8Array.from(png, (char) => char.charCodeAt(0));
  const host = fakeHost({ files: { readBytes: () => Promise.resolve(bytes) } });
  const { output } = await viewImage(host).handle(`{"path":"i.png"}`, fakeContext());
  deepStrictEqual(output, [
    { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=" },
  ]);
  await rejects(viewImage(fileHost("text")).handle(`{"path":"n.png"}`, fakeContext()), {
    message: "Codex cannot attach image at `/w/n.png`: unsupported image format `image/png`.",
  });
  const folder = new FileError("is_directory", "/w/sub", "Is a directory (os error 21)");
  const onFolder = fakeHost({ files: { readBytes: () => Promise.reject(folder) } });
  await rejects(viewImage(onFolder).handle(`{"path":"sub"}`, fakeContext()), {
    message: "image path `/w/sub` is not a file",
  });
});
