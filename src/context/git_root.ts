/** Where the repository begins that a folder lies in, and the folders on the way to it. */

import { exists } from "./exists.ts";
import { ancestors, joinPath } from "./path.ts";

/**
 * The nearest folder at or above `folder` that has a `.git`, be it a folder or a file. At the start
 * of a run git waits for this, so it does not wait for its turn among everything that is loaded.
 */
export function findGitRoot(folder: string): string | undefined {
  return ancestors(folder).find((each) => isRepository(joinPath(each, ".git")));
}

/** An empty folder is none, as for git: it may be there to keep a place closed. */
function isRepository(path: string): boolean {
  if (!exists(path)) return false;
  try {
    return Deno.readDirSync(path)[Symbol.iterator]().next().done !== true;
  } catch {
    // A file that names a folder elsewhere, or one that may not be listed.
    return true;
  }
}

/** From the root down to `folder`; `folder` alone outside of a repository. */
export function projectFolders(folder: string, gitRoot: string | undefined): string[] {
  if (gitRoot === undefined) return [folder];
  const folders = ancestors(folder);
  return folders.slice(0, folders.indexOf(gitRoot) + 1).reverse();
}
