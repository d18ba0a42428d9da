/** Everything that has to be right before anything is asked: flags, files, configuration. */

import {
  type Config,
  type ConfigFlags,
  type ConfigOptions,
  resolveConfig,
  type WantedLevel,
} from "../../config/config.ts";
import type { GitLookup } from "../../context/turn_metadata.ts";
import { errorMessage, UsageError } from "../../protocol/error.ts";
import { isUuid } from "../../protocol/id.ts";
import type { AskForApproval, SandboxMode } from "../../protocol/policy.ts";
import type { Flags, Resume } from "../args.ts";
import { openThread, type Thread, type ThreadOptions } from "../app.ts";
import type { ThreadFacts } from "../render/renderer.ts";
import { readPrompt } from "../stdin.ts";
import { type Folders, folders, readSurroundings, type Surroundings } from "../surroundings.ts";
import type { ExecCommand } from "./exec.ts";

export interface Prepared {
  readonly thread: Thread;
  readonly facts: ThreadFacts;
  readonly prompt: string;
  /** Absolute paths. */
  readonly images: readonly string[];
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  readonly lastMessageFile: string | undefined;
}

const DEMO_PROMPT = "Show me what decodex can do in this folder";

export async function prepare(
  { flags, prompt: words, resume }: ExecCommand,
  { git, onWarning }: { git: GitLookup; onWarning: (message: string) => void },
): Promise<Prepared> {
  const { cwd, startedIn } = folders(flags.text("cd"));
  const { home, env } = await readSurroundings(onWarning);
  const { promise: needed, resolve: need } = Promise.withResolvers<void>();
  const prompting = words === undefined ? undefined : promptOf(words, needed);
  prompting?.catch(() => {}); // heard of where it is awaited
  const config = await resolveConfig(
    configOptions(flags, { cwd, startedIn, home, env, onWarning }),
  );
  const schemaPath = flags.text("output-schema");
  const schema = schemaPath === undefined
    ? undefined
    : await (await import("../output_schema.ts")).readSchema(absolute(startedIn, schemaPath));
  const lastMessageFile = absolute(startedIn, flags.text("output-last-message"));
  if (lastMessageFile !== undefined) await checkWritable(lastMessageFile);
  const images = flags.list("image").flatMap((paths) => paths.split(","))
    .map((path) => absolute(startedIn, path));
  for (const fault of images.flatMap(imageFault)) onWarning(fault);
  need();
  const showsItself = config.provider.wireApi === "demo" && images.length === 0;
  const prompt = await (prompting ?? (showsItself ? DEMO_PROMPT : promptOf(words, needed)));
  const resumed = resume && await findThread(resume, { home, cwd });
  const thread = await openThread({
    config,
    env,
    cwd,
    home,
    ephemeral: flags.has("ephemeral"),
    git,
    originator: env["CODEX_INTERNAL_ORIGINATOR_OVERRIDE"] || "codex_exec",
    ownProcess: true,
    ...schema && { outputSchema: schema },
    ...resumed && { resumed },
    onWarning,
  });
  return { thread, facts: factsOf(config), prompt, images, schema, lastMessageFile };
}

export interface Around extends Folders, Surroundings {
  onWarning(message: string): void;
}

export function configOptions(
  flags: Flags,
  { startedIn, cwd, home, env, onWarning }: Around,
): ConfigOptions {
  return {
    home,
    env,
    cwd,
    overrides: flags.list("config"),
    strict: flags.has("strict-config"),
    ...given("profile", flags.text("profile")),
    ...given("configFile", absolute(startedIn, flags.text("config-file"))),
    flags: configFlags(flags, startedIn),
    onWarning,
  };
}

function configFlags(flags: Flags, startedIn: string): ConfigFlags {
  const bypass = flags.has("dangerously-bypass-approvals-and-sandbox");
  const sandbox = bypass
    ? "danger-full-access"
    : flags.text("sandbox") ?? (flags.has("full-auto") ? "workspace-write" : undefined);
  const provider = flags.has("demo") ? "demo" : flags.text("local-provider");
  const timeout = flags.text("timeout-seconds");
  return {
    ...given("model", flags.text("model")),
    ...given("modelProvider", provider),
    ...flags.has("oss") && { oss: true },
    ...given("sandboxMode", sandbox as SandboxMode | undefined),
    ...given(
      "approvalPolicy",
      bypass ? "never" : flags.text("ask-for-approval") as AskForApproval | undefined,
    ),
    ...given("sandboxLevel", flags.text("sandbox-level") as WantedLevel | undefined),
    ...flags.has("sandbox-required") && { sandboxRequired: true },
    ...given("onDenied", flags.text("on-denied") as "continue" | "fail" | undefined),
    ...flags.has("no-shell") && { noShell: true },
    addDirs: flags.list("add-dir").map((dir) => absolute(startedIn, dir)),
    ...given("systemPrompt", flags.text("system-prompt")),
    ...timeout !== undefined && { timeoutSeconds: Number(timeout) },
  };
}

function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : { [key]: value } as { [P in K]?: T };
}

function absolute<T extends string | undefined>(folder: string, path: T): T {
  return (path === undefined || path.startsWith("/") ? path : `${folder}/${path}`) as T;
}

/** Found out now and not when the answer is there and has nowhere to go. */
async function checkWritable(path: string): Promise<void> {
  try {
    (await Deno.open(path, { write: true, create: true, truncate: true })).close();
  } catch (cause) {
    throw new UsageError(`Cannot write --output-last-message "${path}": ${errorMessage(cause)}`);
  }
}

/** The model is told as well, and the turn goes on, as with Codex. */
function imageFault(path: string): string[] {
  try {
    return Deno.statSync(path).isFile ? [] : [`Cannot read --image "${path}": it is no file`];
  } catch (cause) {
    return [`Cannot read --image "${path}": ${errorMessage(cause)}`];
  }
}

/** Standard input is read beside everything else: whoever fills it takes time as well. */
async function promptOf(words: string | undefined, needed: Promise<void>): Promise<string> {
  const onWaiting = (message: string) => console.error(message);
  return await readPrompt({ prompt: words, needed, onWaiting });
}

async function findThread(
  resume: Resume,
  { home, cwd }: { home: string | undefined; cwd: string },
): Promise<NonNullable<ThreadOptions["resumed"]>> {
  if (home === undefined) throw new UsageError("Cannot resume: there is no CODEX_HOME and no HOME");
  const { findRollout } = await import("../../rollout/find.ts");
  const { readRollout } = await import("../../rollout/reader.ts");
  if ("id" in resume) {
    if (!isUuid(resume.id)) {
      throw new UsageError(`Cannot resume "${resume.id}": that is no session id (a UUID)`);
    }
    const path = await findRollout(home, resume.id);
    if (path) return { ...await readRollout(path), path };
    throw new UsageError(`Cannot resume "${resume.id}": no such session below "${home}/sessions"`);
  }
  const path = await findRollout(home, "last", resume.all ? {} : { cwd });
  if (path) return { ...await readRollout(path), path };
  throw new UsageError(
    resume.all
      ? `Cannot resume: no session below "${home}/sessions"`
      : `Cannot resume: no session of this folder below "${home}/sessions"; --all looks at every folder`,
  );
}

function factsOf(config: Config): ThreadFacts {
  return {
    model: config.model.slug,
    provider: config.provider.id,
    sandbox: config.sandboxMode,
  };
}
