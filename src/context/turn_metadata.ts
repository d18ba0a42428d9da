/** What the server is told beside the conversation, and the session file of the repository. */

import type { TurnMetadata } from "../protocol/model_client.ts";
import type { TurnContext } from "../protocol/tool.ts";
import {
  askChanges,
  askGit,
  type AskGitOptions,
  type ConfinedGit,
  type GitFacts,
  type GitPlace,
  publicRemotes,
  type RunGit,
} from "./git_facts.ts";
import { realPath } from "./exists.ts";
import { findGitRoot } from "./git_root.ts";
import { readPlainRepository } from "./plain_repository.ts";

export interface GitLookup {
  /** What becomes known during the turn is in it from then on. */
  turnMetadata(turn: TurnContext): Promise<TurnMetadata>;
  /** `{}` outside of a repository. */
  gitInfo(): Promise<Record<string, unknown>>;
  /** Commands may run from now on: git is only asked under what confines them. */
  confine(git: ConfinedGit): void;
  /** A request of the turn has left: there is time for what the next one tells. */
  requestSent(): void;
  /** Ends what is still being looked at. */
  stop(): void;
}

interface Repository {
  readonly root: string;
  readonly facts: GitFacts;
}

/** Whatever the first answer asks for is done sooner without git beside it. */
const LOOK_AFTER_MS = 300;

/** Git is asked once per turn; the session's first line and the first turn share their answer. */
export function createGitLookup(
  { cwd, runGit, limitMs }: { cwd: string; runGit: RunGit; limitMs?: number },
): GitLookup {
  let last: { cwd: string; turnId?: string; found: Promise<Repository | undefined> } | undefined;
  const looks = new LaterLooks();
  const git = new GitStarter(runGit);

  async function find(folder: string, turn?: TurnContext): Promise<Repository | undefined> {
    const root = findGitRoot(realPath(folder) ?? folder);
    if (root === undefined) return undefined;
    const plain = readPlainRepository(root);
    if (plain) return { root, facts: { ...plain, remotes: publicRemotes(plain.remotes) } };
    const options: AskGitOptions = {
      withChanges: !looks.unseen.has(root),
      ...limitMs !== undefined && { limitMs },
    };
    const facts = await askGit(git.of(turn), root, options);
    if (facts.hasChanges === undefined) looks.unseen.add(root);
    return { root, facts };
  }

  function lookUp(folder: string, turn?: TurnContext): Promise<Repository | undefined> {
    const turnId = turn?.turnId;
    const isSameTurn = turnId === undefined || last?.turnId === undefined ||
      last.turnId === turnId;
    if (!last || last.cwd !== folder || !isSameTurn) {
      last = { cwd: folder, found: find(folder, turn) };
    }
    if (turnId !== undefined) last.turnId = turnId;
    return last.found;
  }

  return {
    async turnMetadata(turn) {
      const repository = await lookUp(turn.cwd, turn);
      const sandbox = turn.sandboxPolicy.type === "danger-full-access" ? "none" : "seccomp";
      if (!repository) return { turn_id: turn.turnId, sandbox };
      looks.plan(repository, () => git.of(turn));
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
    confine: (confined) => git.confine(confined),
    requestSent: () => looks.begin(),
    stop: () => looks.stop(),
  };
}

/** Who starts git: freely, until commands may run. */
class GitStarter {
  readonly #runFreely: RunGit;
  readonly #free = new AbortController();
  #confined: ConfinedGit | undefined;

  constructor(runGit: RunGit) {
    this.#runFreely = runGit;
  }

  /** Without a turn there is nothing to confine it by. */
  of(turn: TurnContext | undefined): RunGit {
    const confined = this.#confined;
    if (confined) return turn ? confined(turn) : () => Promise.resolve(undefined);
    return (args, place) => this.#run(args, place);
  }

  /** What runs freely by now is ended. */
  confine(git: ConfinedGit): void {
    this.#confined ??= git;
    this.#free.abort();
  }

  async #run(args: readonly string[], { cwd, signal }: GitPlace): Promise<string | undefined> {
    const free = this.#free.signal;
    if (free.aborted) return undefined;
    const either = signal ? AbortSignal.any([signal, free]) : free;
    return await this.#runFreely(args, { cwd, signal: either });
  }
}

interface Plan {
  readonly repository: Repository;
  /** Asked when the look begins. */
  gitOf(): RunGit;
}

/** Whether a plain repository has changes: nothing waits for it. */
class LaterLooks {
  /** Roots where the look at the files was too slow, or not to be had: it is not tried again. */
  readonly unseen = new Set<string>();
  readonly #stopped = new AbortController();
  #planned: Plan | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  plan(repository: Repository, gitOf: Plan["gitOf"]): void {
    const isKnown = repository.facts.hasChanges !== undefined;
    this.#planned = isKnown || this.unseen.has(repository.root) ? undefined : { repository, gitOf };
  }

  /** Once for what is planned. */
  begin(): void {
    const planned = this.#planned;
    const { signal } = this.#stopped;
    this.#planned = undefined;
    if (!planned || signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const { repository: { root, facts }, gitOf } = planned;
      const hasChanges = await askChanges(gitOf(), root, signal);
      if (hasChanges === undefined) this.unseen.add(root);
      else facts.hasChanges = hasChanges;
    }, LOOK_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.abort();
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
