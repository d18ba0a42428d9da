/** The model of a run and how it is asked: what is known of it, and what the user wants else. */

import type { TruncationPolicy } from "../protocol/model_info.ts";
import type { LoadedTable } from "./load_table.ts";
import { type CatalogModel, compactionLimit, demoModel, resolveModel } from "./models.ts";
import { DEMO } from "./providers.ts";
import type { ConfigTable } from "./schema.ts";

const DEFAULT_MODEL = "gpt-5.3-codex";
const LOCAL_MODELS: Readonly<Record<string, string>> = {
  ollama: "gpt-oss:20b",
  lmstudio: "openai/gpt-oss-20b",
};

/** With the limits that config.toml sets. */
export async function modelOf(
  loaded: LoadedTable,
  { providerId, slug }: { providerId: string; slug: string | undefined },
): Promise<CatalogModel> {
  if (providerId === DEMO) return demoModel();
  const { table } = loaded;
  const wanted = slug || table.model || (LOCAL_MODELS[providerId] ?? DEFAULT_MODEL);
  const catalog = table.model_catalog_json === undefined ? undefined : await readCatalog(loaded);
  return withLimits(resolveModel(wanted, catalog), table);
}

/** What a request's `reasoning` is. Said to an unknown model only where the user has set it. */
export function reasoningOf(
  table: ConfigTable,
  model: CatalogModel,
  onWarning: (message: string) => void,
): { effort?: string; summary?: string } | null {
  const { model_reasoning_effort: ownEffort, model_reasoning_summary: ownSummary } = table;
  const isSet = ownEffort !== undefined || ownSummary !== undefined;
  const isForced = table.model_supports_reasoning_summaries === true;
  if (!model.reasoning && !isForced && !(isSet && !model.known)) {
    if (isSet) {
      onWarning(
        `The model "${model.slug}" does not reason: model_reasoning_effort and ` +
          "model_reasoning_summary are not sent; model_supports_reasoning_summaries = true sends them",
      );
    }
    return null;
  }
  const effort = ownEffort ?? model.reasoning?.effort;
  const summary = ownSummary ?? (model.known || isForced ? summaryOf(model) : undefined);
  return {
    ...effort !== undefined && { effort },
    ...summary !== undefined && summary !== "none" && { summary },
  };
}

export function verbosityOf(
  { model_verbosity: own }: ConfigTable,
  model: CatalogModel,
  onWarning: (message: string) => void,
): string | undefined {
  if (own === undefined || model.supportsVerbosity || !model.known) return own ?? model.verbosity;
  onWarning(`The model "${model.slug}" has no verbosity: model_verbosity is not sent`);
  return undefined;
}

/** A model that is only said to reason gets the summary that most do. */
function summaryOf({ reasoning }: CatalogModel): string | undefined {
  return reasoning ? reasoning.summary : "auto";
}

async function readCatalog(loaded: LoadedTable): Promise<CatalogModel[]> {
  const { readNamedFile } = await import("./named_files.ts");
  const { path, text } = await readNamedFile(loaded, "model_catalog_json");
  const { parseCatalog } = await import("./model_catalog.ts");
  return parseCatalog(text, path);
}

function withLimits(model: CatalogModel, table: ConfigTable): CatalogModel {
  const contextWindow = table.model_context_window ?? model.contextWindow;
  const limit = table.model_context_window === undefined
    ? model.autoCompactTokenLimit
    : compactionLimit(contextWindow);
  return {
    ...model,
    contextWindow,
    autoCompactTokenLimit: Math.min(table.model_auto_compact_token_limit ?? limit, limit),
    truncation: truncationOf(model.truncation, table.tool_output_token_limit),
  };
}

function truncationOf(policy: TruncationPolicy, tokens: number | undefined): TruncationPolicy {
  if (tokens === undefined) return policy;
  return { mode: policy.mode, limit: policy.mode === "tokens" ? tokens : tokens * 4 };
}
