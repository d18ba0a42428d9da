/** Where the repository begins that a folder lies in, and the folders on the way to it. */

import { ancestors, joinPath } from "./path.ts";

/**
 * The nearest folder at or above `folder` that has a `.git`, be it a folder or a file. At the start
 * of a run git waits for this, so it does not wait for its turn among everything that is loaded.
 */
export function findGitRoot(folder: string): string | undefined {
  return ancestors(folder).find((each) => isGit(joinPath(each, ".git")));
}

/** From the root down to `folder`; `folder` alone outside of a repository. */
export function projectFolders(folder: string, gitRoot: string | undefined): string[] {
  if (gitRoot === undefined) return [folder];
  const folders = ancestors(folder);
  return folders.slice(0, folders.indexOf(gitRoot) + 1).reverse();
}

/** An empty folder is none, for git as well: a sandbox lays such where no `.git` may be made. */
function isGit(path: string): boolean {
  try {
    if (!Deno.statSync(path).isDirectory) return true;
  } catch {
    return false;
  }
  try {
    return Deno.readDirSync(path)[Symbol.iterator]().next().done !== true;
  } catch {
    return true;
  }
}
