/** The shape of config.toml: the keys of Codex that decodex acts on, and a few of its own. */

import * as z from "zod/mini";

/** Of the whole file; with `keys` of those alone, for a table that has no others that are known. */
export function configSchema(keys?: readonly string[]): ReturnType<typeof buildSchema> {
  return buildSchema(keys);
}

export type ConfigTable = z.infer<ReturnType<typeof buildSchema>>;
export type ProviderTable = NonNullable<ConfigTable["model_providers"]>[string];

function buildSchema(keys: readonly string[] | undefined) {
  const leaf = leaves();
  const settings = settingsShape(leaf);
  const whole = {
    ...settings,
    profile: leaf.text,
    profiles: () => z.optional(z.record(z.string(), z.strictObject(built(settings)))),
    model_providers: () => z.optional(z.record(z.string(), providerSchema(leaf))),
    projects: () =>
      z.optional(
        z.record(z.string(), z.looseObject({ trust_level: oneOf(["trusted", "untrusted"])() })),
      ),
  };
  return z.strictObject(built(whole, keys));
}

/** A shape whose schemas are made when they are asked for: making one costs more than using it. */
type LazyShape = Readonly<Record<string, () => z.core.SomeType>>;
type Built<S extends LazyShape> = { [K in keyof S]: ReturnType<S[K]> };

function built<S extends LazyShape>(shape: S, keys: readonly string[] = Object.keys(shape)) {
  const made = keys.flatMap((key) => {
    const make = Object.hasOwn(shape, key) ? shape[key] : undefined;
    return make ? [[key, make()] as const] : [];
  });
  return Object.fromEntries(made) as Built<S>;
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
    ca_certs: () => z.optional(z.union([z.string(), z.array(z.string())])),

    approval_policy: () =>
      z.optional(
        z.union([z.enum(["untrusted", "on-failure", "on-request", "never"]), table()]),
      ),
    sandbox_mode: oneOf(["read-only", "workspace-write", "danger-full-access"]),
    // Our own.
    sandbox_level: oneOf(["auto", "bubblewrap", "landlock", "none"]),
    sandbox_required: flag,
    on_denied: oneOf(["continue", "fail"]),
    no_shell: flag,
    sandbox_workspace_write: () =>
      z.optional(z.strictObject(built({
        writable_roots: texts,
        network_access: flag,
        exclude_tmpdir_env_var: flag,
        exclude_slash_tmp: flag,
      }))),
    shell_environment_policy: () =>
      z.optional(z.strictObject(built({
        inherit: oneOf(["all", "core", "none"]),
        ignore_default_excludes: flag,
        exclude: texts,
        include_only: texts,
        set: textTable,
        experimental_use_profile: flag,
      }))),

    ...promptShape(leaf),
    hide_agent_reasoning: flag,

    web_search: oneOf(["disabled", "cached", "live"]),
    tools: () =>
      z.optional(z.looseObject({
        web_search: z.optional(flagOrTable()),
        web_search_request: flag(),
      })),
    features: () => z.optional(z.record(z.string(), flagOrTable())),
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
    project_doc_max_bytes: () => z.optional(z.int().check(z.gte(0))),
    project_doc_fallback_filenames: texts,
  };
}

function providerSchema(
  { text, textTable, anything, flag, flagOrText, retries, milliseconds }: Leaves,
) {
  return z.strictObject(built({
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
  }));
}

/** One schema for all keys of a kind. */
function leaves() {
  const table = once(() => z.record(z.string(), z.unknown()));
  return {
    text: once(() => z.optional(z.string())),
    texts: once(() => z.optional(z.array(z.string()))),
    textTable: once(() => z.optional(z.record(z.string(), z.string()))),
    anything: once(() => z.optional(z.unknown())),
    flag: once(() => z.optional(z.boolean())),
    flagOrText: once(() => z.optional(z.union([z.boolean(), z.string()]))),
    flagOrTable: once(() => z.union([z.boolean(), table()])),
    table,
    positive: once(() => z.optional(z.int().check(z.gte(1)))),
    retries: once(() => z.optional(z.int().check(z.gte(0), z.lte(MAX_RETRIES)))),
    milliseconds: once(() => z.optional(z.int().check(z.gte(1), z.lte(MAX_TIMER_MS)))),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

function oneOf<const V extends readonly string[]>(values: V) {
  return () => z.optional(z.enum(values));
}

/** More tries than this are a typing error: the last delays alone would take days. */
const MAX_RETRIES = 100;

/** What a timer can count; a longer delay would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
