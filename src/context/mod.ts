/** What stands before the history, and what every turn carries beside it. */

import type { TurnMetadata } from "../protocol/model_client.ts";
import type { UserInput } from "../protocol/op.ts";
import type { MessageItem, ResponseItem } from "../protocol/response_item.ts";
import type { TurnContext } from "../protocol/tool.ts";
import { readAgentsMd } from "./agents_md.ts";
import { environmentText, localDate, timezoneName } from "./environment.ts";
import type { ConfinedGit, RunGit } from "./git_facts.ts";
import { findGitRoot } from "./git_root.ts";
import { permissionsText } from "./permissions.ts";
import { collaborationText, commitAttribution } from "./prompts.ts";
import { type SkillsOptions, skillsRoots } from "./skills_roots.ts";
import { createGitLookup, type GitLookup } from "./turn_metadata.ts";
import { describeTurn, type TurnFacts } from "./turn_record.ts";
import { toUserMessage } from "./user_message.ts";

export type { ConfinedGit, RunGit } from "./git_facts.ts";

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
  /** No tool runs commands, and the model is told so. */
  readonly noShell?: boolean;
  /** A look at the repository that is under way already. */
  readonly git?: GitLookup;
  /** What the user has set for every request; only the session file tells it. */
  readonly request?: Pick<TurnFacts, "effort" | "summary" | "outputSchema">;
}

export interface Context {
  /** Reads the files anew at each call. */
  buildContext(turn: TurnContext): Promise<ResponseItem[]>;
  /** Waits for git where its answer is not in plain files, but not for long. */
  turnMetadata(turn: TurnContext): Promise<TurnMetadata>;
  toMessage(items: readonly UserInput[], turn: TurnContext): Promise<MessageItem>;
  /** The payload of the session file's `turn_context` line. */
  describeTurn(turn: TurnContext): Record<string, unknown>;
  /** What the session file's first line tells of the repository. */
  gitInfo(): Promise<Record<string, unknown>>;
  /** Commands may run from now on: git is only asked under what confines them. */
  confineGit(git: ConfinedGit): void;
  /** A request of the turn has left: there is time for what the next one tells. */
  requestSent(): void;
  /** Ends what is still being looked at. */
  stop(): void;
}

export function createContext(options: ContextOptions): Context {
  const timezone = timezoneName(options.env["TZ"]);
  const onWarning = once(options.onWarning);
  const git = options.git ?? createGitLookup(options);
  let userInstructions: string | undefined;
  return {
    async buildContext(turn) {
      const cwd = await Deno.realPath(turn.cwd).catch(() => turn.cwd);
      const place = { ...options, cwd, gitRoot: findGitRoot(cwd), onWarning };
      const skills = await skillsOf({ ...place, home: options.env["HOME"] });
      const instructions = readAgentsMd(place);
      userInstructions = instructions;
      return [
        message("developer", await developerParts(turn, { ...options, skills })),
        message("user", userParts(turn, { ...options, instructions, timezone })),
      ];
    },
    turnMetadata: git.turnMetadata,
    toMessage: (items, turn) => toUserMessage(items, turn.cwd),
    describeTurn(turn) {
      const currentDate = localDate(options.now());
      const { developerInstructions, request } = options;
      const facts = { ...request, currentDate, timezone, userInstructions, developerInstructions };
      return describeTurn(turn, facts);
    },
    gitInfo: git.gitInfo,
    confineGit: git.confine,
    requestSent: git.requestSent,
    stop: git.stop,
  };
}

/** Most people have none, and then nothing of it is loaded. */
async function skillsOf(options: SkillsOptions): Promise<string | undefined> {
  const roots = skillsRoots(options);
  if (roots.length === 0) return undefined;
  const { skillsPart } = await import("./skills.ts");
  return await skillsPart(roots, options.onWarning);
}

async function developerParts(
  turn: TurnContext,
  options: ContextOptions & { readonly skills: string | undefined },
): Promise<string[]> {
  const { features, env, developerInstructions, interactive, skills, noShell = false } = options;
  const parts = await Promise.all([
    permissionsText(turn, { features, tempDir: env["TMPDIR"], noShell }),
    developerInstructions,
    interactive ? collaborationPart(turn) : undefined,
    skills,
    features["codex_git_commit"] === true ? commitAttribution() : undefined,
  ]);
  return parts.filter((part) => part !== undefined).filter((part) => part !== "");
}

async function collaborationPart({ collaborationMode }: TurnContext): Promise<string> {
  return `<collaboration_mode>${await collaborationText(collaborationMode)}\n</collaboration_mode>`;
}

function userParts(
  turn: TurnContext,
  options: ContextOptions & {
    readonly instructions: string | undefined;
    readonly timezone: string;
  },
): string[] {
  const { instructions, timezone } = options;
  const environment = environmentText({
    cwd: turn.cwd,
    shell: options.shellName,
    currentDate: localDate(options.now()),
    timezone,
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
