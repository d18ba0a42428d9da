/** What an attack is, and how it may end. */

import type { SandboxLevel } from "../../src/protocol/confinement.ts";

/**
 * `refused`: the command fails and nothing has changed. `undone`: it may believe that it worked, but
 * nothing has changed afterwards. `later`: nothing has changed when the session has ended.
 * `open`: this level does not hold it but where it may mount, as README says. `undone unless
 * mounted`: where it may mount it is refused.
 */
export type Outcome = "refused" | "undone" | "later" | "open" | "undone unless mounted";

/** What has to be there for the attack to work without a sandbox. */
export type Need = "root" | "gcc" | "kernel" | "IPv6";

export interface Attack {
  readonly name: string;
  /** For `/bin/sh`, in the workspace; exit code 0 says that it worked. */
  readonly script: string;
  /** A working folder that the model has chosen, in the place of the workspace. */
  readonly workdir?: "outside";
  readonly expected: Readonly<Partial<Record<SandboxLevel, Outcome>>>;
  readonly needs?: readonly Need[];
}

/** What scripts find in their environment. */
export interface Targets {
  /** A folder beside the workspace with a file `secret`; `link_out` in the workspace leads there. */
  readonly OUTSIDE: string;
  /** A worktree: a writable root whose `.git` is a file that leads to `shared/store` in the workspace. */
  readonly TREE: string;
  /** The process that started the host process, with FRONT_SECRET in its environment. */
  readonly FRONT_PID: string;
  /** Another process of the same user. */
  readonly VICTIM_PID: string;
  /** Listeners on the loopback addresses, on a path and on an abstract name. */
  readonly TCP4: string;
  readonly TCP6: string;
  readonly UDP4: string;
  readonly UNIX: string;
  readonly DATAGRAMS: string;
  readonly ABSTRACT: string;
  /** What to take for the host process where a shell is not its child. */
  readonly HOST_PID?: string;
  /** `"$PROBE" NAME ARGUMENT…` makes one system call (`attack_probe.ts`). */
  readonly PROBE: string;
  /** A library that writes `$OUTSIDE/preloaded` when it is loaded. */
  readonly EVIL_LIBRARY: string;
}

export const REFUSED = { bubblewrap: "refused", landlock: "refused" } as const;
export const UNDONE = { bubblewrap: "refused", landlock: "undone" } as const;
export const UNDONE_ANYWHERE = { bubblewrap: "undone", landlock: "undone" } as const;
export const UNDONE_LATER = { bubblewrap: "refused", landlock: "later" } as const;
export const MOUNTED_OR_UNDONE = {
  bubblewrap: "refused",
  landlock: "undone unless mounted",
} as const;
export const BY_MOUNTS_ALONE = { bubblewrap: "refused", landlock: "open" } as const;
