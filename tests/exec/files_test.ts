/** Files as the tools read, list and change them, and the choice of a shell. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { detectShell, resolveShell } from "../../src/exec/shell.ts";
import { ToolError } from "../../src/protocol/error.ts";
import { type FileChange, FileError } from "../../src/protocol/host.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import { Workspace } from "./workspace.ts";

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Everything below a folder: folders as `null`, links as `-> target`. */
function tree(root: string, folder = ""): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (const entry of Deno.readDirSync(`${root}/${folder}`)) {
    const path = folder + entry.name;
    if (entry.isSymlink) found[path] = `-> ${Deno.readLinkSync(`${root}/${path}`)}`;
    else if (entry.isDirectory) Object.assign(found, { [path]: null }, tree(root, `${path}/`));
    else found[path] = Deno.readTextFileSync(`${root}/${path}`);
  }
  return found;
}

function fill(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    Deno.mkdirSync(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(`${root}/${path}`, text);
  }
}

function mode(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o7777;
}

Deno.test("readBytes() reads files and refuses everything else without waiting", async () => {
  await using workspace = new Workspace();
  const { path, host: { files } } = workspace;
  const ctx = workspace.context();
  fill(path, { "a.txt": "text", "empty": "" });
  await Deno.symlink("a.txt", `${path}/link`);
  await new Deno.Command("mkfifo", { args: [`${path}/fifo`] }).output();
  strictEqual(new TextDecoder().decode(await files.readBytes(`${path}/link`, ctx)), "text");
  strictEqual((await files.readBytes(`${path}/empty`, ctx)).length, 0);
  const rows: [string, FileError["kind"], string][] = [
    [`${path}/no`, "not_found", "No such file or directory (os error 2)"],
    [path, "is_directory", "Is a directory (os error 21)"],
    [`${path}/a.txt/x`, "not_a_directory", "Not a directory (os error 20)"],
    [`${path}/fifo`, "other", "not a regular file"],
    ["/dev/zero", "denied", "Permission denied (os error 13)"],
    ["/sys/kernel/uevent_seqnum", "denied", "Permission denied (os error 13)"],
    ["/proc/self/environ", "denied", "Permission denied (os error 13)"],
  ];
  for (const [name, kind, message] of rows) {
    await rejects(files.readBytes(name, ctx), new FileError(kind, name, message));
  }
  await Deno.truncate(`${path}/a.txt`, 65 * 1024 * 1024);
  await rejects(files.readBytes(`${path}/a.txt`, ctx), /File too large \(os error 27\)/);
});

Deno.test("list() names what stands below, level by level, and follows no link", async () => {
  await using workspace = new Workspace();
  const { path, host: { files } } = workspace;
  const ctx = workspace.context();
  fill(path, { "b.txt": "", "a/x": "", "a/deep/y": "" });
  await Deno.symlink("a", `${path}/link`);
  deepStrictEqual(await files.list(path, 1, ctx), [
    { path: "a", kind: "dir" },
    { path: "b.txt", kind: "file" },
    { path: "link", kind: "symlink" },
  ]);
  deepStrictEqual((await files.list(path, 9, ctx)).map((entry) => entry.path), [
    "a",
    "a/deep",
    "a/deep/y",
    "a/x",
    "b.txt",
    "link",
  ]);
  await rejects(files.list(`${path}/no`, 1, ctx), { kind: "not_found" });
  await rejects(files.list(`${path}/b.txt`, 1, ctx), { kind: "not_a_directory" });
});

function apply(workspace: Workspace, changes: FileChange[]): Promise<void> {
  const { path } = workspace;
  const absolute = changes.map((change) => ({
    ...change,
    path: `${path}/${change.path}`,
    ..."movePath" in change && { movePath: `${path}/${change.movePath}` },
  }));
  return workspace.host.files.apply(absolute, workspace.context());
}

Deno.test("apply() adds, updates, moves and deletes together, and leaves nothing else", async () => {
  await using workspace = new Workspace();
  const { path } = workspace;
  fill(path, { "old.txt": "old", "gone.txt": "gone", "run.sh": "#!/bin/sh\n" });
  await Deno.chmod(`${path}/run.sh`, 0o751);
  await Deno.chmod(`${path}/old.txt`, 0o600);
  await apply(workspace, [
    { type: "add", path: "new/deep/file.txt", content: encode("new") },
    { type: "update", path: "old.txt", content: encode("changed") },
    { type: "update", path: "run.sh", content: encode("moved"), movePath: "bin/run" },
    { type: "delete", path: "gone.txt" },
  ]);
  deepStrictEqual(tree(path), {
    "bin": null,
    "bin/run": "moved",
    "new": null,
    "new/deep": null,
    "new/deep/file.txt": "new",
    "old.txt": "changed",
  });
  deepStrictEqual([mode(`${path}/bin/run`), mode(`${path}/old.txt`)], [0o751, 0o600]);
});

Deno.test("apply() sees the earlier changes of the same patch", async () => {
  await using workspace = new Workspace();
  const { path } = workspace;
  fill(path, { "a": "1", "b": "2" });
  await apply(workspace, [
    { type: "update", path: "a", content: encode("3"), movePath: "c" },
    { type: "update", path: "c", content: encode("4") },
    { type: "delete", path: "b" },
    { type: "add", path: "b", content: encode("5") },
    { type: "add", path: "d", content: encode("6") },
    { type: "delete", path: "d" },
  ]);
  deepStrictEqual(tree(path), { b: "5", c: "4" });
});

Deno.test("apply() changes nothing when one change cannot be made", async () => {
  await using workspace = new Workspace();
  const { path } = workspace;
  fill(path, { "a": "1", "folder/x": "2", "gone": "3" });
  const before = tree(path);
  const good: FileChange[] = [
    { type: "update", path: "a", content: encode("new") },
    { type: "add", path: "fresh/file", content: encode("new") },
    { type: "delete", path: "gone" },
  ];
  const rows: [FileChange, string][] = [
    [{ type: "add", path: "folder", content: encode("x") }, "is_directory"],
    [{ type: "delete", path: "folder" }, "is_directory"],
    [{ type: "delete", path: "nothing" }, "not_found"],
    [{ type: "delete", path: "gone" }, "not_found"],
    [{ type: "update", path: "nothing", content: encode("x") }, "not_found"],
    [{ type: "add", path: "a/b", content: encode("x") }, "not_a_directory"],
  ];
  for (const [bad, kind] of rows) {
    await rejects(apply(workspace, [...good, bad]), { kind });
    deepStrictEqual(tree(path), before);
  }
});

Deno.test("apply() puts everything back when the last step fails", async () => {
  await using workspace = new Workspace();
  const { path } = workspace;
  fill(path, { "a": "1", "gone": "2", "move": "3" });
  const before = tree(path);
  await rejects(
    apply(workspace, [
      { type: "update", path: "a", content: encode("new") },
      { type: "add", path: "x/y/z", content: encode("new") },
      { type: "delete", path: "gone" },
      { type: "update", path: "move", content: encode("new"), movePath: "moved" },
      // The folder that the second change makes is where this one wants a file.
      { type: "add", path: "x", content: encode("new") },
    ]),
    { kind: "is_directory" },
  );
  deepStrictEqual(tree(path), before);
});

Deno.test("apply() writes where a link leads, and deletes the link itself", async () => {
  await using workspace = new Workspace();
  const { path } = workspace;
  fill(path, { "real/file": "1", "other": "2" });
  await Deno.symlink("real/file", `${path}/link`);
  await Deno.symlink("other", `${path}/unwanted`);
  await Deno.symlink("missing", `${path}/dangling`);
  await apply(workspace, [
    { type: "update", path: "link", content: encode("new") },
    { type: "delete", path: "unwanted" },
    { type: "add", path: "dangling", content: encode("made") },
  ]);
  deepStrictEqual(tree(path), {
    "dangling": "-> missing",
    "link": "-> real/file",
    "missing": "made",
    "other": "2",
    "real": null,
    "real/file": "new",
  });
});

Deno.test("apply() writes no device and no pipe", async () => {
  await using workspace = new Workspace();
  const { path } = workspace;
  await new Deno.Command("mkfifo", { args: [`${path}/fifo`] }).output();
  await rejects(
    apply(workspace, [{ type: "add", path: "fifo", content: encode("x") }]),
    /not a regular file/,
  );
  const ctx = workspace.context();
  const change = { type: "add", path: "/proc/self/comm", content: encode("x") } as const;
  await rejects(workspace.host.files.apply([change], ctx), { kind: "denied" });
});

Deno.test("apply() stays inside the folders that the policy opens, through links too", async () => {
  await using workspace = new Workspace();
  await using outside = new Workspace();
  const { path, host: { files } } = workspace;
  await Deno.symlink(outside.path, `${path}/way-out`);
  const sandboxPolicy: SandboxPolicy = {
    type: "workspace-write",
    writable_roots: [],
    network_access: false,
    exclude_tmpdir_env_var: true,
    exclude_slash_tmp: true,
  };
  const ctx = workspace.context({ sandboxPolicy });
  const add = (target: string): FileChange[] => [
    { type: "add", path: `${path}/fine`, content: encode("x") },
    { type: "add", path: target, content: encode("x") },
  ];
  const rejected = new ToolError(
    "patch rejected: writing outside of the project; rejected by user approval settings",
  );
  for (const target of [`${outside.path}/x`, `${path}/way-out/x`, `${path}/a/../../x`]) {
    await rejects(files.apply(add(target), ctx), rejected);
  }
  await rejects(files.apply(add(`${path}/.git/hooks/x`), ctx), /protected folder/);
  const readOnly = workspace.context({ sandboxPolicy: { type: "read-only" } });
  await rejects(files.apply(add(`${path}/x`), readOnly), /blocked by read-only sandbox/);
  deepStrictEqual(tree(path), { "way-out": `-> ${outside.path}` });
  await files.apply(add(`${path}/x`), ctx);
  deepStrictEqual(tree(path), { "way-out": `-> ${outside.path}`, fine: "x", x: "x" });
});

Deno.test("apply() writes nothing once the call is interrupted", async () => {
  await using workspace = new Workspace();
  const ctx = workspace.context({ signal: AbortSignal.abort(new Error("interrupted")) });
  const change = { type: "add", path: `${workspace.path}/x`, content: encode("x") } as const;
  await rejects(workspace.host.files.apply([change], ctx), /interrupted/);
  deepStrictEqual(tree(workspace.path), {});
});

Deno.test("detectShell() takes the user's word for a shell that it may not look at", async () => {
  const module = new URL("../../src/exec/shell.ts", import.meta.url).href;
  const code = `import { detectShell } from "${module}";
    const shells = ["/bin/zsh", "/usr/bin/fish", "zsh"];
    console.log(shells.map((SHELL) => detectShell({ SHELL }).path).join(" "));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { stdout } = await child.output();
  strictEqual(new TextDecoder().decode(stdout), "/bin/zsh /bin/sh /bin/sh\n");
});

Deno.test("detectShell() takes the user's shell where it is one that takes -lc", () => {
  const bash = { path: "/bin/bash", name: "bash" };
  deepStrictEqual(detectShell({ SHELL: "/bin/sh" }), { path: "/bin/sh", name: "sh" });
  deepStrictEqual(detectShell({ SHELL: "/bin/bash" }), bash);
  for (const SHELL of ["/usr/bin/fish", "/nowhere/zsh", "bash", "", undefined]) {
    deepStrictEqual(detectShell({ SHELL }), bash);
  }
});

Deno.test("resolveShell() finds a shell by name, and falls back", () => {
  ok(resolveShell("bash").path.endsWith("/bash"));
  for (const unknown of ["/bin/tcsh", "nu", "/nowhere/elvish"]) {
    deepStrictEqual(resolveShell(unknown), { path: "/bin/sh", name: "sh" });
  }
});
