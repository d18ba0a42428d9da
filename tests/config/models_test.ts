/** Tests of src/config/models.ts and model_catalog.ts. */

import { deepStrictEqual, throws } from "node:assert/strict";
import { parseCatalog } from "../../src/config/model_catalog.ts";
import { type CatalogModel, demoModel, resolveModel } from "../../src/config/models.ts";
import { failureIn, makeCodexHome, resolveIn } from "./codex_home.ts";

const AUTO = { effort: "medium", summary: "auto" };
const PLAIN = { effort: "medium" };

/** As codex-cli 0.115.0 asked each of its models. */
const BUNDLED: [string, unknown, boolean, string | undefined, string, string, string, number][] = [
  ["gpt-5.3-codex", PLAIN, true, "low", "freeform", "tokens", "shell_command", 272_000],
  ["gpt-5.4", PLAIN, true, "low", "freeform", "tokens", "shell_command", 272_000],
  ["gpt-5.2-codex", AUTO, true, undefined, "freeform", "tokens", "shell_command", 272_000],
  ["gpt-5.1-codex-max", AUTO, false, undefined, "freeform", "tokens", "shell_command", 272_000],
  ["gpt-5.1-codex", AUTO, false, undefined, "freeform", "tokens", "shell_command", 272_000],
  ["gpt-5.2", AUTO, true, "low", "freeform", "bytes", "shell_command", 272_000],
  ["gpt-5.1", AUTO, true, "low", "freeform", "bytes", "shell_command", 272_000],
  ["gpt-5-codex", AUTO, false, undefined, "freeform", "tokens", "shell_command", 272_000],
  ["gpt-5", AUTO, false, undefined, "none", "bytes", "default", 272_000],
  ["gpt-oss-120b", AUTO, false, undefined, "freeform", "bytes", "default", 128_000],
  ["gpt-oss-20b", AUTO, false, undefined, "freeform", "bytes", "default", 128_000],
  ["gpt-5.1-codex-mini", AUTO, false, undefined, "freeform", "tokens", "shell_command", 272_000],
  ["gpt-5-codex-mini", AUTO, false, undefined, "freeform", "tokens", "shell_command", 272_000],
];

Deno.test("resolveModel() knows the bundled models as the captures show them", () => {
  const rows = BUNDLED.map(([slug]) => {
    const model = resolveModel(slug);
    return [
      model.slug,
      model.reasoning,
      model.supportsParallelToolCalls,
      model.verbosity,
      model.applyPatch,
      model.truncation.mode,
      model.shellType,
      model.contextWindow,
    ];
  });
  deepStrictEqual(rows, BUNDLED);
});

const BY_PREFIX: [string, string][] = [
  ["gpt-5.1-codex-2026-01-01", "gpt-5.1-codex"],
  ["gpt-5.1-codex-max-preview", "gpt-5.1-codex-max"],
  ["gpt-5.3-codex-spark", "gpt-5.3-codex"],
  ["gpt-5-2026-01-01", "gpt-5"],
  ["openai/gpt-oss-20b", "gpt-oss-20b"],
  ["openai/gpt-5.1-codex", "gpt-5.1-codex"],
];

for (const [slug, base] of BY_PREFIX) {
  Deno.test(`resolveModel() takes "${slug}" for "${base}"`, () => {
    deepStrictEqual(resolveModel(slug), { ...resolveModel(base), slug });
  });
}

Deno.test("resolveModel() lets a later model than gpt-5 patch", () => {
  deepStrictEqual(resolveModel("gpt-5.5"), {
    ...resolveModel("gpt-5"),
    slug: "gpt-5.5",
    applyPatch: "freeform",
  });
});

const UNKNOWN: CatalogModel = {
  slug: "mystery",
  known: false,
  contextWindow: 272_000,
  effectiveContextWindowPercent: 95,
  autoCompactTokenLimit: 244_800,
  truncation: { mode: "bytes", limit: 10_000 },
  shellType: "default",
  applyPatch: "function",
  supportsParallelToolCalls: false,
  supportsVerbosity: false,
  webSearch: "text",
  experimentalTools: [],
};

for (const slug of ["mystery", "gpt-4.1", "o3", "GPT-5", "gpt-oss:20b", "a/b/gpt-5.1-codex", ""]) {
  Deno.test(`resolveModel() does not know "${slug}"`, () => {
    deepStrictEqual(resolveModel(slug), { ...UNKNOWN, slug });
  });
}

Deno.test("demoModel() is given the tools that it shows", () => {
  const { slug, known, experimentalTools } = demoModel();
  deepStrictEqual([slug, known, experimentalTools], ["demo", true, [
    "read_file",
    "list_dir",
    "grep_files",
  ]]);
});

const FULL = {
  slug: "m",
  display_name: "not read",
  context_window: 1000,
  effective_context_window_percent: 50,
  auto_compact_token_limit: 100,
  truncation_policy: { mode: "tokens", limit: 7 },
  shell_type: "shell_command",
  apply_patch_tool_type: "function",
  supports_parallel_tool_calls: true,
  supports_reasoning_summaries: true,
  default_reasoning_level: "high",
  default_reasoning_summary: "none",
  support_verbosity: true,
  default_verbosity: "high",
  web_search_tool_type: "text_and_image",
  input_modalities: ["text"],
  experimental_supported_tools: ["read_file"],
  base_instructions: "Be good.",
};

Deno.test("parseCatalog() reads a model in full", () => {
  deepStrictEqual(parseCatalog(JSON.stringify({ models: [FULL] }), "c.json"), [{
    slug: "m",
    known: true,
    contextWindow: 1000,
    effectiveContextWindowPercent: 50,
    autoCompactTokenLimit: 100,
    truncation: { mode: "tokens", limit: 7 },
    shellType: "shell_command",
    applyPatch: "function",
    supportsParallelToolCalls: true,
    supportsVerbosity: true,
    reasoning: { effort: "high" },
    verbosity: "high",
    webSearch: "text_and_image",
    experimentalTools: ["read_file"],
    baseInstructions: "Be good.",
  }]);
});

Deno.test("parseCatalog() fills what a model leaves out or sets to null", () => {
  const text = JSON.stringify({ models: [{ slug: "m", context_window: null }] });
  deepStrictEqual(parseCatalog(text, "c.json"), [
    { ...UNKNOWN, slug: "m", known: true, applyPatch: "none" },
  ]);
});

const WRONG: [string, string][] = [
  ["{", 'Cannot read model_catalog_json "c.json": it is not JSON'],
  ["[]", 'Cannot use model_catalog_json "c.json": "the whole" has to be a table, not a list'],
  ["{}", 'Cannot use model_catalog_json "c.json": "models" has to be a list, not missing'],
  ['{"models":[]}', 'Cannot use model_catalog_json "c.json": its list of models is empty'],
  [
    '{"models":[{"slug":"m","shell_type":"zsh"}]}',
    'Cannot use model_catalog_json "c.json": model "m": "shell_type" has to be "default", "local", "unified_exec", "disabled" or "shell_command", not "zsh"',
  ],
  [
    '{"models":[{"slug":"m"},{"context_window":0}]}',
    'Cannot use model_catalog_json "c.json": model number 2: "slug" has to be text in quotes, not missing',
  ],
  [
    '{"models":[{"slug":"m","truncation_policy":{"mode":"bytes","limit":-1}}]}',
    'Cannot use model_catalog_json "c.json": model "m": "truncation_policy.limit" has to be at least 0, not -1',
  ],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseCatalog() refuses ${text}`, () => {
    throws(() => parseCatalog(text, "c.json"), { name: "ConfigError", message });
  });
}

Deno.test("a catalogue takes the place of the bundled list", async () => {
  await using home = await makeCodexHome({
    "config.toml": 'model_catalog_json = "models.json"\nmodel = "gpt-5.1-codex"',
    "models.json": JSON.stringify({ models: [FULL] }),
  });
  deepStrictEqual((await resolveIn(home)).config.model, { ...UNKNOWN, slug: "gpt-5.1-codex" });
  const { config } = await resolveIn(home, { flags: { model: "m" } });
  deepStrictEqual([config.model.baseInstructions, config.contextWindow], ["Be good.", 500]);
});

Deno.test("a catalogue that is not there is told with its key's place", async () => {
  await using home = await makeCodexHome({ "config.toml": 'model_catalog_json = "no.json"' });
  deepStrictEqual(await failureIn(home), {
    name: "ConfigError",
    message:
      'Cannot read "HOME/no.json", which "HOME/config.toml" line 1: model_catalog_json names: there is no such file',
  });
});
