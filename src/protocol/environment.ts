/** `shell_environment_policy` of config.toml: which variables a command may see. */

/** Marks the processes of a thread from their first moment, so that they can be found. */
export const THREAD_VARIABLE = "CODEX_THREAD_ID";

export interface ShellEnvironmentPolicy {
  /** What to start from: all of our environment, a few well-known names, or nothing. */
  readonly inherit: "all" | "core" | "none";
  /** False drops the names that look like secrets (`*KEY*`, `*SECRET*`, `*TOKEN*`). */
  readonly ignore_default_excludes: boolean;
  /** Globs over names, in any case, that are dropped. */
  readonly exclude: readonly string[];
  /** Where not empty: globs of the only names that are kept. */
  readonly include_only: readonly string[];
  /** Values of the user's own. */
  readonly set: Readonly<Record<string, string>>;
}
