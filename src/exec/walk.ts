/** The files below a folder that a search looks at: not hidden, not ignored, asked for. */

import type { SearchRequest } from "../protocol/host.ts";
import { type FileAccess, readWhole } from "./file_access.ts";
import { joined, parentOf, readRealFolder, realOpenPath } from "./real_path.ts";

const MOST_RULES_BYTES = 1024 * 1024;

export interface FoundFile {
  /** As the search was asked for it. */
  readonly path: string;
  /** Without links. */
  readonly real: string;
}

export interface WalkOptions {
  readonly cwd: string;
  /** Where the request's path really leads. */
  readonly real: string;
  readonly access: FileAccess;
  readonly signal: AbortSignal;
}

interface IgnoreRules {
  /** The folder of the file that they stand in, with a slash at its end. */
  readonly base: string;
  test(path: string): { ignored: boolean; unignored: boolean };
}

type ReadRules = (folder: string, names: readonly string[]) => Promise<IgnoreRules[]>;

export async function* walkFiles(
  request: Pick<SearchRequest, "path" | "include">,
  options: WalkOptions,
): AsyncGenerator<FoundFile> {
  const root = withoutSlash(request.path);
  const isIncluded = await createInclude(request.include, [root, options.cwd]);
  const readRules = await createRulesReader(options.access);
  const repository = await repositoryOf(root);
  const names = repository === undefined ? [".ignore"] : [".ignore", ".gitignore"];
  const inherited = repository === undefined ? [] : await rulesAbove(root, repository, readRules);
  const folders = [{ path: root, real: options.real, rules: inherited }];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    options.signal.throwIfAborted();
    const rules = [...await readRules(folder.path, names), ...folder.rules];
    for (const entry of await readFolder(folder.real)) {
      const [path, real] = [joined(folder.path, entry.name), joined(folder.real, entry.name)];
      if (entry.name.startsWith(".") || isIgnored(path, entry.isDirectory, rules)) continue;
      if (entry.isDirectory) folders.push({ path, real, rules });
      else if (entry.isFile && isIncluded(path)) yield { path, real };
    }
  }
}

async function readFolder(real: string): Promise<Deno.DirEntry[]> {
  try {
    return await readRealFolder(real);
  } catch {
    // A folder that is closed, may not be entered or has just gone holds nothing for us.
    return [];
  }
}

/** A glob without a slash is about the name, any other about the path below one of the roots. */
async function createInclude(
  include: string | undefined,
  roots: readonly string[],
): Promise<(path: string) => boolean> {
  if (include === undefined || include === "") return () => true;
  const picomatch = (await import("picomatch")).default;
  const negated = include.startsWith("!");
  const glob = negated ? include.slice(1) : include;
  const onName = !glob.includes("/");
  const test: (text: string) => boolean = picomatch(glob.replace(/^\/|^\.\//, ""), { dot: true });
  return (path) => {
    const texts = onName ? [path.slice(path.lastIndexOf("/") + 1)] : roots
      .filter((root) => path.startsWith(`${root}/`))
      .map((root) => path.slice(root.length + 1));
    return texts.some((text) => test(text)) !== negated;
  };
}

async function createRulesReader(access: FileAccess): Promise<ReadRules> {
  const createIgnore = (await import("ignore")).default;
  return async (folder, names) => {
    const rules: IgnoreRules[] = [];
    for (const name of names) {
      const text = await readRulesFile(joined(folder, name), access);
      if (text === undefined) continue;
      const ignore = createIgnore().add(text);
      rules.push({ base: `${withoutSlash(folder)}/`, test: (path) => ignore.test(path) });
    }
    return rules;
  };
}

/** Absent as well for what is no file at all, such as a pipe, or too long to be meant. */
async function readRulesFile(path: string, access: FileAccess): Promise<string | undefined> {
  try {
    using file = access.openFile(await realOpenPath(path));
    const bytes = readWhole(file, MOST_RULES_BYTES);
    return bytes && new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}

/** The folder with `.git` in it, the root itself or one above. */
async function repositoryOf(root: string): Promise<string | undefined> {
  for (let folder = root;; folder = parentOf(folder)) {
    const found = await Deno.lstat(`${folder}/.git`).then(() => true, () => false);
    if (found) return folder;
    if (folder === "/") return undefined;
  }
}

/** The nearest first; the root's own rules are read with its entries. */
async function rulesAbove(
  root: string,
  repository: string,
  readRules: ReadRules,
): Promise<IgnoreRules[]> {
  const rules: IgnoreRules[] = [];
  for (let folder = root; folder !== repository;) {
    folder = parentOf(folder);
    rules.push(...await readRules(folder, [".ignore", ".gitignore"]));
  }
  const own = await readRules(`${repository}/.git/info`, ["exclude"]);
  return [...rules, ...own.map((rule) => ({ ...rule, base: `${withoutSlash(repository)}/` }))];
}

/** The nearest file that says anything about the path decides. */
function isIgnored(path: string, isFolder: boolean, rules: readonly IgnoreRules[]): boolean {
  for (const { base, test } of rules) {
    const { ignored, unignored } = test(`${path.slice(base.length)}${isFolder ? "/" : ""}`);
    if (ignored || unignored) return ignored;
  }
  return false;
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
