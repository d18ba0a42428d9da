/** What stands before the history, and what every turn carries beside it. */

import type { TurnMetadata } from "../protocol/model_client.ts";
import type { UserInput } from "../protocol/op.ts";
import type { MessageItem, ResponseItem } from "../protocol/response_item.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { readAgentsMd } from "./agents_md.ts";
import { environmentText, localDate, timezoneName } from "./environment.ts";
import type { RunGit } from "./git_facts.ts";
import { findGitRoot } from "./git_root.ts";
import { permissionsText } from "./permissions.ts";
import { collaborationText, commitAttribution } from "./prompts.ts";
import { skillsPart } from "./skills.ts";
import { createGitLookup, type GitLookup } from "./turn_metadata.ts";
import { describeTurn } from "./turn_record.ts";
import { toUserMessage } from "./user_message.ts";

export type { RunGit } from "./git_facts.ts";

export interface ContextOptions {
  /** Absent: nothing of the user's own is read. */
  readonly codexHome: string | undefined;
  /** Absolute; where the session was started. */
  readonly cwd: string;
  readonly shellName: string;
  readonly features: Readonly<Record<string, boolean>>;
  readonly projectDocMaxBytes: number;
  readonly projectDocFallbackFilenames: readonly string[];
  readonly developerInstructions?: string;
  readonly userInstructions?: string;
  /** Whether a person can answer, and modes of collaboration make sense. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  /** Hears of each trouble once. */
  onWarning(message: string): void;
  readonly runGit: RunGit;
  /** A look at the repository that is under way already. */
  readonly git?: GitLookup;
}

export interface Context {
  /** Reads the files anew at each call. */
  buildContext(turn: TurnContext): Promise<ResponseItem[]>;
  /** Waits for git, but not for long. */
  turnMetadata(turn: TurnContext): Promise<TurnMetadata>;
  toMessage(items: readonly UserInput[], turn: TurnContext): Promise<MessageItem>;
  /** The payload of the session file's `turn_context` line. */
  describeTurn(turn: TurnContext): Record<string, unknown>;
  /** What the session file's first line tells of the repository. */
  gitInfo(): Promise<Record<string, unknown>>;
}

export function createContext(options: ContextOptions): Context {
  const timezone = timezoneName(options.env["TZ"]);
  const onWarning = once(options.onWarning);
  const git = options.git ?? createGitLookup(options);
  return {
    async buildContext(turn) {
      const [developer, user] = await Promise.all([
        developerParts(turn, options),
        userParts(turn, { ...options, onWarning, timezone }),
      ]);
      return [message("developer", developer), message("user", user)];
    },
    turnMetadata: git.turnMetadata,
    toMessage: (items, turn) => toUserMessage(items, turn.cwd),
    describeTurn: (turn) => describeTurn(turn, { currentDate: localDate(options.now()), timezone }),
    gitInfo: git.gitInfo,
  };
}

async function developerParts(turn: TurnContext, options: ContextOptions): Promise<string[]> {
  const { features, env, developerInstructions, interactive, codexHome } = options;
  const parts = [
    permissionsText(turn, { features, tempDir: env["TMPDIR"] }),
    developerInstructions,
    interactive ? collaborationPart(turn) : undefined,
    await skillsPart(codexHome),
    features["codex_git_commit"] === true ? commitAttribution() : undefined,
  ];
  return parts.filter((part) => part !== undefined).filter((part) => part !== "");
}

function collaborationPart({ collaborationMode }: TurnContext): string {
  return `<collaboration_mode>${collaborationText(collaborationMode)}\n</collaboration_mode>`;
}

async function userParts(
  turn: TurnContext,
  options: ContextOptions & { readonly timezone: string },
): Promise<string[]> {
  const cwd = await Deno.realPath(turn.cwd).catch(() => turn.cwd);
  const instructions = await readAgentsMd({ ...options, cwd, gitRoot: await findGitRoot(cwd) });
  const environment = environmentText({
    cwd: turn.cwd,
    shell: options.shellName,
    currentDate: localDate(options.now()),
    timezone: options.timezone,
  });
  return instructions === undefined
    ? [environment]
    : [agentsPart(turn.cwd, instructions), environment];
}

function agentsPart(cwd: string, text: string): string {
  return `# AGENTS.md instructions for ${cwd}\n\n<INSTRUCTIONS>\n${text}\n</INSTRUCTIONS>`;
}

function message(role: "developer" | "user", texts: readonly string[]): MessageItem {
  const content = texts.map((text) => ({ type: "input_text" as const, text }));
  return { type: "message", role, content };
}

function once(say: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    say(message);
  };
}
