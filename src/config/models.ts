/** What is known of each model: the bundled list of codex-cli 0.115.0. */

import type { ModelInfo, TruncationPolicy } from "../protocol/model_info.ts";

export interface CatalogModel extends ModelInfo {
  /** Whether `text.verbosity` may be sent. */
  readonly supportsVerbosity: boolean;
}

/** By its slug, else by the longest known slug that it begins with (`gpt-5.1-codex-2026-01-01`). */
export function resolveModel(slug: string, catalog?: readonly CatalogModel[]): CatalogModel {
  const known = catalog ?? bundledModels();
  // A router's prefix, as in `openai/gpt-5.1`.
  const bare = /^[\w-]+\/([^/]+)$/.exec(slug)?.[1];
  const found = longestPrefix(slug, known) ??
    (bare === undefined ? undefined : longestPrefix(bare, known));
  if (!found) return unknownModel(slug);
  const isLater = (bare ?? slug).startsWith(`${found.slug}.`);
  // A later model than the one that lends its settings: all of these take patches.
  const applyPatch = isLater && found.applyPatch === "none" ? "freeform" : found.applyPatch;
  return { ...found, slug, applyPatch };
}

/** The scripted model of `--demo` is given every tool that it can show. */
export function demoModel(): CatalogModel {
  return {
    ...common(DEFAULT_CONTEXT_WINDOW),
    slug: "demo",
    supportsParallelToolCalls: true,
    experimentalTools: ["read_file", "list_dir", "grep_files"],
  };
}

export const DEFAULT_CONTEXT_WINDOW = 272_000;

/** The share of the window that may be full before it is compacted. */
export function compactionLimit(contextWindow: number): number {
  return Math.floor(contextWindow * 0.9);
}

function longestPrefix(
  slug: string,
  known: readonly CatalogModel[],
): CatalogModel | undefined {
  return known.filter((model) => slug.startsWith(model.slug))
    .toSorted((a, b) => b.slug.length - a.slug.length)[0];
}

/**
 * A model that nobody knows gets apply_patch in the form that every server takes: free-form tools
 * are known to OpenAI's own only. Nothing is said of reasoning to a model that may have none.
 */
function unknownModel(slug: string): CatalogModel {
  const { reasoning: _, ...rest } = common(DEFAULT_CONTEXT_WINDOW);
  return {
    ...rest,
    slug,
    known: false,
    truncation: BYTES,
    shellType: "default",
    applyPatch: "function",
  };
}

export const BYTES: TruncationPolicy = { mode: "bytes", limit: 10_000 };
const TOKENS: TruncationPolicy = { mode: "tokens", limit: 10_000 };

/** What most of the bundled models share. */
function common(contextWindow: number): Omit<CatalogModel, "slug"> {
  return {
    known: true,
    contextWindow,
    effectiveContextWindowPercent: 95,
    autoCompactTokenLimit: compactionLimit(contextWindow),
    truncation: TOKENS,
    shellType: "shell_command",
    applyPatch: "freeform",
    supportsParallelToolCalls: false,
    supportsVerbosity: false,
    reasoning: { effort: "medium", summary: "auto" },
    webSearch: "text",
    experimentalTools: [],
  };
}

function bundledModels(): CatalogModel[] {
  const codex = common(DEFAULT_CONTEXT_WINDOW);
  const parallel = { supportsParallelToolCalls: true };
  const terse = { supportsVerbosity: true, verbosity: "low" };
  const newest = { ...codex, ...parallel, ...terse, reasoning: { effort: "medium" } };
  const general = { ...codex, ...parallel, ...terse, truncation: BYTES };
  const plain = { truncation: BYTES, shellType: "default", supportsVerbosity: true } as const;
  const open = { ...common(128_000), ...plain };
  return [
    { ...newest, slug: "gpt-5.3-codex" },
    { ...newest, slug: "gpt-5.4" },
    { ...codex, ...parallel, slug: "gpt-5.2-codex" },
    { ...codex, slug: "gpt-5.1-codex-max" },
    { ...codex, slug: "gpt-5.1-codex" },
    { ...general, slug: "gpt-5.2" },
    { ...general, slug: "gpt-5.1" },
    { ...codex, slug: "gpt-5-codex" },
    { ...codex, ...plain, applyPatch: "none", slug: "gpt-5" },
    { ...open, slug: "gpt-oss-120b" },
    { ...open, slug: "gpt-oss-20b" },
    { ...codex, slug: "gpt-5.1-codex-mini" },
    { ...codex, slug: "gpt-5-codex-mini" },
  ];
}
