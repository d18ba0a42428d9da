/** Where the repository begins that a folder lies in, and the folders on the way to it. */

import { ancestors, joinPath } from "./path.ts";

/** The nearest folder at or above `folder` that has a `.git`, be it a folder or a file. */
export async function findGitRoot(folder: string): Promise<string | undefined> {
  const folders = ancestors(folder);
  const found = await Promise.all(folders.map((each) => exists(joinPath(each, ".git"))));
  return folders.find((_, index) => found[index]);
}

/** From the root down to `folder`; `folder` alone outside of a repository. */
export function projectFolders(folder: string, gitRoot: string | undefined): string[] {
  if (gitRoot === undefined) return [folder];
  const folders = ancestors(folder);
  return folders.slice(0, folders.indexOf(gitRoot) + 1).reverse();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
