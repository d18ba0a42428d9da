/** The skills below CODEX_HOME/skills: what the model is told of them. */

import { readBounded } from "./bounded_file.ts";
import { joinPath } from "./path.ts";
import { skillsText } from "./prompts.ts";

const FILE_NAME = "SKILL.md";
/** Those that come with Codex itself; they are listed after the user's own. */
const SYSTEM_FOLDER = ".system";
const MAX_DEPTH = 6;
const MAX_FOLDERS = 500;
const HEAD_BYTES = 16 * 1024;

export interface Skill {
  readonly name: string;
  readonly description: string;
  /** Without symbolic links. */
  readonly path: string;
}

interface RankedSkill extends Skill {
  readonly rank: number;
}

/** Nothing where there are none. */
export async function skillsPart(codexHome: string | undefined): Promise<string | undefined> {
  const skills = codexHome === undefined ? [] : await findSkills(codexHome);
  if (skills.length === 0) return undefined;
  const lines = skills.map(({ name, description, path }) =>
    `- ${name}: ${description} (file: ${path})`
  );
  return `<skills_instructions>\n${skillsText(lines.join("\n"))}\n</skills_instructions>`;
}

/** The user's own first, then by name; a file that is reached on two ways counts once. */
export async function findSkills(codexHome: string): Promise<Skill[]> {
  const root = joinPath(codexHome, "skills");
  const [own, system] = await Promise.all([
    skillFiles(root, SYSTEM_FOLDER),
    skillFiles(joinPath(root, SYSTEM_FOLDER)),
  ]);
  const ranked = await Promise.all([
    ...own.map((path) => readSkill(path, 0)),
    ...system.map((path) => readSkill(path, 1)),
  ]);
  const found = ranked.filter((skill) => skill !== undefined).sort(inOrder);
  const byPath = new Map(found.toReversed().map((skill) => [skill.path, skill]));
  return found.filter((skill) => byPath.get(skill.path) === skill)
    .map(({ name, description, path }) => ({ name, description, path }));
}

function inOrder(a: RankedSkill, b: RankedSkill): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return compareText(a.name, b.name) || compareText(a.path, b.path);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Level by level, so that a limit cuts the deepest. */
async function skillFiles(root: string, except?: string): Promise<string[]> {
  const files: string[] = [];
  const seen = new Set<string>();
  let level = [root];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const listed = await Promise.all(level.map((folder) => listFolder(folder, seen)));
    files.push(...listed.flatMap((each) => each.files));
    const below = listed.flatMap((each) => each.folders).slice(0, MAX_FOLDERS - seen.size);
    level = depth === 0 ? below.filter((path) => path !== joinPath(root, except ?? "")) : below;
  }
  return files;
}

/** Links are followed; `seen` ends their circles. */
async function listFolder(
  folder: string,
  seen: Set<string>,
): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  const real = await Deno.realPath(folder).catch(() => undefined);
  if (real === undefined || seen.has(real)) return { files, folders };
  seen.add(real);
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(real)) {
      if (name === FILE_NAME) files.push(joinPath(real, name));
      else if (isDirectory || isSymlink) folders.push(joinPath(folder, name));
    }
  } catch {
    // A file behind a link, or a folder that may not be listed: it has no skills for us.
  }
  return { files, folders };
}

async function readSkill(path: string, rank: number): Promise<RankedSkill | undefined> {
  const real = await Deno.realPath(path).catch(() => undefined);
  if (real === undefined) return undefined;
  const file = await readBounded(real, HEAD_BYTES).catch(() => undefined);
  const head = file && parseHead(new TextDecoder().decode(file.bytes));
  return head && { ...head, path: real, rank };
}

/** The `key: value` lines between the two `---`; a value may go on in indented lines. */
export function parseHead(text: string): { name: string; description: string } | undefined {
  const head = /^---\r?\n(.*?)\r?\n---(?:\r?\n|$)/s.exec(text)?.[1];
  if (head === undefined) return undefined;
  const values = new Map<string, string>();
  let key = "";
  for (const line of head.split(/\r?\n/)) {
    const [, name, value = ""] = /^([A-Za-z][\w-]*):(.*)$/.exec(line) ?? [];
    if (name !== undefined) values.set(key = name, value.trim().replace(/^[>|][+-]?$/, ""));
    else if (/^\s+\S/.test(line)) values.set(key, `${values.get(key) ?? ""} ${line.trim()}`.trim());
  }
  const name = unquote(values.get("name") ?? "");
  const description = unquote(values.get("description") ?? "");
  return name === "" || description === "" ? undefined : { name, description };
}

function unquote(value: string): string {
  return /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
}
