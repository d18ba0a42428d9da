/** Flags, environment and config.toml become one frozen value, once. */

import type { ShellEnvironmentPolicy } from "../protocol/environment.ts";
import type { SandboxLevel } from "../protocol/confinement.ts";
import type { KnownSecret } from "../protocol/known_secret.ts";
import type { AskForApproval, SandboxMode, SandboxPolicy } from "../protocol/policy.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { featuresOf, webSearchOf } from "./features.ts";
import { secretsOf } from "./known_secrets.ts";
import { type LoadedTable, type LoadOptions, loadTable } from "./load_table.ts";
import { modelOf, reasoningOf, verbosityOf } from "./model_settings.ts";
import type { CatalogModel } from "./models.ts";
import { DEMO, resolveProvider } from "./providers.ts";
import {
  defaultApproval,
  defaultSandboxMode,
  sandboxPolicyOf,
  type TrustLevel,
  trustLevelOf,
} from "./sandbox.ts";
import type { ConfigTable } from "./schema.ts";

export type WantedLevel = SandboxLevel | "auto";

export interface ConfigFlags {
  readonly model?: string;
  readonly modelProvider?: string;
  /** A model on this machine: that of `oss_provider`, else Ollama's. */
  readonly oss?: boolean;
  readonly sandboxMode?: SandboxMode;
  readonly approvalPolicy?: AskForApproval;
  /** Absolute. */
  readonly addDirs?: readonly string[];
  readonly systemPrompt?: string;
  /** No model call may take longer. */
  readonly timeoutSeconds?: number;
  readonly sandboxLevel?: WantedLevel;
  readonly sandboxRequired?: boolean;
  readonly onDenied?: "continue" | "fail";
  readonly noShell?: boolean;
}

export interface ConfigOptions extends LoadOptions {
  readonly flags: ConfigFlags;
  /** Whether somebody is there to be asked; where not, `approval_policy` is `never`, as in Codex. */
  readonly interactive?: boolean;
  /** For who asks nothing of the provider: it is no fault that there is no key. */
  readonly withoutKey?: boolean;
}

export interface Config {
  readonly model: CatalogModel;
  readonly provider: ProviderInfo;
  /** The profile that is in force. */
  readonly profile?: string;
  readonly approvalPolicy: AskForApproval;
  readonly sandboxMode: SandboxMode;
  readonly sandboxPolicy: SandboxPolicy;
  /** What confines commands: the strongest that can be had, or this one. */
  readonly sandboxLevel: WantedLevel;
  /** Without it nothing is asked of the model. */
  readonly sandboxRequired: boolean;
  /** What becomes of a run in which a permission was refused. */
  readonly onDenied: "continue" | "fail";
  /** No tool may start a process. */
  readonly noShell: boolean;
  readonly trustLevel?: TrustLevel;
  /** What `reasoning` of a request is; null for a model that does not reason. */
  readonly reasoning: { readonly effort?: string; readonly summary?: string } | null;
  readonly verbosity?: string;
  /** As the wire names it. */
  readonly serviceTier?: string;
  readonly webSearch: "disabled" | "cached" | "live";
  /** Only what is set. */
  readonly features: Readonly<Record<string, boolean>>;
  readonly projectDocMaxBytes: number;
  readonly projectDocFallbackFilenames: readonly string[];
  readonly developerInstructions?: string;
  readonly userInstructions?: string;
  /** In the place of our own prompt. */
  readonly baseInstructions?: string;
  /** In the place of our own prompt for compaction. */
  readonly compactPrompt?: string;
  readonly personality?: "none" | "friendly" | "pragmatic";
  readonly hideAgentReasoning: boolean;
  readonly shellEnvironmentPolicy: ShellEnvironmentPolicy;
  /** Variables that no command may see. */
  readonly secretNames: readonly string[];
  /** What is taken out of everything that tools give. */
  readonly knownSecrets: readonly KnownSecret[];
  /** PEM texts of `ca_certs`, trusted beside the system's. */
  readonly caCerts: readonly string[];
  /** In tokens, the usable share of the window. */
  readonly contextWindow: number;
  readonly autoCompactTokenLimit: number;
}

/** As in Codex. */
const PROJECT_DOC_MAX_BYTES = 32 * 1024;

/** Fails with a `ConfigError`, a `UsageError` of `-c`, or a `CodexError` where a key is missing. */
export async function resolveConfig(options: ConfigOptions): Promise<Config> {
  const { flags, env, home, onWarning } = options;
  const loaded = await loadTable(options);
  const { table, profile } = loaded;
  const id = providerId(flags, table);
  const model = await modelOf(loaded, { providerId: id, slug: flags.model });
  const provider = await resolveProvider({
    loaded,
    id,
    home,
    env,
    ...optional("withoutKey", options.withoutKey),
    ...flags.timeoutSeconds !== undefined && { totalTimeoutMs: toTimer(flags.timeoutSeconds) },
  });
  const features = featuresOf(table);
  return deepFreeze<Config>({
    model,
    provider,
    ...optional("profile", profile),
    ...await rightsOf(loaded, options),
    reasoning: reasoningOf(table, model, onWarning),
    ...optional("verbosity", verbosityOf(table, model, onWarning)),
    ...optional("serviceTier", table.service_tier === "fast" ? "priority" : table.service_tier),
    webSearch: webSearchOf(table, features),
    features,
    projectDocMaxBytes: table.project_doc_max_bytes ?? PROJECT_DOC_MAX_BYTES,
    projectDocFallbackFilenames: table.project_doc_fallback_filenames ?? [],
    ...optional("developerInstructions", table.developer_instructions),
    ...optional("userInstructions", table.user_instructions),
    ...await textsOf(loaded, flags.systemPrompt),
    ...optional("personality", table.personality),
    hideAgentReasoning: table.hide_agent_reasoning ?? false,
    shellEnvironmentPolicy: environmentPolicyOf(table),
    ...await secretsOf({ table, provider, home, env }),
    contextWindow: Math.floor(model.contextWindow * model.effectiveContextWindowPercent / 100),
    autoCompactTokenLimit: model.autoCompactTokenLimit,
  });
}

type Texts = Pick<Config, "baseInstructions" | "compactPrompt" | "caCerts">;

/** Keys whose values are texts, or name the files that hold them. */
const TEXT_KEYS = [
  "base_instructions",
  "instructions",
  "model_instructions_file",
  "experimental_instructions_file",
  "compact_prompt",
  "experimental_compact_prompt_file",
  "ca_certs",
] as const;

/** Most configurations have none, and then nothing of it is loaded. */
async function textsOf(loaded: LoadedTable, systemPrompt: string | undefined): Promise<Texts> {
  const { table } = loaded;
  if (!TEXT_KEYS.some((key) => table[key] !== undefined)) {
    return { ...optional("baseInstructions", systemPrompt), caCerts: [] };
  }
  const files = await import("./named_files.ts");
  return {
    ...optional("baseInstructions", systemPrompt ?? await files.baseInstructionsOf(loaded)),
    ...optional("compactPrompt", await files.compactPromptOf(loaded)),
    caCerts: await files.caCertsOf(loaded),
  };
}

/** A timer cannot count further, and would fire at once. */
function toTimer(seconds: number): number {
  return Math.min(Math.max(1, Math.round(seconds * 1000)), 2 ** 31 - 1);
}

function providerId(flags: ConfigFlags, table: ConfigTable): string {
  if (flags.modelProvider !== undefined) return flags.modelProvider;
  return flags.oss ? table.oss_provider ?? "ollama" : table.model_provider ?? "openai";
}

type Rights = Pick<
  Config,
  | "approvalPolicy"
  | "sandboxMode"
  | "sandboxPolicy"
  | "sandboxLevel"
  | "sandboxRequired"
  | "onDenied"
  | "noShell"
  | "trustLevel"
>;

async function rightsOf({ table }: LoadedTable, options: ConfigOptions): Promise<Rights> {
  const { flags, interactive = false, cwd } = options;
  const trustLevel = await trustLevelOf(table, cwd);
  // The demonstration shows an edit, in a temporary folder that it makes itself.
  const isDemo = providerId(flags, table) === DEMO;
  const sandboxMode = flags.sandboxMode ?? table.sandbox_mode ??
    (isDemo ? "workspace-write" : defaultSandboxMode(trustLevel));
  const configured = typeof table.approval_policy === "string" ? table.approval_policy : undefined;
  const approvalPolicy = flags.approvalPolicy ??
    (interactive ? configured ?? defaultApproval(trustLevel) : "never");
  return {
    approvalPolicy,
    sandboxMode,
    sandboxPolicy: sandboxPolicyOf(sandboxMode, table, flags.addDirs ?? []),
    sandboxLevel: flags.sandboxLevel ?? table.sandbox_level ?? "auto",
    sandboxRequired: flags.sandboxRequired ?? table.sandbox_required ?? false,
    onDenied: flags.onDenied ?? table.on_denied ?? "continue",
    noShell: flags.noShell ?? table.no_shell ?? false,
    ...optional("trustLevel", trustLevel),
  };
}

/** As in Codex, but for the names that look like secrets: those are dropped unless told otherwise. */
function environmentPolicyOf(
  { shell_environment_policy: policy = {} }: ConfigTable,
): ShellEnvironmentPolicy {
  return {
    inherit: policy.inherit ?? "all",
    ignore_default_excludes: policy.ignore_default_excludes ?? false,
    exclude: policy.exclude ?? [],
    include_only: policy.include_only ?? [],
    set: { ...policy.set },
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [P in K]?: V };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
