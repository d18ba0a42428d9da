/** Where the repository begins that a folder lies in. */

import { ancestors, joinPath } from "./path.ts";

/** The nearest folder at or above `folder` that has a `.git`, be it a folder or a file. */
export async function findGitRoot(folder: string): Promise<string | undefined> {
  const folders = ancestors(folder);
  const found = await Promise.all(folders.map((each) => exists(joinPath(each, ".git"))));
  return folders.find((_, index) => found[index]);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
