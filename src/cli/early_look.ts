/** The look at the repository, begun before anything that has to be loaded for it to be used. */

import { createGitLookup, type GitLookup } from "../context/turn_metadata.ts";
import { runGit } from "./lazy_git.ts";

/** A folder that is not there is told later, by who reads the flags. */
export function lookEarly(wanted: string | undefined): GitLookup {
  const git = createGitLookup({ cwd: folder(wanted) ?? "/", runGit });
  git.gitInfo().catch(() => {}); // whoever awaits it hears of it
  // Most users have a config.toml: what reads it is loaded beside the rest.
  import("../config/parse_toml.ts").catch(() => {});
  return git;
}

function folder(wanted: string | undefined): string | undefined {
  try {
    return wanted === undefined ? Deno.cwd() : Deno.realPathSync(wanted);
  } catch {
    return undefined;
  }
}
