/** What is known of each model: the bundled list of codex-cli 0.115.0, or a catalogue file. */

import * as z from "zod/mini";
import { ConfigError } from "../protocol/error.ts";
import type { ModelInfo, TruncationPolicy } from "../protocol/model_info.ts";

const TOKENS: TruncationPolicy = { mode: "tokens", limit: 10_000 };
const BYTES: TruncationPolicy = { mode: "bytes", limit: 10_000 };
const WINDOW = 272_000;

/** What most of the bundled models share. */
const CODEX = {
  known: true,
  contextWindow: WINDOW,
  effectiveContextWindowPercent: 95,
  autoCompactTokenLimit: compactAt(WINDOW),
  truncation: TOKENS,
  shellType: "shell_command",
  applyPatch: "freeform",
  supportsParallelToolCalls: false,
  reasoning: { effort: "medium", summary: "auto" },
  webSearch: "text",
  experimentalTools: [],
} satisfies Omit<ModelInfo, "slug">;

const GENERAL = { ...CODEX, truncation: BYTES, supportsParallelToolCalls: true, verbosity: "low" };
const NEWEST = {
  ...CODEX,
  supportsParallelToolCalls: true,
  reasoning: { effort: "medium" },
  verbosity: "low",
};
const OPEN = {
  ...CODEX,
  contextWindow: 128_000,
  autoCompactTokenLimit: compactAt(128_000),
  truncation: BYTES,
  shellType: "default",
} satisfies Omit<ModelInfo, "slug">;

const BUNDLED: Readonly<Record<string, Omit<ModelInfo, "slug">>> = {
  "gpt-5.3-codex": NEWEST,
  "gpt-5.4": NEWEST,
  "gpt-5.2-codex": { ...CODEX, supportsParallelToolCalls: true },
  "gpt-5.1-codex-max": CODEX,
  "gpt-5.1-codex": CODEX,
  "gpt-5.2": GENERAL,
  "gpt-5.1": GENERAL,
  "gpt-5-codex": CODEX,
  "gpt-5": { ...CODEX, truncation: BYTES, shellType: "default", applyPatch: "none" },
  "gpt-oss-120b": OPEN,
  "gpt-oss-20b": OPEN,
  "gpt-5.1-codex-mini": CODEX,
  "gpt-5-codex-mini": CODEX,
};

/** A slug that nobody knows: no reasoning is asked for, tools are run one response at a time. */
function unknownModel(slug: string): ModelInfo {
  const { reasoning: _, ...rest } = CODEX;
  return {
    ...rest,
    slug,
    known: false,
    truncation: BYTES,
    shellType: "default",
    applyPatch: "none",
  };
}

/** The scripted model of `--demo` uses every tool that it can show. */
export function demoModel(): ModelInfo {
  return {
    ...CODEX,
    slug: "demo",
    supportsParallelToolCalls: true,
    experimentalTools: ["read_file", "list_dir", "grep_files"],
  };
}

/** By its slug, else by the longest known slug that it begins with (`gpt-5.1-codex-2026-01-01`). */
export function resolveModel(slug: string, catalog?: readonly ModelInfo[]): ModelInfo {
  const known = catalog ??
    Object.entries(BUNDLED).map(([name, info]): ModelInfo => ({ slug: name, ...info }));
  const bare = slug.slice(slug.indexOf("/") + 1);
  const found = known.filter((model) => slug.startsWith(model.slug) || bare.startsWith(model.slug))
    .toSorted((a, b) => b.slug.length - a.slug.length)[0];
  return found ? { ...found, slug } : unknownModel(slug);
}

function compactAt(contextWindow: number): number {
  return Math.floor(contextWindow * 0.9);
}

const nullable = <T extends z.core.SomeType>(schema: T) => z.optional(z.nullable(schema));

const CATALOG = z.object({
  models: z.array(z.object({
    slug: z.string(),
    context_window: nullable(z.number()),
    effective_context_window_percent: nullable(z.number()),
    auto_compact_token_limit: nullable(z.number()),
    truncation_policy: z.optional(
      z.object({ mode: z.enum(["tokens", "bytes"]), limit: z.number() }),
    ),
    shell_type: nullable(
      z.enum(["default", "local", "unified_exec", "disabled", "shell_command"]),
    ),
    apply_patch_tool_type: nullable(z.enum(["freeform", "function"])),
    supports_parallel_tool_calls: z.optional(z.boolean()),
    supports_reasoning_summaries: z.optional(z.boolean()),
    default_reasoning_level: nullable(z.string()),
    default_reasoning_summary: nullable(z.string()),
    default_verbosity: nullable(z.string()),
    support_verbosity: z.optional(z.boolean()),
    web_search_tool_type: nullable(z.enum(["text", "text_and_image"])),
    experimental_supported_tools: z.optional(z.array(z.string())),
    base_instructions: nullable(z.string()),
  })),
});

type CatalogEntry = z.infer<typeof CATALOG>["models"][number];

/** Reads a file of `model_catalog_json`: it stands in the bundled list's place. */
export function parseCatalog(text: string, path: string): ModelInfo[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`Cannot read model_catalog_json "${path}": ${cause}`, { cause });
  }
  const result = z.safeParse(CATALOG, value);
  if (result.success) return result.data.models.map(toModelInfo);
  const [issue] = result.error.issues;
  const key = issue?.path.map(String).join(".") ?? "";
  throw new ConfigError(
    `Cannot read model_catalog_json "${path}": key "${key}": ${issue?.message ?? "wrong shape"}`,
  );
}

function toModelInfo(entry: CatalogEntry): ModelInfo {
  const contextWindow = entry.context_window ?? WINDOW;
  const reasons = entry.supports_reasoning_summaries ?? false;
  const summary = entry.default_reasoning_summary ?? "auto";
  return {
    slug: entry.slug,
    known: true,
    contextWindow,
    effectiveContextWindowPercent: entry.effective_context_window_percent ?? 95,
    autoCompactTokenLimit: Math.min(
      entry.auto_compact_token_limit ?? Infinity,
      compactAt(contextWindow),
    ),
    truncation: entry.truncation_policy ?? BYTES,
    shellType: entry.shell_type ?? "default",
    applyPatch: entry.apply_patch_tool_type ?? "none",
    supportsParallelToolCalls: entry.supports_parallel_tool_calls ?? false,
    ...reasons && {
      reasoning: {
        ...entry.default_reasoning_level && { effort: entry.default_reasoning_level },
        ...summary !== "none" && { summary },
      },
    },
    ...entry.support_verbosity && entry.default_verbosity && { verbosity: entry.default_verbosity },
    webSearch: entry.web_search_tool_type ?? "text",
    experimentalTools: entry.experimental_supported_tools ?? [],
    ...entry.base_instructions && { baseInstructions: entry.base_instructions },
  };
}
