/** AGENTS.md files of the home and the project, merged and bounded. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { ContextOptions } from "../../src/context/mod.ts";
import { environment, texts, Workspace } from "./workspace.ts";

const CASES: readonly {
  name: string;
  files: Record<string, string>;
  options?: Partial<ContextOptions> & { folder?: string };
  expected: string | undefined;
}[] = [
  { name: "none", files: { "repo/.git/x": "" }, expected: undefined },
  {
    name: "a file with its own final newline",
    files: { "repo/.git/x": "", "repo/AGENTS.md": "agents text here\n" },
    expected: "agents text here\n",
  },
  {
    name: "home before project",
    files: {
      "repo/.git/x": "",
      "home/AGENTS.md": "GLOBAL\n",
      "repo/AGENTS.md": "PROJ\n",
    },
    expected: "GLOBAL\n\n--- project-doc ---\n\nPROJ\n",
  },
  { name: "home alone", files: { "home/AGENTS.md": "\nGLOBAL\n" }, expected: "GLOBAL" },
  {
    name: "an override at home, unless it is blank",
    files: { "home/AGENTS.override.md": " \n", "home/AGENTS.md": "GLOBAL\n" },
    expected: "GLOBAL",
  },
  {
    name: "user_instructions before home",
    files: { "home/AGENTS.override.md": "OVR\n", "home/AGENTS.md": "GLOBAL\n" },
    options: { userInstructions: "MINE" },
    expected: "MINE\n\nOVR",
  },
  {
    name: "from the root down, the override in place of its neighbour",
    files: {
      "repo/.git/x": "",
      "AGENTS.md": "ABOVE\n",
      "repo/AGENTS.md": "ROOT\n",
      "repo/a/b/AGENTS.md": "PLAIN\n",
      "repo/a/b/AGENTS.override.md": "OVR\n",
      "repo/a/b/c/AGENTS.md": "BELOW\n",
    },
    options: { folder: "/a/b" },
    expected: "ROOT\n\n\nOVR\n",
  },
  {
    name: "a .git file makes a root",
    files: { "AGENTS.md": "ABOVE", "repo/.git": "gitdir: elsewhere", "repo/AGENTS.md": "ROOT" },
    expected: "ROOT",
  },
  {
    name: "the working folder alone outside of a repository",
    files: { "repo/AGENTS.md": "UP", "repo/a/AGENTS.md": "HERE" },
    options: { folder: "/a" },
    expected: "HERE",
  },
  {
    name: "a fallback name where there is no AGENTS.md",
    files: {
      "repo/.git/x": "",
      "repo/AGENTS.md": "ROOT\n",
      "repo/CLAUDE.md": "NOT ME",
      "repo/sub/NOTES.md": "FALLBACK\n",
    },
    options: { folder: "/sub", projectDocFallbackFilenames: ["CLAUDE.md", "NOTES.md"] },
    expected: "ROOT\n\n\nFALLBACK\n",
  },
  {
    name: "blank files are left out",
    files: { "repo/.git/x": "", "repo/AGENTS.md": " \n", "repo/a/AGENTS.md": "HERE" },
    options: { folder: "/a" },
    expected: "HERE",
  },
  {
    name: "0 bytes read no project file",
    files: { "home/AGENTS.md": "GLOBAL", "repo/AGENTS.md": "PROJ" },
    options: { projectDocMaxBytes: 0 },
    expected: "GLOBAL",
  },
];
/** The text between the tags, or nothing where there is no such part. */
async function agentsMd(
  workspace: Workspace,
  { folder = "", ...options }: Partial<ContextOptions> & { folder?: string } = {},
): Promise<string | undefined> {
  const cwd = `${workspace.repo}${folder}`;
  const context = workspace.context({ ...options, cwd });
  const [, user] = await context.buildContext(workspace.turn({ cwd }));
  const parts = texts(user);
  strictEqual(parts.at(-1), environment(cwd));
  const [part] = parts;
  if (part === undefined || parts.length === 1) return undefined;
  const start = `# AGENTS.md instructions for ${cwd}\n\n<INSTRUCTIONS>\n`;
  const end = "\n</INSTRUCTIONS>";
  ok(part.startsWith(start) && part.endsWith(end), part);
  return part.slice(start.length, -end.length);
}

Deno.test("AGENTS.md files are merged as 0.115.0 merges them", async (t) => {
  for (const { name, files, options, expected } of CASES) {
    await t.step(name, async () => {
      using workspace = new Workspace();
      workspace.write(files);
      strictEqual(await agentsMd(workspace, options), expected);
      deepStrictEqual(workspace.warnings, []);
    });
  }
});

Deno.test("project_doc_max_bytes cuts at a byte and says so once", async () => {
  using workspace = new Workspace();
  workspace.write({
    "repo/.git/x": "",
    "repo/AGENTS.md": "AAAAAA",
    "repo/a/AGENTS.md": "BBBé",
    "repo/a/b/AGENTS.md": "CCC",
  });
  const cwd = `${workspace.repo}/a/b`;
  const context = workspace.context({ cwd, projectDocMaxBytes: 10 });
  for (let n = 0; n < 2; n++) {
    const [, user] = await context.buildContext(workspace.turn({ cwd }));
    match(texts(user)[0] ?? "", /<INSTRUCTIONS>\nAAAAAA\n\nBBB\ufffd\n<\/INSTRUCTIONS>$/);
  }
  deepStrictEqual(workspace.warnings, [
    `Used only 4 bytes of "${workspace.repo}/a/AGENTS.md": project_doc_max_bytes allows 10 in all`,
    `Used only 0 bytes of "${cwd}/AGENTS.md": project_doc_max_bytes allows 10 in all`,
  ]);
});

Deno.test("only regular files are read as AGENTS.md, links to them included", async () => {
  using workspace = new Workspace();
  workspace.write({
    "repo/.git/x": "",
    "repo/AGENTS.override.md/x": "",
    "repo/CLAUDE.md": "LINKED",
  });
  workspace.pipe("home/AGENTS.md");
  workspace.link("repo/AGENTS.md", "CLAUDE.md");
  strictEqual(await agentsMd(workspace), "LINKED");
  workspace.write({ "repo/CLAUDE.md": new Uint8Array([0x61, 0xff, 0x62]) });
  strictEqual(await agentsMd(workspace), "a\ufffdb");
});

Deno.test("a link that leads out of the project is not read as AGENTS.md", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "", "repo/sub/.keep": "", "secret": "SECRET" });
  workspace.write({ "repo/AGENTS.md": "ROOT" });
  workspace.link("repo/sub/AGENTS.override.md", "/proc/self/environ");
  workspace.link("repo/sub/AGENTS.md", "../../secret");
  strictEqual(await agentsMd(workspace, { folder: "/sub" }), "ROOT");
  const ignored = (name: string, real: string) =>
    `Ignored "${workspace.repo}/sub/${name}": it is a link that leads out of the project, to "${real}"`;
  deepStrictEqual(workspace.warnings, [
    ignored("AGENTS.override.md", `/proc/${Deno.pid}/environ`),
    ignored("AGENTS.md", `${workspace.path}/secret`),
  ]);
});

Deno.test("the user's own file may be a link to anywhere", async () => {
  using workspace = new Workspace();
  workspace.write({ "dotfiles/AGENTS.md": "MINE" });
  workspace.link("home/AGENTS.md", "../dotfiles/AGENTS.md");
  strictEqual(await agentsMd(workspace), "MINE");
});

Deno.test("without a home nothing of the user's own is read", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/AGENTS.md": "PROJ" });
  strictEqual(await agentsMd(workspace, { codexHome: undefined }), "PROJ");
});

Deno.test("hidden characters are sent as they are, and told once for each file", async () => {
  using workspace = new Workspace();
  workspace.write({
    "home/AGENTS.md": "mine\u202e\u202c\n",
    "repo/.git/x": "",
    "repo/AGENTS.md": "Be kind.\u{e0072}\u{e006d}\n",
    "repo/a/AGENTS.md": "👨‍👩‍👧 שלום\u200f ok\n",
  });
  const context = workspace.context({ cwd: `${workspace.repo}/a` });
  for (let times = 0; times < 2; times++) {
    const [, user] = await context.buildContext(workspace.turn({ cwd: `${workspace.repo}/a` }));
    ok(
      texts(user)[0]?.includes(
        "mine\u202e\u202c\n\n--- project-doc ---\n\nBe kind.\u{e0072}\u{e006d}\n",
      ),
    );
  }
  deepStrictEqual(workspace.warnings.toSorted(), [
    `"${workspace.home}/AGENTS.md" holds hidden characters: 2 bidi control; ` +
    "they are sent to the model as they are",
    `"${workspace.repo}/AGENTS.md" holds hidden characters: 2 tag; ` +
    "they are sent to the model as they are",
  ]);
});
