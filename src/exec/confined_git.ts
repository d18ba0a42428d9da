/** Git for a repository that commands of the model may be changing: held to what holds them. */

import type { TurnContext } from "../protocol/tool.ts";
import { confinementOf, type ConfinementPlaces } from "./confinements.ts";
import { gitCommand } from "./git.ts";
import type { Runner } from "./host_pool.ts";

export interface GitCall {
  readonly turn: Pick<TurnContext, "cwd" | "sandboxPolicy">;
  readonly args: readonly string[];
  /** The repository's root. */
  readonly cwd: string;
  readonly signal?: AbortSignal;
}

const NEVER = new AbortController().signal;

/**
 * As `runGit`, in the host process of the turn. Whatever the repository gets run, by a filter that
 * was set after the look at the filters, reaches no further than a command of the turn.
 */
export async function runConfinedGit(
  { turn, args, cwd, signal = NEVER }: GitCall,
  { runner, places }: { readonly runner: Runner; readonly places: ConfinementPlaces },
): Promise<string | undefined> {
  try {
    const caller = { callId: "git", signal, report: () => {} };
    const params = [{ ...gitCommand(args, cwd), cwd }];
    return await runner.call(await confinementOf(turn, places), { method: "ask", params, caller });
  } catch {
    // No host process, no git, or nobody waits any more: the turn goes on without.
    return undefined;
  }
}
