/** What the server is told beside the conversation, and the session file of the repository. */

import type { TurnMetadata } from "../protocol/model_client.ts";
import type { TurnContext } from "../protocol/tool.ts";
import {
  askChanges,
  askGit,
  type AskGitOptions,
  type GitFacts,
  publicRemotes,
  type RunGit,
} from "./git_facts.ts";
import { findGitRoot } from "./git_root.ts";
import { readPlainRepository } from "./plain_repository.ts";

export interface GitLookup {
  /** What becomes known during the turn is in it from then on. */
  turnMetadata(turn: TurnContext): Promise<TurnMetadata>;
  /** `{}` outside of a repository. */
  gitInfo(): Promise<Record<string, unknown>>;
  /** Ends what is still being looked at. */
  stop(): void;
}

interface Repository {
  readonly root: string;
  readonly facts: GitFacts;
}

/** The look at the files of a plain repository begins when the turn's first request is under way. */
const LOOK_AFTER_MS = 10;

/** Git is asked once per turn; the session's first line and the first turn share their answer. */
export function createGitLookup(
  { cwd, runGit, limitMs }: { cwd: string; runGit: RunGit; limitMs?: number },
): GitLookup {
  let last: { cwd: string; turnId?: string; found: Promise<Repository | undefined> } | undefined;
  const looks = new LaterLooks(runGit);

  async function find(folder: string): Promise<Repository | undefined> {
    const root = findGitRoot(realFolder(folder));
    if (root === undefined) return undefined;
    const plain = readPlainRepository(root);
    if (plain) return { root, facts: { ...plain, remotes: publicRemotes(plain.remotes) } };
    const options: AskGitOptions = {
      withChanges: !looks.unseen.has(root),
      ...limitMs !== undefined && { limitMs },
    };
    const facts = await askGit(runGit, root, options);
    if (facts.hasChanges === undefined) looks.unseen.add(root);
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
      const sandbox = turn.sandboxPolicy.type === "danger-full-access" ? "none" : "seccomp";
      if (!repository) return { turn_id: turn.turnId, sandbox };
      looks.begin(repository);
      return {
        turn_id: turn.turnId,
        get workspaces() {
          return { [repository.root]: workspace(repository.facts) };
        },
        sandbox,
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
    stop: () => looks.stop(),
  };
}

/** Whether a plain repository has changes: nothing waits for it. */
class LaterLooks {
  /** Roots where the look at the files was too slow, or not to be had: it is not tried again. */
  readonly unseen = new Set<string>();
  readonly #runGit: RunGit;
  readonly #stopped = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(runGit: RunGit) {
    this.#runGit = runGit;
  }

  begin({ root, facts }: Repository): void {
    const { signal } = this.#stopped;
    if (facts.hasChanges !== undefined || this.unseen.has(root) || signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const hasChanges = await askChanges(this.#runGit, root, signal);
      if (hasChanges === undefined) this.unseen.add(root);
      else facts.hasChanges = hasChanges;
    }, LOOK_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.abort();
  }
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
