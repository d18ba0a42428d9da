/** The shape of config.toml: the keys of Codex that decodex acts on, and a few of its own. */

import * as z from "zod/mini";

/** Built when it is first asked for: most of it costs nothing where there is no file. */
export function configSchema(): ReturnType<typeof buildSchema> {
  return buildSchema();
}

export type ConfigTable = z.infer<ReturnType<typeof buildSchema>>;
export type ProviderTable = NonNullable<ConfigTable["model_providers"]>[string];

function buildSchema() {
  const leaf = leaves();
  const settings = settingsShape(leaf);
  return z.strictObject({
    ...settings,
    profile: leaf.text,
    profiles: z.optional(z.record(z.string(), z.strictObject(settings))),
    model_providers: z.optional(z.record(z.string(), providerSchema(leaf))),
    projects: z.optional(
      z.record(z.string(), z.looseObject({ trust_level: oneOf(["trusted", "untrusted"]) })),
    ),
  });
}

type Leaves = ReturnType<typeof leaves>;

/** What may stand at the top and in a profile. */
function settingsShape(leaf: Leaves) {
  const { text, texts, textTable, flag, flagOrText, flagOrTable, table, positive } = leaf;
  return {
    model: text,
    model_provider: text,
    model_context_window: positive,
    model_auto_compact_token_limit: positive,
    model_catalog_json: text,
    model_reasoning_effort: oneOf(["none", "minimal", "low", "medium", "high", "xhigh"]),
    model_reasoning_summary: oneOf(["auto", "concise", "detailed", "none"]),
    model_supports_reasoning_summaries: flag,
    model_verbosity: oneOf(["low", "medium", "high"]),
    service_tier: oneOf(["fast", "flex", "priority", "default", "auto"]),
    tool_output_token_limit: positive,
    openai_base_url: text,
    oss_provider: oneOf(["ollama", "lmstudio"]),
    use_chat_completion: flagOrText,
    ca_certs: z.optional(z.union([z.string(), z.array(z.string())])),

    approval_policy: z.optional(
      z.union([z.enum(["untrusted", "on-failure", "on-request", "never"]), table]),
    ),
    sandbox_mode: oneOf(["read-only", "workspace-write", "danger-full-access"]),
    // Our own.
    sandbox_level: oneOf(["auto", "bubblewrap", "landlock", "none"]),
    sandbox_required: flag,
    on_denied: oneOf(["continue", "fail"]),
    no_shell: flag,
    sandbox_workspace_write: z.optional(z.strictObject({
      writable_roots: texts,
      network_access: flag,
      exclude_tmpdir_env_var: flag,
      exclude_slash_tmp: flag,
    })),
    shell_environment_policy: z.optional(z.strictObject({
      inherit: oneOf(["all", "core", "none"]),
      ignore_default_excludes: flag,
      exclude: texts,
      include_only: texts,
      set: textTable,
      experimental_use_profile: flag,
    })),

    ...promptShape(leaf),
    hide_agent_reasoning: flag,

    web_search: oneOf(["disabled", "cached", "live"]),
    tools: z.optional(z.looseObject({
      web_search: z.optional(flagOrTable),
      web_search_request: flag,
    })),
    features: z.optional(z.record(z.string(), flagOrTable)),
    experimental_use_unified_exec_tool: flag,
    experimental_use_freeform_apply_patch: flag,
  };
}

/** What is told to the model. */
function promptShape({ text, texts }: Leaves) {
  return {
    base_instructions: text,
    instructions: text,
    model_instructions_file: text,
    experimental_instructions_file: text,
    developer_instructions: text,
    user_instructions: text,
    compact_prompt: text,
    experimental_compact_prompt_file: text,
    personality: oneOf(["none", "friendly", "pragmatic"]),
    project_doc_max_bytes: z.optional(z.int().check(z.gte(0))),
    project_doc_fallback_filenames: texts,
  };
}

function providerSchema(
  { text, textTable, anything, flag, flagOrText, retries, milliseconds }: Leaves,
) {
  return z.strictObject({
    name: text,
    base_url: text,
    env_key: text,
    env_key_instructions: text,
    experimental_bearer_token: text,
    wire_api: text,
    query_params: textTable,
    http_headers: textTable,
    env_http_headers: textTable,
    request_max_retries: retries,
    stream_max_retries: retries,
    stream_idle_timeout_ms: milliseconds,
    requires_openai_auth: flag,
    // Known to Codex and of no use here.
    auth: anything,
    supports_websockets: anything,
    websocket_connect_timeout_ms: anything,
    use_chat_completion: flagOrText,
    // Our own.
    connect_timeout_ms: milliseconds,
    header_timeout_ms: milliseconds,
    total_timeout_ms: milliseconds,
  });
}

/** One object for all keys of a kind: making one costs more than using it. */
function leaves() {
  const table = z.record(z.string(), z.unknown());
  return {
    text: z.optional(z.string()),
    texts: z.optional(z.array(z.string())),
    textTable: z.optional(z.record(z.string(), z.string())),
    anything: z.optional(z.unknown()),
    flag: z.optional(z.boolean()),
    flagOrText: z.optional(z.union([z.boolean(), z.string()])),
    flagOrTable: z.union([z.boolean(), table]),
    table,
    positive: z.optional(z.int().check(z.gte(1))),
    retries: z.optional(z.int().check(z.gte(0), z.lte(MAX_RETRIES))),
    milliseconds: z.optional(z.int().check(z.gte(1), z.lte(MAX_TIMER_MS))),
  };
}

function oneOf<const V extends readonly string[]>(values: V) {
  return z.optional(z.enum(values));
}

/** More tries than this are a typing error: the last delays alone would take days. */
const MAX_RETRIES = 100;

/** What a timer can count; a longer delay would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
