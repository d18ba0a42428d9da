/** What the server is told beside the conversation, and the session file of the repository. */

import type { TurnMetadata } from "../protocol/model_client.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { askGit, type AskGitOptions, type GitFacts, type RunGit } from "./git_facts.ts";
import { findGitRoot } from "./git_root.ts";

export interface GitLookup {
  turnMetadata(turn: TurnContext): Promise<TurnMetadata>;
  /** `{}` outside of a repository. */
  gitInfo(): Promise<Record<string, unknown>>;
}

interface Repository {
  readonly root: string;
  readonly facts: GitFacts;
}

/** Git is asked once per turn; the session's first line and the first turn share their answer. */
export function createGitLookup(
  { cwd, runGit, limitMs }: { cwd: string; runGit: RunGit; limitMs?: number },
): GitLookup {
  let last: { cwd: string; turnId?: string; found: Promise<Repository | undefined> } | undefined;
  /** Roots where the look at the files was too slow, or not to be had: it is not tried again. */
  const unseen = new Set<string>();

  async function find(folder: string): Promise<Repository | undefined> {
    const root = findGitRoot(realFolder(folder));
    if (root === undefined) return undefined;
    const options: AskGitOptions = {
      withChanges: !unseen.has(root),
      ...limitMs !== undefined && { limitMs },
    };
    const facts = await askGit(runGit, root, options);
    if (facts.hasChanges === undefined) unseen.add(root);
    return { root, facts };
  }

  function lookUp(folder: string, turnId?: string): Promise<Repository | undefined> {
    const isSameTurn = turnId === undefined || last?.turnId === undefined ||
      last.turnId === turnId;
    if (!last || last.cwd !== folder || !isSameTurn) {
      last = { cwd: folder, found: find(folder) };
    }
    if (turnId !== undefined) last.turnId = turnId;
    return last.found;
  }

  return {
    async turnMetadata(turn) {
      const repository = await lookUp(turn.cwd, turn.turnId);
      return {
        turn_id: turn.turnId,
        ...repository && { workspaces: { [repository.root]: workspace(repository.facts) } },
        sandbox: turn.sandboxPolicy.type === "danger-full-access" ? "none" : "seccomp",
      };
    },
    async gitInfo() {
      const { commit, branch, remotes } = (await lookUp(cwd))?.facts ?? { remotes: {} };
      const url = remotes["origin"];
      return {
        ...commit !== undefined && { commit_hash: commit },
        ...commit !== undefined && branch !== undefined && { branch },
        ...url !== undefined && { repository_url: url },
      };
    },
  };
}

function realFolder(folder: string): string {
  try {
    return Deno.realPathSync(folder);
  } catch {
    return folder;
  }
}

type Workspace = NonNullable<TurnMetadata["workspaces"]>[string];

function workspace({ remotes, commit, hasChanges }: GitFacts): Workspace {
  return {
    ...Object.keys(remotes).length > 0 && { associated_remote_urls: { ...remotes } },
    ...commit !== undefined && { latest_git_commit_hash: commit },
    ...hasChanges !== undefined && { has_changes: hasChanges },
  };
}
