/** Which skills are found, in which order, and how their heads are read. */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import type { ContextOptions } from "../../src/context/mod.ts";
import { parseHead } from "../../src/context/skill_file.ts";
import { texts, Workspace } from "./workspace.ts";

async function listed(
  workspace: Workspace,
  options: Partial<ContextOptions> = {},
): Promise<string[]> {
  const context = workspace.context(options);
  const [developer] = await context.buildContext(
    workspace.turn({ cwd: options.cwd ?? workspace.repo }),
  );
  const lines = texts(developer).at(-1)?.split("\n") ?? [];
  return lines.filter((line) => line.includes("(file: "))
    .map((line) => line.replaceAll(workspace.path, ""));
}

function skill(name: string, description = `${name} it`): string {
  return `---\nname: ${name}\ndescription: ${description}\n---\nx\n`;
}

Deno.test("skills are listed by rank and name, each file once", async () => {
  using workspace = new Workspace();
  workspace.write({
    "home/skills/.system/made/SKILL.md": skill("made"),
    "home/skills/.hidden/x/SKILL.md": skill("hidden"),
    "home/skills/z/SKILL.md": skill("zeta"),
    "home/skills/group/a/SKILL.md": skill("alpha"),
  });
  workspace.link("home/skills/group/again", "../z");
  workspace.link("home/skills/group/circle", "..");
  deepStrictEqual(await listed(workspace), [
    "- alpha: alpha it (file: /home/skills/group/a/SKILL.md)",
    "- zeta: zeta it (file: /home/skills/z/SKILL.md)",
    "- made: made it (file: /home/skills/.system/made/SKILL.md)",
  ]);
  deepStrictEqual(workspace.warnings, []);
});

Deno.test("the project's skills come first, from its root down to the working folder", async () => {
  using workspace = new Workspace();
  workspace.write({
    "repo/.git/x": "",
    ".agents/skills/above/SKILL.md": skill("above"),
    "repo/.agents/skills/c/SKILL.md": skill("c"),
    "repo/.codex/skills/b/SKILL.md": skill("b"),
    "repo/sub/.agents/skills/a/SKILL.md": skill("a"),
    "repo/sub/below/.agents/skills/d/SKILL.md": skill("d"),
    "home/skills/a/SKILL.md": skill("a", "mine"),
    "user/.agents/skills/s/SKILL.md": skill("s"),
  });
  workspace.link("home/skills/same", "../../user/.agents/skills/s");
  const cwd = `${workspace.repo}/sub`;
  deepStrictEqual(await listed(workspace, { cwd, env: { HOME: `${workspace.path}/user` } }), [
    "- a: a it (file: /repo/sub/.agents/skills/a/SKILL.md)",
    "- b: b it (file: /repo/.codex/skills/b/SKILL.md)",
    "- c: c it (file: /repo/.agents/skills/c/SKILL.md)",
    "- a: mine (file: /home/skills/a/SKILL.md)",
    "- s: s it (file: /user/.agents/skills/s/SKILL.md)",
  ]);
});

Deno.test("links of a project that lead out of it are not followed to skills", async () => {
  using workspace = new Workspace();
  workspace.write({
    "repo/.git/x": "",
    "repo/kept/SKILL.md": skill("kept"),
    "repo/.agents/skills/file/.keep": "",
    "outside/s/SKILL.md": skill("outside"),
  });
  workspace.link("repo/.agents/skills/in", "../../kept");
  workspace.link("repo/.agents/skills/out", "../../../outside");
  workspace.link("repo/.agents/skills/file/SKILL.md", "../../../../outside/s/SKILL.md");
  deepStrictEqual(await listed(workspace), ["- kept: kept it (file: /repo/kept/SKILL.md)"]);
});

Deno.test("a broken skill is left out and told once", async () => {
  using workspace = new Workspace();
  workspace.write({
    "home/skills/none/SKILL.md": "no head",
    "home/skills/half/SKILL.md": "---\nname: half\n---\n",
    "home/skills/whole/SKILL.md": skill("whole"),
  });
  workspace.write({ "home/skills/pipe/x": "" });
  workspace.pipe("home/skills/pipe/SKILL.md");
  deepStrictEqual(await listed(workspace), [
    "- whole: whole it (file: /home/skills/whole/SKILL.md)",
  ]);
  const at = (name: string) =>
    `Cannot load the skill "${workspace.home}/skills/${name}/SKILL.md": `;
  deepStrictEqual(workspace.warnings.toSorted(), [
    `${at("half")}it has no description`,
    `${at("none")}it does not begin with lines between two "---"`,
    `${at("pipe")}it is not a regular file`,
  ]);
});

Deno.test("without skills there is no such part", async () => {
  using workspace = new Workspace();
  workspace.write({ "home/skills/empty/x": "" });
  const [developer] = await workspace.context().buildContext(workspace.turn());
  strictEqual(texts(developer).length, 1);
});

Deno.test("parseHead() reads what skills use of YAML", () => {
  const cases: Record<string, { name: string; description: string }> = {
    "name: a\ndescription: plain": { name: "a", description: "plain" },
    "description: only": { name: "folder", description: "only" },
    'name: "a: b"\ndescription: "say \\"hi\\" # here"  # there': {
      name: "a: b",
      description: 'say "hi" # here',
    },
    "name: 'it''s'\ndescription: one # two": { name: "it's", description: "one" },
    "name: a\ndescription: >-\n  two   words\n  lines # kept\nmetadata:\n  name: other": {
      name: "a",
      description: "two words lines # kept",
    },
    "name: a\r\ndescription: goes\r\n  on: here\r": { name: "a", description: "goes on: here" },
    "name: a#1\ndescription: |\n  l1\n\n  l2": { name: "a#1", description: "l1 l2" },
  };
  const read = Object.keys(cases).map((head) => [head, parseHead(`---\n${head}\n---\n`, "folder")]);
  deepStrictEqual(Object.fromEntries(read), cases);
  throws(() => parseHead(`\n${skill("a")}`, "f"), /does not begin/);
  throws(() => parseHead(skill("n".repeat(65)), "f"), /name is longer than 64/);
  throws(() => parseHead(skill("n", "d".repeat(1025)), "f"), /description is longer than 1024/);
});

Deno.test("a skill whose head hides something is told of", async () => {
  using workspace = new Workspace();
  workspace.write({ "home/skills/a/SKILL.md": skill("a", "does\u200b it") });
  deepStrictEqual(await listed(workspace), [
    "- a: does\u200b it (file: /home/skills/a/SKILL.md)",
  ]);
  deepStrictEqual(workspace.warnings, [
    `"${workspace.home}/skills/a/SKILL.md" holds hidden characters: 1 zero-width; ` +
    "they are sent to the model as they are",
  ]);
});
