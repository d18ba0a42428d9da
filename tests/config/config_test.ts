/** Tests of src/config/config.ts: what flags, -c, profiles, files and defaults come to. */

import { deepStrictEqual, ok, throws } from "node:assert/strict";
import type { Config, ConfigOptions } from "../../src/config/config.ts";
import { makeCodexHome, resolveIn } from "./codex_home.ts";

Deno.test("without a file and with a key, everything has its default", async () => {
  const { config, warnings } = await resolveIn(undefined);
  const { model, provider, ...rest } = config;
  deepStrictEqual([model.slug, provider.id, warnings], ["gpt-5.3-codex", "openai", []]);
  deepStrictEqual(rest, {
    approvalPolicy: "never",
    sandboxMode: "read-only",
    sandboxPolicy: { type: "read-only" },
    sandboxLevel: "auto",
    sandboxRequired: false,
    onDenied: "continue",
    noShell: false,
    reasoning: { effort: "medium" },
    verbosity: "low",
    webSearch: "cached",
    features: {},
    projectDocMaxBytes: 32_768,
    projectDocFallbackFilenames: [],
    hideAgentReasoning: false,
    shellEnvironmentPolicy: {
      inherit: "all",
      ignore_default_excludes: false,
      exclude: [],
      include_only: [],
      set: {},
    },
    secretNames: ["OPENAI_API_KEY", "CODEX_API_KEY", "OPENAI_ORGANIZATION", "OPENAI_PROJECT"],
    knownSecrets: [],
    caCerts: [],
    contextWindow: 258_400,
    autoCompactTokenLimit: 244_800,
  });
});

Deno.test("the configuration is frozen to its last value", async () => {
  const { config } = await resolveIn(undefined);
  throws(() => Object.assign(config.model.truncation, { limit: 1 }), TypeError);
  throws(() => Object.assign(config.provider, { baseUrl: "" }), TypeError);
  ok(Object.isFrozen(config.secretNames));
});

/** Each row: config.toml, further options, and what they come to. */
const SETTINGS: [string, string, Partial<ConfigOptions>, (config: Config) => unknown, unknown][] = [
  ["project docs", 'project_doc_max_bytes = 0\nproject_doc_fallback_filenames = ["A.md"]', {}, (
    c,
  ) => [c.projectDocMaxBytes, c.projectDocFallbackFilenames], [0, ["A.md"]]],
  [
    "texts",
    'developer_instructions = "D"\nuser_instructions = "U"\nbase_instructions = "B"\ncompact_prompt = " C "',
    {},
    (c) => [c.developerInstructions, c.userInstructions, c.baseInstructions, c.compactPrompt],
    ["D", "U", "B", "C"],
  ],
  [
    "--system-prompt over base_instructions",
    'base_instructions = "B"',
    {
      flags: { systemPrompt: "S" },
    },
    (c) => c.baseInstructions,
    "S",
  ],
  [
    "what confines commands",
    'sandbox_level = "landlock"\nsandbox_required = true\non_denied = "fail"\nno_shell = true',
    {},
    (c) => [c.sandboxLevel, c.sandboxRequired, c.onDenied, c.noShell],
    ["landlock", true, "fail", true],
  ],
  [
    "level by flag",
    'sandbox_level = "landlock"',
    { flags: { sandboxLevel: "none" } },
    (c) => c.sandboxLevel,
    "none",
  ],
  ["the older instructions", 'instructions = "I"', {}, (c) => c.baseInstructions, "I"],
  ["service tier fast", 'service_tier = "fast"', {}, (c) => c.serviceTier, "priority"],
  ["service tier flex", 'service_tier = "flex"', {}, (c) => c.serviceTier, "flex"],
  ["personality", 'personality = "friendly"', {}, (c) => c.personality, "friendly"],
  ["web search", 'web_search = "live"', {}, (c) => c.webSearch, "live"],
  ["web search as a tool", "tools.web_search = true", {}, (c) => c.webSearch, "live"],
  ["web search as no tool", "tools.web_search = false", {}, (c) => c.webSearch, "disabled"],
  [
    "web search with settings",
    'tools.web_search = { context_size = "low" }',
    {},
    (c) => c.webSearch,
    "cached",
  ],
  ["web search as a feature", "features.web_search_request = true", {}, (c) => c.webSearch, "live"],
  [
    "the newer spelling first",
    'web_search = "cached"\ntools.web_search = true',
    {},
    (c) => c.webSearch,
    "cached",
  ],
  [
    "features",
    "experimental_use_unified_exec_tool = false\n[features]\na = true\nb = false\nc = { enabled = false }\nd = { x = 1 }",
    {},
    (c) => c.features,
    { unified_exec: false, a: true, b: false, c: false, d: true },
  ],
  [
    "environment policy",
    '[shell_environment_policy]\ninherit = "core"\nignore_default_excludes = true\nexclude = ["A*"]\ninclude_only = ["P*"]\nset = { B = "1" }',
    {},
    (c) => c.shellEnvironmentPolicy,
    {
      inherit: "core",
      ignore_default_excludes: true,
      exclude: ["A*"],
      include_only: ["P*"],
      set: { B: "1" },
    },
  ],
  [
    "limits of the window",
    "model_context_window = 100000\nmodel_auto_compact_token_limit = 80000",
    {},
    (c) => [c.contextWindow, c.autoCompactTokenLimit, c.model.contextWindow],
    [95_000, 80_000, 100_000],
  ],
  [
    "a compaction limit above 90 %",
    "model_auto_compact_token_limit = 999999",
    {},
    (c) => c.autoCompactTokenLimit,
    244_800,
  ],
  ["output limit in tokens", "tool_output_token_limit = 50", {}, (c) => c.model.truncation, {
    mode: "tokens",
    limit: 50,
  }],
  [
    "output limit in bytes",
    'model = "gpt-5"\ntool_output_token_limit = 50',
    {},
    (c) => c.model.truncation,
    { mode: "bytes", limit: 200 },
  ],
  [
    "-m over model",
    'model = "gpt-5"',
    { flags: { model: "gpt-5.1" } },
    (c) => c.model.slug,
    "gpt-5.1",
  ],
  [
    "-c over model",
    'model = "gpt-5"',
    { overrides: ["model=gpt-5.2"] },
    (c) => c.model.slug,
    "gpt-5.2",
  ],
  [
    "a flag over -c",
    "",
    { overrides: ["model=gpt-5.2"], flags: { model: "gpt-5.1" } },
    (c) => c.model.slug,
    "gpt-5.1",
  ],
  ["the last -c", "", { overrides: ["model=a", "model=b"] }, (c) => c.model.slug, "b"],
  [
    "approval without a person",
    'approval_policy = "on-request"',
    {},
    (c) => c.approvalPolicy,
    "never",
  ],
  [
    "approval with a person",
    'approval_policy = "on-failure"',
    { interactive: true },
    (c) => c.approvalPolicy,
    "on-failure",
  ],
  ["approval by default", "", { interactive: true }, (c) => c.approvalPolicy, "on-request"],
  [
    "approval by flag",
    "",
    { flags: { approvalPolicy: "untrusted" } },
    (c) => c.approvalPolicy,
    "untrusted",
  ],
  [
    "an approval table",
    "approval_policy = { granular = {} }",
    { interactive: true },
    (c) => c.approvalPolicy,
    "on-request",
  ],
];

for (const [title, toml, options, pick, expected] of SETTINGS) {
  Deno.test(`resolveConfig: ${title}`, async () => {
    await using home = await makeCodexHome({ "config.toml": toml });
    const { config, warnings } = await resolveIn(home, options);
    deepStrictEqual([pick(config), warnings], [expected, []]);
  });
}

const REASONING: [string, string, unknown, string | undefined, number][] = [
  ["gpt-5.1-codex", "", { effort: "medium", summary: "auto" }, undefined, 0],
  [
    "gpt-5.1-codex",
    'model_reasoning_effort = "high"',
    { effort: "high", summary: "auto" },
    undefined,
    0,
  ],
  ["gpt-5.1-codex", 'model_reasoning_summary = "none"', { effort: "medium" }, undefined, 0],
  [
    "gpt-5.4",
    'model_reasoning_summary = "detailed"',
    {
      effort: "medium",
      summary: "detailed",
    },
    "low",
    0,
  ],
  ["gpt-5.1", 'model_verbosity = "high"', { effort: "medium", summary: "auto" }, "high", 0],
  [
    "gpt-5.1-codex",
    'model_verbosity = "high"',
    { effort: "medium", summary: "auto" },
    undefined,
    1,
  ],
  ["my-own", "", null, undefined, 0],
  ["my-own", 'model_reasoning_effort = "low"', { effort: "low" }, undefined, 0],
  ["my-own", 'model_verbosity = "low"', null, "low", 0],
  ["my-own", "model_supports_reasoning_summaries = true", { summary: "auto" }, undefined, 0],
];

for (const [model, toml, reasoning, verbosity, warned] of REASONING) {
  Deno.test(`${model} with ${toml || "no setting"} is asked as it can be`, async () => {
    await using home = await makeCodexHome({ "config.toml": `model = "${model}"\n${toml}` });
    const { config, warnings } = await resolveIn(home);
    deepStrictEqual(
      [config.reasoning, config.verbosity, warnings.length],
      [reasoning, verbosity, warned],
    );
  });
}

Deno.test("a profile lies over the file and under -c, by either layout", async () => {
  await using home = await makeCodexHome({
    "config.toml": [
      'model = "gpt-5"',
      'sandbox_mode = "read-only"',
      "[features]",
      "a = true",
      "[profiles.p]",
      'model = "gpt-5.1"',
      "[profiles.p.features]",
      "b = true",
    ].join("\n"),
    "q.config.toml": 'model = "gpt-5.2"\nsandbox_mode = "danger-full-access"',
    "p.config.toml": 'web_search = "live"',
  });
  const pick = ({ config: c }: { config: Config }) => ({
    profile: c.profile,
    model: c.model.slug,
    mode: c.sandboxMode,
    features: c.features,
    webSearch: c.webSearch,
  });
  deepStrictEqual(pick(await resolveIn(home, { profile: "p" })), {
    profile: "p",
    model: "gpt-5.1",
    mode: "read-only",
    features: { a: true, b: true },
    webSearch: "live",
  });
  deepStrictEqual(pick(await resolveIn(home, { profile: "q", overrides: ["model=x"] })), {
    profile: "q",
    model: "x",
    mode: "danger-full-access",
    features: { a: true },
    webSearch: "cached",
  });
  deepStrictEqual((await resolveIn(home, { overrides: ["profile=q"] })).config.profile, "q");
});

Deno.test("the top-level profile is the default one, and -p another", async () => {
  await using home = await makeCodexHome({
    "config.toml":
      'profile = "a"\n[profiles.a]\nmodel = "gpt-5.1"\n[profiles.b]\nmodel = "gpt-5.2"',
  });
  deepStrictEqual((await resolveIn(home)).config.model.slug, "gpt-5.1");
  deepStrictEqual((await resolveIn(home, { profile: "b" })).config.model.slug, "gpt-5.2");
});

Deno.test("paths are relative to the file that names them, those of -c to the folder", async () => {
  await using home = await makeCodexHome({
    "config.toml": 'model_instructions_file = "mine.md"',
    "mine.md": "  Mine.\n",
    "work/other.md": "Other.",
  });
  const options = { cwd: `${home.path}/work`, overrides: ["model_instructions_file=other.md"] };
  deepStrictEqual((await resolveIn(home)).config.baseInstructions, "Mine.");
  deepStrictEqual((await resolveIn(home, options)).config.baseInstructions, "Other.");
});

Deno.test("--config-file takes the place of config.toml and is its own base", async () => {
  await using home = await makeCodexHome({
    "config.toml": 'model = "gpt-5"',
    "else/where.toml": 'model = "gpt-5.1"\nmodel_instructions_file = "b.md"',
    "else/b.md": "B",
  });
  const { config } = await resolveIn(home, { configFile: `${home.path}/else/where.toml` });
  deepStrictEqual([config.model.slug, config.baseInstructions], ["gpt-5.1", "B"]);
});

Deno.test("ca_certs gives the certificates of each file", async () => {
  const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;
  await using home = await makeCodexHome({
    "config.toml": 'ca_certs = ["a.pem", "b.pem"]',
    "a.pem": `# one\n${pem("AA")}\n${pem("BB")}\n`,
    "b.pem": pem("CC"),
  });
  deepStrictEqual((await resolveIn(home)).config.caCerts, [pem("AA"), pem("BB"), pem("CC")]);
});
