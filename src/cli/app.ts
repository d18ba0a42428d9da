/** The composition root: a configuration becomes a thread at work. */

import { createModelClient } from "../client/mod.ts";
import type { Config } from "../config/config.ts";
import { type Context, createContext } from "../context/mod.ts";
import {
  baseInstructions,
  compactionPrompt,
  summaryPrefix,
  turnAbortedNotice,
} from "../context/prompts.ts";
import type { GitLookup } from "../context/turn_metadata.ts";
import { runGit } from "./lazy_git.ts";
import type { LevelReport } from "../exec/host_pool.ts";
import { detectShell } from "../exec/shell.ts";
import type { Host } from "../protocol/host.ts";
import { uuidv7 } from "../protocol/id.ts";
import type { ModelClient } from "../protocol/model_client.ts";
import { createRedactor } from "../protocol/redact.ts";
import type { RecordLine } from "../protocol/rollout_line.ts";
import type { AnyTool } from "../protocol/tool.ts";
import { createRecorder } from "../rollout/recorder.ts";
import type { Rollout } from "../rollout/reader.ts";
import type { Compaction } from "../session/compact.ts";
import { Session } from "../session/session.ts";
import { createTools } from "../../tools/mod.ts";
import type { AskUser } from "../../tools/request_user_input.ts";
import { metaFirst } from "./meta_first.ts";
import { mayStartProcesses, openHost, type ThreadHost } from "./thread_host.ts";
import { userAgent } from "./user_agent.ts";
import { CODEX_VERSION } from "./version.ts";
import { createWarming, type Warming } from "./warming.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface ThreadOptions {
  readonly config: Config;
  readonly env: Env;
  /** Absolute. */
  readonly cwd: string;
  /** Absent: nothing is read from there and no session is kept. */
  readonly home: string | undefined;
  /** Write no session file. */
  readonly ephemeral: boolean;
  readonly originator: string;
  readonly outputSchema?: unknown;
  /** A look at the repository that is under way already. */
  readonly git?: GitLookup;
  readonly resumed?: Rollout & { readonly path: string };
  /** Beside the built-in ones; one of the same name takes its place. */
  readonly tools?: readonly AnyTool[];
  readonly askUser?: AskUser;
  /** This process is there for the thread alone. */
  readonly ownProcess?: boolean;
  onWarning(message: string): void;
}

export interface Thread extends AsyncDisposable {
  readonly id: string;
  readonly session: Session;
  /** What confines the calls of tools; known once the first request is under way. */
  readonly confined: Promise<LevelReport>;
  /** Starts what does the work of tools, if it has not been. */
  prepareHost(): Promise<void>;
  /** Ends every process and closes the session file. */
  close(): Promise<void>;
}

export async function openThread(given: ThreadOptions): Promise<Thread> {
  const redactor = createRedactor(given.config.knownSecrets);
  const options = withinRights({ ...given, onWarning: (m) => given.onWarning(redactor.text(m)) });
  const { config, cwd, env, resumed } = options;
  const id = resumed?.threadId ?? uuidv7();
  const shell = detectShell(env);
  const { host, ...hostLife } = openHost({
    threadId: id,
    config,
    cwd,
    home: options.home,
    environment: defined(env),
    redactor,
    ...options.ownProcess && { ownProcess: true },
  });
  const loadRequired = () => import("./required_level.ts");
  if (config.sandboxRequired) await (await loadRequired()).requireLevel(config, hostLife);
  const context = contextOf(options, shell.name);
  const instructions = config.baseInstructions ?? resumed?.meta?.base_instructions?.text ??
    baseInstructions(config.model);
  const recording = recordingOf(options, { id, instructions, context });
  const loading = toolsOf(host, { ...options, shell });
  const after = afterSending(hostLife, { context, recording, tools: loading });
  const [client, tools] = await Promise.all([clientOf(options, { id, ...after }), loading]);
  const session = new Session({
    threadId: id,
    instructions,
    turnDefaults: {
      cwd,
      model: config.model,
      approvalPolicy: config.approvalPolicy,
      sandboxPolicy: config.sandboxPolicy,
      collaborationMode: "default",
    },
    request: requestOf(options),
    client,
    tools,
    streamMaxRetries: config.provider.streamMaxRetries,
    contextWindow: config.contextWindow,
    compaction: compactionOf(config),
    onDenied: config.onDenied,
    turnAbortedNotice: turnAbortedNotice(),
    buildContext: context.buildContext,
    toMessage: context.toMessage,
    turnMetadata: context.turnMetadata,
    describeTurn: context.describeTurn,
    record: recording.record,
    redactor,
    ...resumed && beginningOf(resumed),
  });
  const close = async () => {
    after.stop();
    await hostLife.close();
    await recording.close();
  };
  const { confined, prepare: prepareHost } = hostLife;
  return { id, session, confined, prepareHost, close, [Symbol.asyncDispose]: close };
}

/** What there is time for once a request has left. */
function afterSending(
  { prepare: prepareHost, confined, confinedGit }: Omit<ThreadHost, "host" | "close">,
  { context, recording, tools }: {
    context: Context;
    recording: Recording;
    tools: Promise<readonly AnyTool[]>;
  },
): Warming {
  const prepareTools = async () => {
    for (const tool of await tools) if (tool.kind !== "hosted") await tool.prepare?.();
  };
  const { onSent, onAnswered, stop } = createWarming(async () => {
    recording.begin();
    await prepareHost();
    // The first call hears of what fails.
    prepareTools().catch(() => {});
  });
  return {
    onSent() {
      onSent();
      if (confinedGit) context.confineGit(confinedGit);
      // What is started at the same time is in each other's way.
      confined.catch(() => {}).then(() => context.requestSent());
    },
    onAnswered,
    stop() {
      stop();
      context.stop();
    },
  };
}

function beginningOf({ items, usage, lastUsage }: Rollout) {
  return {
    initialHistory: items,
    ...usage && { initialUsage: usage },
    ...lastUsage && { initialTokens: lastUsage.total_tokens },
  };
}

function compactionOf({ compactPrompt, autoCompactTokenLimit }: Config): Compaction {
  return {
    limit: autoCompactTokenLimit,
    words: async () => ({
      prompt: compactPrompt ?? await compactionPrompt(),
      summaryPrefix: await summaryPrefix(),
    }),
  };
}

/** Without leave to start processes there are no commands, and the other tools work in this one. */
function withinRights(options: ThreadOptions): ThreadOptions {
  const { config, onWarning } = options;
  if (config.noShell || mayStartProcesses()) return options;
  onWarning("No leave to start processes (--allow-run): the model gets no commands (--no-shell)");
  return { ...options, config: { ...config, noShell: true } };
}

function contextOf(options: ThreadOptions, shellName: string): Context {
  const { config, cwd, env, home, git, outputSchema, onWarning } = options;
  const { developerInstructions, userInstructions } = config;
  const summary = config.reasoning?.summary;
  return createContext({
    codexHome: home,
    cwd,
    shellName,
    features: config.features,
    projectDocMaxBytes: config.projectDocMaxBytes,
    projectDocFallbackFilenames: config.projectDocFallbackFilenames,
    ...developerInstructions !== undefined && { developerInstructions },
    ...userInstructions !== undefined && { userInstructions },
    interactive: false,
    env,
    now: () => new Date(),
    noShell: config.noShell,
    onWarning,
    runGit,
    ...git && { git },
    request: {
      ...summary !== undefined && { summary },
      ...outputSchema !== undefined && { outputSchema },
    },
  });
}

interface RecordingDeps {
  readonly id: string;
  readonly instructions: string;
  readonly context: Context;
}

interface Recording {
  readonly record: RecordLine;
  /** Writes what was said so far, and from here on at once. */
  begin(): void;
  close(): Promise<void>;
}

/**
 * The session file, if one is kept. A new one is made while the first request is on its way; its
 * first line waits for git, everything else for that.
 */
function recordingOf(
  options: ThreadOptions,
  { id, instructions, context }: RecordingDeps,
): Recording {
  const { home, resumed, cwd, originator, config, onWarning } = options;
  const recorder = home === undefined || options.ephemeral ? undefined : createRecorder({
    codexHome: home,
    threadId: id,
    startedAt: new Date(),
    ...resumed && { resumePath: resumed.path },
    onWarning,
  });
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const meta = async () => {
    const timestamp = new Date().toISOString();
    const [git] = await Promise.all([context.gitInfo(), begun]);
    return {
      id,
      timestamp,
      cwd,
      originator,
      cli_version: CODEX_VERSION,
      source: "exec",
      model_provider: config.provider.id,
      base_instructions: { text: instructions },
      git,
    };
  };
  const { record, ready } = metaFirst(recorder?.record, resumed?.meta ? undefined : meta);
  return {
    record,
    begin,
    async close() {
      begin();
      await ready;
      recorder?.close();
    },
  };
}

async function clientOf(
  { config, env, originator }: ThreadOptions,
  { id, onSent, onAnswered }: { id: string } & Pick<Warming, "onSent" | "onAnswered">,
): Promise<ModelClient> {
  return await createModelClient({
    provider: config.provider,
    threadId: id,
    onSent,
    onAnswered,
    originator,
    userAgent: userAgent({
      originator,
      term: env["TERM"],
      osRelease: osRelease(),
    }),
    betaFeatures: betaFeatures(config),
    caCerts: config.caCerts,
    env,
  });
}

function osRelease(): string {
  try {
    return Deno.readTextFileSync("/etc/os-release");
  } catch {
    return "";
  }
}

function requestOf({ config, outputSchema }: ThreadOptions) {
  const { verbosity, serviceTier, reasoning } = config;
  const format = outputSchema === undefined ? undefined : {
    type: "json_schema" as const,
    strict: true,
    schema: outputSchema,
    name: "codex_output_schema",
  };
  const text = {
    ...verbosity !== undefined && { verbosity },
    ...format && { format },
  };
  return {
    reasoning,
    ...serviceTier !== undefined && { service_tier: serviceTier },
    ...Object.keys(text).length > 0 && { text },
  };
}

async function toolsOf(
  host: Host,
  options: ThreadOptions & { shell: ReturnType<typeof detectShell> },
): Promise<AnyTool[]> {
  const { config, shell, tools: extra = [], askUser } = options;
  const builtIn = await createTools(host, {
    model: config.model,
    shell,
    features: config.features,
    webSearch: config.webSearch,
    sandboxMode: config.sandboxMode,
    noShell: config.noShell,
    ...askUser && { askUser },
  });
  const replaced = new Set(extra.map(({ name }) => name));
  return [...builtIn.filter(({ name }) => !replaced.has(name)), ...extra];
}

/** Features that 0.115.0 names to the server while they are experiments. */
const EXPERIMENTS = ["apps", "guardian_approval", "prevent_idle_sleep"];

function betaFeatures({ features }: Config): string[] {
  return EXPERIMENTS.filter((name) => features[name]);
}

function defined(env: Env): Record<string, string> {
  const set = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const]
  );
  return Object.fromEntries(set);
}
