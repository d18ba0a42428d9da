/** What is known of a model: which tools it gets and how it is asked. */

export interface TruncationPolicy {
  readonly mode: "tokens" | "bytes";
  /** Tokens are estimated as four bytes each. */
  readonly limit: number;
}

export interface ModelInfo {
  readonly slug: string;
  /** False for a slug that no catalogue names; the fields below are defaults then. */
  readonly known: boolean;
  /** In tokens. */
  readonly contextWindow: number;
  /** Share of the window that is used, in percent. */
  readonly effectiveContextWindowPercent: number;
  /** In tokens; 90 % of the window unless the catalogue says less. */
  readonly autoCompactTokenLimit: number;
  readonly truncation: TruncationPolicy;
  readonly shellType: "shell_command" | "unified_exec" | "default" | "local" | "disabled";
  readonly applyPatch: "freeform" | "function" | "none";
  readonly supportsParallelToolCalls: boolean;
  /** Absent for a model that does not reason. */
  readonly reasoning?: { readonly effort?: string; readonly summary?: string };
  readonly verbosity?: string;
  readonly webSearch: "text" | "text_and_image";
  readonly experimentalTools: readonly string[];
  /** From a catalogue file; our own prompt where absent. */
  readonly baseInstructions?: string;
}
