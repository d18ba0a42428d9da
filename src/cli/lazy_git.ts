/** git, loaded where it is asked: most repositories are plain, and read without it. */

import type { GitPlace } from "../context/git_facts.ts";

/** As `runGit` of `src/exec/git.ts`. */
export async function runGit(
  args: readonly string[],
  place: GitPlace,
): Promise<string | undefined> {
  const git = await import("../exec/git.ts");
  return await git.runGit(args, place);
}
