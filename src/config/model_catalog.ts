/** `model_catalog_json`: a list of models that stands in the bundled one's place. */

import * as z from "zod/mini";
import { ConfigError } from "../protocol/error.ts";
import { describeIssue } from "./describe_issue.ts";
import { BYTES, type CatalogModel, compactionLimit, DEFAULT_CONTEXT_WINDOW } from "./models.ts";
import { valueAt } from "./table.ts";

/** Fails with a `ConfigError` that names the file, the model and the field. */
export function parseCatalog(text: string, path: string): CatalogModel[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`Cannot read model_catalog_json "${path}": it is not JSON`, { cause });
  }
  const result = z.safeParse(catalogSchema(), value);
  if (!result.success) throw new ConfigError(describe(result.error, { value, path }));
  if (result.data.models.length > 0) return result.data.models.map(toModel);
  throw new ConfigError(`Cannot use model_catalog_json "${path}": its list of models is empty`);
}

function describe(
  { issues: [issue] }: z.core.$ZodError,
  { value, path }: { value: unknown; path: string },
): string {
  if (!issue) return `Cannot use model_catalog_json "${path}"`;
  const [, index, ...field] = issue.path;
  const slug = valueAt(value, [...issue.path.slice(0, 2), "slug"]);
  const model = typeof slug === "string" ? `"${slug}"` : `number ${Number(index) + 1}`;
  const place = index === undefined
    ? `"${issue.path.map(String).join("") || "the whole"}"`
    : `model ${model}${field.length === 0 ? "" : `: "${field.map(String).join(".")}"`}`;
  const what = describeIssue(issue, valueAt(value, issue.path));
  return `Cannot use model_catalog_json "${path}": ${place} ${what}`;
}

type Catalog = z.infer<ReturnType<typeof catalogSchema>>;

function catalogSchema() {
  const tokens = z.int().check(z.gte(1));
  return z.object({
    models: z.array(z.object({
      slug: z.string().check(z.minLength(1)),
      context_window: z.nullish(tokens),
      effective_context_window_percent: z.nullish(z.int().check(z.gte(1), z.lte(100))),
      auto_compact_token_limit: z.nullish(tokens),
      truncation_policy: z.nullish(
        z.object({ mode: z.enum(["tokens", "bytes"]), limit: z.int().check(z.gte(0)) }),
      ),
      shell_type: z.nullish(
        z.enum(["default", "local", "unified_exec", "disabled", "shell_command"]),
      ),
      apply_patch_tool_type: z.nullish(z.enum(["freeform", "function"])),
      supports_parallel_tool_calls: z.nullish(z.boolean()),
      supports_reasoning_summaries: z.nullish(z.boolean()),
      default_reasoning_level: z.nullish(z.string()),
      default_reasoning_summary: z.nullish(z.enum(["auto", "concise", "detailed", "none"])),
      support_verbosity: z.nullish(z.boolean()),
      default_verbosity: z.nullish(z.enum(["low", "medium", "high"])),
      web_search_tool_type: z.nullish(z.enum(["text", "text_and_image"])),
      input_modalities: z.nullish(z.array(z.string())),
      experimental_supported_tools: z.nullish(z.array(z.string())),
      base_instructions: z.nullish(z.string()),
    })),
  });
}

function toModel(entry: Catalog["models"][number]): CatalogModel {
  const contextWindow = entry.context_window ?? DEFAULT_CONTEXT_WINDOW;
  const limit = compactionLimit(contextWindow);
  const summary = entry.default_reasoning_summary ?? "auto";
  const supportsVerbosity = entry.support_verbosity ?? false;
  return {
    slug: entry.slug,
    known: true,
    contextWindow,
    effectiveContextWindowPercent: entry.effective_context_window_percent ?? 95,
    autoCompactTokenLimit: Math.min(entry.auto_compact_token_limit ?? limit, limit),
    truncation: entry.truncation_policy ?? BYTES,
    shellType: entry.shell_type ?? "default",
    applyPatch: entry.apply_patch_tool_type ?? "none",
    supportsParallelToolCalls: entry.supports_parallel_tool_calls ?? false,
    supportsVerbosity,
    ...entry.supports_reasoning_summaries && {
      reasoning: {
        ...entry.default_reasoning_level && { effort: entry.default_reasoning_level },
        ...summary !== "none" && { summary },
      },
    },
    ...supportsVerbosity && entry.default_verbosity && { verbosity: entry.default_verbosity },
    webSearch: entry.web_search_tool_type ?? "text",
    experimentalTools: entry.experimental_supported_tools ?? [],
    ...entry.base_instructions && { baseInstructions: entry.base_instructions },
  };
}
