/** Flags, environment and config.toml become one frozen value, once. */

import { ConfigError, errorMessage, UsageError } from "../protocol/error.ts";
import type { ShellEnvironmentPolicy } from "../protocol/environment.ts";
import type { ModelInfo } from "../protocol/model_info.ts";
import type { AskForApproval, SandboxMode, SandboxPolicy } from "../protocol/policy.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { checkConfig, type ConfigText, readConfigFile, unknownKeys } from "./config_file.ts";
import { demoModel, parseCatalog, resolveModel } from "./models.ts";
import { applyOverrides, merge, type Table } from "./overrides.ts";
import { DEMO, resolveProvider, secretNames } from "./providers.ts";
import type { ConfigTable } from "./schema.ts";

export interface ConfigFlags {
  readonly model?: string;
  readonly modelProvider?: string;
  readonly sandboxMode?: SandboxMode;
  readonly approvalPolicy?: AskForApproval;
  /** Absolute. */
  readonly addDirs?: readonly string[];
  readonly systemPrompt?: string;
  readonly timeoutSeconds?: number;
}

export interface ConfigOptions {
  readonly home: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** `-c key=value`. */
  readonly overrides: readonly string[];
  readonly profile?: string;
  /** Instead of `CODEX_HOME/config.toml`. */
  readonly configFile?: string;
  /** Unknown keys are errors. */
  readonly strict?: boolean;
  readonly flags: ConfigFlags;
  onWarning(message: string): void;
}

export interface Config {
  readonly model: ModelInfo;
  readonly provider: ProviderInfo;
  readonly approvalPolicy: AskForApproval;
  readonly sandboxMode: SandboxMode;
  readonly sandboxPolicy: SandboxPolicy;
  /** What `reasoning` of a request is; null for a model that does not reason. */
  readonly reasoning: { readonly effort?: string; readonly summary?: string } | null;
  readonly verbosity?: string;
  /** As the wire names it. */
  readonly serviceTier?: string;
  readonly webSearch: "disabled" | "cached" | "live";
  readonly features: Readonly<Record<string, boolean>>;
  readonly projectDocMaxBytes: number;
  readonly projectDocFallbackFilenames: readonly string[];
  readonly developerInstructions?: string;
  readonly userInstructions?: string;
  /** In the place of our own prompt. */
  readonly baseInstructions?: string;
  readonly shellEnvironmentPolicy: ShellEnvironmentPolicy;
  /** Variables that no command may see. */
  readonly secretNames: readonly string[];
  /** In tokens, the usable share of the window. */
  readonly contextWindow: number;
  readonly autoCompactTokenLimit: number;
}

const DEFAULT_MODEL = "gpt-5.3-codex";
const DEFAULT_OSS_MODEL = "gpt-oss:20b";

/** Fails with a `ConfigError`, or a `CodexError` where a key is missing. */
export async function resolveConfig(options: ConfigOptions): Promise<Config> {
  const { flags, env, home } = options;
  const { table, folder } = await loadTable(options);
  const providerId = flags.modelProvider ?? table.model_provider ?? "openai";
  const isDemo = providerId === DEMO;
  const model = isDemo ? demoModel() : await modelOf(table, { providerId, flags, folder });
  const provider = await resolveProvider({
    table,
    id: providerId,
    home,
    env,
    ...flags.timeoutSeconds !== undefined && { totalTimeoutMs: flags.timeoutSeconds * 1000 },
  });
  const sandboxMode = flags.sandboxMode ?? table.sandbox_mode ??
    (isDemo || isTrusted(table, options.cwd) ? "workspace-write" : "read-only");
  const baseInstructions = await instructionsOf(table, { flags, folder });
  return Object.freeze<Config>({
    model,
    provider,
    approvalPolicy: flags.approvalPolicy ?? "never",
    sandboxMode,
    sandboxPolicy: sandboxPolicy(sandboxMode, table, flags.addDirs ?? []),
    reasoning: reasoningOf(table, model),
    ...optional("verbosity", table.model_verbosity ?? model.verbosity),
    ...optional("serviceTier", table.service_tier === "fast" ? "priority" : table.service_tier),
    webSearch: table.web_search ?? "cached",
    features: features(table),
    projectDocMaxBytes: table.project_doc_max_bytes ?? 32 * 1024,
    projectDocFallbackFilenames: table.project_doc_fallback_filenames ?? [],
    ...optional("developerInstructions", table.developer_instructions),
    ...optional("userInstructions", table.user_instructions),
    ...optional("baseInstructions", baseInstructions),
    shellEnvironmentPolicy: environmentPolicy(table),
    secretNames: secretNames({ table, id: providerId }),
    contextWindow: Math.floor(
      (table.model_context_window ?? model.contextWindow) * model.effectiveContextWindowPercent /
        100,
    ),
    autoCompactTokenLimit: Math.min(
      table.model_auto_compact_token_limit ?? Infinity,
      table.model_context_window === undefined
        ? model.autoCompactTokenLimit
        : Math.floor(table.model_context_window * 0.9),
    ),
  });
}

interface Loaded {
  readonly table: ConfigTable;
  /** What relative paths of the file are relative to. */
  readonly folder: string;
}

async function loadTable(options: ConfigOptions): Promise<Loaded> {
  const { home, configFile, cwd } = options;
  const path = configFile ?? (home === undefined ? undefined : `${home}/config.toml`);
  const file = path === undefined
    ? undefined
    : await readConfigFile(path, { required: configFile !== undefined });
  if (file) reportUnknown(file, options);
  const withOverrides = applyOverrides(file?.table ?? {}, options.overrides);
  const name = options.profile ?? textOf(withOverrides["profile"]);
  const layered = name === undefined
    ? withOverrides
    : applyOverrides(await layerProfile(withOverrides, name, options), options.overrides);
  const folder = path === undefined ? cwd : path.slice(0, path.lastIndexOf("/")) || cwd;
  return { table: checkConfig(layered, file), folder };
}

function reportUnknown(file: ConfigText, { strict, onWarning }: ConfigOptions): void {
  for (const { message } of unknownKeys(file)) {
    if (strict) throw new ConfigError(`Cannot use ${message}`);
    onWarning(message);
  }
}

/** `[profiles.NAME]` or a file of its own; providers and projects stay those of the main file. */
async function layerProfile(table: Table, name: string, options: ConfigOptions): Promise<Table> {
  const profiles = table["profiles"] as Table | undefined;
  if (profiles && Object.hasOwn(profiles, name)) return merge(table, profiles[name] as Table);
  const safe = /^[\w.-]+$/.test(name) && !name.startsWith(".");
  const file = safe && options.home !== undefined
    ? await readConfigFile(`${options.home}/${name}.config.toml`, { required: false })
    : undefined;
  if (file) return merge(table, file.table);
  const known = Object.keys(profiles ?? {}).join(", ");
  throw new ConfigError(
    `Cannot find profile "${name}": neither [profiles.${name}] nor CODEX_HOME/${name}.config.toml ` +
      `is there${known === "" ? "" : `; known are ${known}`}`,
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

async function modelOf(
  table: ConfigTable,
  { providerId, flags, folder }: { providerId: string; flags: ConfigFlags; folder: string },
): Promise<ModelInfo> {
  const local = providerId === "ollama" || providerId === "lmstudio";
  const slug = flags.model ?? table.model ?? (local ? DEFAULT_OSS_MODEL : DEFAULT_MODEL);
  const path = table.model_catalog_json;
  if (path === undefined) return resolveModel(slug);
  const absolute = fromFolder(folder, path);
  return resolveModel(
    slug,
    parseCatalog(await readNamed(absolute, "model_catalog_json"), absolute),
  );
}

async function instructionsOf(
  table: ConfigTable,
  { flags, folder }: { flags: ConfigFlags; folder: string },
): Promise<string | undefined> {
  if (flags.systemPrompt !== undefined) return flags.systemPrompt;
  if (table.base_instructions !== undefined) return table.base_instructions;
  const path = table.model_instructions_file ?? table.experimental_instructions_file;
  if (path === undefined) return undefined;
  const text = (await readNamed(fromFolder(folder, path), "model_instructions_file")).trim();
  if (text === "") {
    throw new ConfigError(`Cannot use model_instructions_file "${path}": it is empty`);
  }
  return text;
}

async function readNamed(path: string, key: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new ConfigError(`Cannot read ${key} "${path}": ${errorMessage(cause)}`, { cause });
  }
}

function fromFolder(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

/** Asked of the nearest folder upwards that has an entry. */
function isTrusted(table: ConfigTable, cwd: string): boolean {
  const projects = table.projects ?? {};
  for (let dir = cwd;; dir = dir.slice(0, dir.lastIndexOf("/"))) {
    const entry = Object.hasOwn(projects, dir || "/") ? projects[dir || "/"] : undefined;
    if (entry) return entry.trust_level === "trusted";
    if (dir === "" || dir === "/") return false;
  }
}

function sandboxPolicy(
  mode: SandboxMode,
  table: ConfigTable,
  addDirs: readonly string[],
): SandboxPolicy {
  if (mode !== "workspace-write") return { type: mode };
  const settings = table.sandbox_workspace_write ?? {};
  const roots = [...settings.writable_roots ?? [], ...addDirs];
  const relative = roots.find((root) => !root.startsWith("/"));
  if (relative !== undefined) {
    throw new UsageError(`Cannot use writable root "${relative}": it has to be an absolute path`);
  }
  return {
    type: mode,
    writable_roots: roots,
    network_access: settings.network_access ?? false,
    exclude_tmpdir_env_var: settings.exclude_tmpdir_env_var ?? false,
    exclude_slash_tmp: settings.exclude_slash_tmp ?? false,
  };
}

function reasoningOf(table: ConfigTable, model: ModelInfo): Config["reasoning"] {
  const forced = table.model_supports_reasoning_summaries ?? false;
  if (!model.reasoning && !forced) return null;
  const effort = table.model_reasoning_effort ?? model.reasoning?.effort;
  const summary = table.model_reasoning_summary ?? model.reasoning?.summary;
  return {
    ...effort !== undefined && { effort },
    ...summary !== undefined && summary !== "none" && { summary },
  };
}

function features(table: ConfigTable): Record<string, boolean> {
  const entries = Object.entries(table.features ?? {});
  return Object.fromEntries(
    entries.flatMap(([name, on]) => typeof on === "boolean" ? [[name, on]] : []),
  );
}

function environmentPolicy(table: ConfigTable): ShellEnvironmentPolicy {
  const policy = table.shell_environment_policy ?? {};
  return {
    inherit: policy.inherit ?? "all",
    ignore_default_excludes: policy.ignore_default_excludes ?? true,
    exclude: policy.exclude ?? [],
    include_only: policy.include_only ?? [],
    set: policy.set ?? {},
  };
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : { [key]: value } as { [P in K]?: string };
}
