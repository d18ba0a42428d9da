/** The shape of config.toml: the keys of Codex, and a few of ours. */

import * as z from "zod/mini";

const wholeNumber = () => z.number().check(z.int(), z.gte(0));
const strings = () => z.array(z.string());
const stringTable = () => z.record(z.string(), z.string());

export const PROVIDER = z.object({
  name: z.optional(z.string()),
  base_url: z.optional(z.string()),
  env_key: z.optional(z.string()),
  env_key_instructions: z.optional(z.string()),
  experimental_bearer_token: z.optional(z.string()),
  wire_api: z.optional(z.string()),
  http_headers: z.optional(stringTable()),
  env_http_headers: z.optional(stringTable()),
  query_params: z.optional(stringTable()),
  request_max_retries: z.optional(wholeNumber()),
  stream_max_retries: z.optional(wholeNumber()),
  stream_idle_timeout_ms: z.optional(z.number().check(z.int(), z.gte(1))),
  requires_openai_auth: z.optional(z.boolean()),
  supports_websockets: z.optional(z.boolean()),
  websocket_connect_timeout_ms: z.optional(wholeNumber()),
  // Ours.
  connect_timeout_ms: z.optional(z.number().check(z.int(), z.gte(1))),
  header_timeout_ms: z.optional(z.number().check(z.int(), z.gte(1))),
  total_timeout_ms: z.optional(z.number().check(z.int(), z.gte(1))),
});

/** Keys that may stand at the top or in a profile. */
const PROFILE_KEYS = {
  model: z.optional(z.string()),
  model_provider: z.optional(z.string()),
  approval_policy: z.optional(z.enum(["untrusted", "on-failure", "on-request", "never"])),
  sandbox_mode: z.optional(z.enum(["read-only", "workspace-write", "danger-full-access"])),
  model_reasoning_effort: z.optional(
    z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]),
  ),
  model_reasoning_summary: z.optional(z.enum(["auto", "concise", "detailed", "none"])),
  model_verbosity: z.optional(z.enum(["low", "medium", "high"])),
  service_tier: z.optional(z.string()),
  web_search: z.optional(z.enum(["disabled", "cached", "live"])),
  personality: z.optional(z.string()),
  base_instructions: z.optional(z.string()),
  model_instructions_file: z.optional(z.string()),
  experimental_instructions_file: z.optional(z.string()),
  developer_instructions: z.optional(z.string()),
  user_instructions: z.optional(z.string()),
  model_catalog_json: z.optional(z.string()),
  features: z.optional(z.record(z.string(), z.unknown())),
};

const ENVIRONMENT_POLICY = z.object({
  inherit: z.optional(z.enum(["all", "core", "none"])),
  ignore_default_excludes: z.optional(z.boolean()),
  exclude: z.optional(strings()),
  include_only: z.optional(strings()),
  set: z.optional(stringTable()),
  experimental_use_profile: z.optional(z.boolean()),
});

const WORKSPACE_WRITE = z.object({
  writable_roots: z.optional(strings()),
  network_access: z.optional(z.boolean()),
  exclude_tmpdir_env_var: z.optional(z.boolean()),
  exclude_slash_tmp: z.optional(z.boolean()),
});

export const CONFIG = z.object({
  ...PROFILE_KEYS,
  profile: z.optional(z.string()),
  profiles: z.optional(z.record(z.string(), z.object(PROFILE_KEYS))),
  model_providers: z.optional(z.record(z.string(), PROVIDER)),
  openai_base_url: z.optional(z.string()),
  model_context_window: z.optional(z.number().check(z.int(), z.gte(1))),
  model_auto_compact_token_limit: z.optional(z.number().check(z.int(), z.gte(1))),
  model_supports_reasoning_summaries: z.optional(z.boolean()),
  sandbox_workspace_write: z.optional(WORKSPACE_WRITE),
  shell_environment_policy: z.optional(ENVIRONMENT_POLICY),
  project_doc_max_bytes: z.optional(wholeNumber()),
  project_doc_fallback_filenames: z.optional(strings()),
  projects: z.optional(
    z.record(z.string(), z.object({ trust_level: z.optional(z.enum(["trusted", "untrusted"])) })),
  ),
});

export type ConfigTable = z.infer<typeof CONFIG>;
export type ProviderTable = z.infer<typeof PROVIDER>;

/** Codex's keys that decodex has no use for: a shared file may hold them. */
export const ACCEPTED: ReadonlySet<string> = new Set([
  "agents",
  "allow_login_shell",
  "analytics",
  "apps",
  "audio",
  "background_terminal_max_timeout",
  "chatgpt_base_url",
  "check_for_update_on_startup",
  "cli_auth_credentials_store",
  "commit_attribution",
  "compact_prompt",
  "default_permissions",
  "disable_paste_burst",
  "disable_response_storage",
  "experimental_compact_prompt_file",
  "experimental_use_freeform_apply_patch",
  "experimental_use_unified_exec_tool",
  "feedback",
  "file_opener",
  "forced_chatgpt_workspace_id",
  "forced_login_method",
  "ghost_snapshot",
  "hide_agent_reasoning",
  "history",
  "include_apply_patch_tool",
  "instructions",
  "js_repl_node_module_dirs",
  "js_repl_node_path",
  "log_dir",
  "mcp_oauth_callback_port",
  "mcp_oauth_credentials_store",
  "mcp_servers",
  "memories",
  "notice",
  "notify",
  "oss_provider",
  "otel",
  "permissions",
  "plan_mode_reasoning_effort",
  "plugins",
  "preferred_auth_method",
  "project_root_markers",
  "realtime",
  "review_model",
  "sandbox_level",
  "sandbox_required",
  "show_raw_agent_reasoning",
  "skills",
  "sqlite_home",
  "suppress_unstable_features_warning",
  "tool_output_token_limit",
  "tools",
  "tui",
  "use_chat_completion",
  "windows",
  "windows_wsl_setup_acknowledged",
  "zsh_path",
]);

/** Keys of a table of the schema, for hints and for what is unknown. */
export function knownKeys(path: readonly string[]): readonly string[] | undefined {
  const [first = "", , ...rest] = path;
  if (path.length === 0) return [...Object.keys(CONFIG.shape), ...ACCEPTED];
  if (first === "model_providers") {
    return path.length === 2 ? Object.keys(PROVIDER.shape) : undefined;
  }
  if (first === "profiles") return path.length === 2 ? Object.keys(PROFILE_KEYS) : undefined;
  if (rest.length > 0 || path.length > 1) return undefined;
  if (first === "sandbox_workspace_write") return Object.keys(WORKSPACE_WRITE.shape);
  if (first === "shell_environment_policy") return Object.keys(ENVIRONMENT_POLICY.shape);
  return undefined;
}
