/** The folders in which skills may lie. */

import { exists } from "./exists.ts";
import { projectFolders } from "./git_root.ts";
import { joinPath } from "./path.ts";

export interface SkillsOptions {
  readonly codexHome: string | undefined;
  /** The value of HOME. */
  readonly home: string | undefined;
  /** Without symbolic links. */
  readonly cwd: string;
  /** At or above `cwd`. */
  readonly gitRoot: string | undefined;
  onWarning(message: string): void;
}

/** Where skills lie; those of a lower rank are listed first. */
export interface SkillsRoot {
  readonly rank: number;
  readonly folder: string;
  /** Links that lead out of this folder are not followed. */
  readonly within?: string;
}

/** Those that are there. */
export function skillsRoots({ codexHome, home, cwd, gitRoot }: SkillsOptions): SkillsRoot[] {
  const project = projectFolders(cwd, gitRoot).flatMap((folder) =>
    [".agents/skills", ".codex/skills"].map((name) => ({
      rank: 0,
      folder: joinPath(folder, name),
      within: gitRoot ?? cwd,
    }))
  );
  const own = codexHome === undefined ? [] : [joinPath(codexHome, "skills")];
  const shared = home ? [joinPath(home, ".agents/skills")] : [];
  const roots = [
    ...project,
    ...[...own, ...shared].map((folder) => ({ rank: 1, folder })),
    // Those that come with Codex itself.
    ...own.map((folder) => ({ rank: 2, folder: joinPath(folder, ".system") })),
  ];
  return roots.filter(({ folder }) => exists(folder));
}
