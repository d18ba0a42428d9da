/** The skills of the project, of the user and of Codex itself: what the model is told of them. */

import { warnOfHidden } from "./hidden_warning.ts";
import { realPath } from "./exists.ts";
import { isWithin, joinPath } from "./path.ts";
import { skillsText } from "./prompts.ts";
import { readSkillHead, type SkillHead } from "./skill_file.ts";
import type { SkillsRoot } from "./skills_roots.ts";

const FILE_NAME = "SKILL.md";
const MAX_DEPTH = 6;
const MAX_FOLDERS = 500;

interface Skill extends SkillHead {
  readonly rank: number;
  /** Without symbolic links. */
  readonly path: string;
}

/** Nothing where there are none. */
export async function skillsPart(
  roots: readonly SkillsRoot[],
  onWarning: (message: string) => void,
): Promise<string | undefined> {
  const skills = findSkills(roots, onWarning);
  if (skills.length === 0) return undefined;
  const lines = skills.map(({ name, description, path }) =>
    `- ${name}: ${description} (file: ${path})`
  );
  return `<skills_instructions>\n${await skillsText(lines.join("\n"))}\n</skills_instructions>`;
}

/** By rank, then by name; a file that is reached on two ways counts once. */
function findSkills(
  roots: readonly SkillsRoot[],
  onWarning: (message: string) => void,
): Skill[] {
  const ranks = new Map<string, number>();
  for (const root of roots) {
    for (const path of skillFiles(root)) if (!ranks.has(path)) ranks.set(path, root.rank);
  }
  return [...ranks].flatMap(([path, rank]) => readSkill(path, { rank, onWarning })).sort(inOrder);
}

/** Level by level, so that a limit cuts the deepest. */
function skillFiles({ folder, within }: SkillsRoot): string[] {
  const files: string[] = [];
  const seen = new Set<string>();
  let level = [folder];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const listed = level.map((each) => listFolder(each, { seen, within }));
    files.push(...listed.flatMap((each) => each.files));
    level = listed.flatMap((each) => each.folders).slice(0, MAX_FOLDERS - seen.size);
  }
  return files;
}

interface Listed {
  readonly files: string[];
  readonly folders: string[];
}

/** Links are followed; `seen` ends their circles. */
function listFolder(
  folder: string,
  { seen, within }: { seen: Set<string>; within: string | undefined },
): Listed {
  const listed: Listed = { files: [], folders: [] };
  const real = realPathWithin(folder, within);
  if (real === undefined || seen.has(real)) return listed;
  seen.add(real);
  try {
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(real)) {
      const path = joinPath(real, name);
      if (name === FILE_NAME) listed.files.push(path);
      else if ((isDirectory || isSymlink) && !name.startsWith(".")) listed.folders.push(path);
    }
  } catch {
    // A file behind a link, or a folder that may not be listed: it has no skills for us.
  }
  const files = listed.files.map((path) => realPathWithin(path, within));
  return { ...listed, files: files.filter((path) => path !== undefined) };
}

function realPathWithin(path: string, folder?: string): string | undefined {
  const real = realPath(path);
  return real === undefined || folder === undefined || isWithin(real, folder) ? real : undefined;
}

/** One, or none. */
function readSkill(
  path: string,
  { rank, onWarning }: { rank: number; onWarning(message: string): void },
): Skill[] {
  try {
    const head = readSkillHead(path);
    warnOfHidden(`${head.name} ${head.description}`, { path, onWarning });
    return [{ ...head, path, rank }];
  } catch (error) {
    onWarning(`Cannot load the skill "${path}": ${error instanceof Error ? error.message : error}`);
    return [];
  }
}

function inOrder(a: Skill, b: Skill): number {
  return a.rank - b.rank || compareText(a.name, b.name) || compareText(a.path, b.path);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
