/** What git tells of a repository, without running anything that the repository names. */

import type { TurnContext } from "../protocol/tool.ts";
import type { Remotes } from "./plain_repository.ts";
import { publicRemoteUrl } from "./remote_url.ts";

export interface GitPlace {
  /** A repository's root. */
  readonly cwd: string;
  /** Ends git where it is not waited for any more. */
  readonly signal?: AbortSignal;
}

/** Nothing where it fails or takes too long. */
export type RunGit = (args: readonly string[], place: GitPlace) => Promise<string | undefined>;

/** Git under what confines the commands of a turn. */
export type ConfinedGit = (turn: Pick<TurnContext, "cwd" | "sandboxPolicy">) => RunGit;

/** Each as far as it is known. */
export interface GitFacts {
  remotes: Readonly<Record<string, string>>;
  commit?: string;
  branch?: string;
  hasChanges?: boolean;
}

/** The first request waits for this. */
const LIMIT_MS = 700;

export interface AskGitOptions {
  readonly limitMs?: number;
  /** False spares the look at the files, which takes long where there are very many. */
  readonly withChanges?: boolean;
}

/** What is not told within the limit is left out; HEAD gets a second one. */
export async function askGit(
  runGit: RunGit,
  root: string,
  { limitMs = LIMIT_MS, withChanges = true }: AskGitOptions = {},
): Promise<GitFacts> {
  const facts: GitFacts = { remotes: {} };
  const ask = (args: readonly string[]) => runGit(args, { cwd: root });
  const inTime = await isDoneWithin(askConfig(ask, { facts, withChanges }), limitMs);
  if (!inTime) await isDoneWithin(askHead(ask, facts), limitMs);
  return { ...facts };
}

/** Whether a repository that is plain in all else has changes; nothing where that is not told. */
export async function askChanges(
  runGit: RunGit,
  root: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const facts: GitFacts = { remotes: {} };
  await askConfig((args) => runGit(args, { cwd: root, signal }), { facts, withChanges: true });
  return facts.hasChanges;
}

async function isDoneWithin(work: Promise<void>, limitMs: number): Promise<boolean> {
  const { promise: limit, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, limitMs, false);
  try {
    return await Promise.race([limit, work.then(() => true)]);
  } finally {
    clearTimeout(timer);
  }
}

type Ask = (args: readonly string[]) => Promise<string | undefined>;

async function askCommit(ask: Ask, facts: GitFacts): Promise<void> {
  const commit = (await ask(["rev-parse", "--verify", "--quiet", "HEAD"]))?.trim();
  if (commit) facts.commit = commit;
}

/** There is none where HEAD is detached, and none to speak of before the first commit. */
async function askBranch(ask: Ask, facts: GitFacts): Promise<void> {
  const branch = (await ask(["symbolic-ref", "--quiet", "--short", "HEAD"]))?.trim();
  if (branch) facts.branch = branch;
}

interface Look {
  readonly facts: GitFacts;
  readonly withChanges: boolean;
}

/**
 * Without the configuration it is not known which filters a look at the files would run; then only
 * HEAD is asked for. The look tells HEAD as well.
 */
async function askConfig(ask: Ask, { facts, withChanges }: Look): Promise<void> {
  const output = await ask(["config", "-z", "--list"]);
  if (output === undefined) return await askHead(ask, facts);
  const entries = output.split("\0").map((entry) => {
    const [key = "", ...value] = entry.split("\n");
    return { key, value: value.join("\n") };
  });
  facts.remotes = publicRemotes(remotesIn(entries));
  if (!withChanges) return await askHead(ask, facts);
  await askStatus(ask, { facts, filters: filterNames(entries.map(({ key }) => key)) });
}

interface ConfigEntry {
  readonly key: string;
  readonly value: string;
}

/** A remote with several addresses is fetched from the first. */
function remotesIn(entries: readonly ConfigEntry[]): Remotes {
  const first = new Map<string, string>();
  for (const { key, value } of entries) {
    const name = /^remote\.(.*)\.url$/s.exec(key)?.[1];
    if (name !== undefined && !first.has(name)) first.set(name, value);
  }
  return first;
}

export function publicRemotes(remotes: Remotes): Record<string, string> {
  return Object.fromEntries([...remotes].flatMap(([name, url]) => {
    const known = publicRemoteUrl(url);
    return known === undefined ? [] : [[name, known]];
  }));
}

function filterNames(keys: readonly string[]): string[] {
  const names = keys.flatMap((key) => /^filter\.(.*)\.[^.]*$/s.exec(key)?.slice(1) ?? []);
  return [...new Set(names)];
}

/**
 * To compare a file with the index, git runs it through the filters that the repository names;
 * `-c` sets them to nothing, but cannot be told of a name with `=` or a line's end in it, nor we of
 * one that is no UTF-8.
 */
async function askStatus(
  ask: Ask,
  { facts, filters }: { facts: GitFacts; filters: readonly string[] },
): Promise<void> {
  const isSafe = !filters.some((name) => /[=\n\ufffd]/.test(name));
  const look = isSafe ? lookOf(await ask(statusArguments(filters))) : undefined;
  if (!look) return await askHead(ask, facts);
  Object.assign(facts, look);
}

function statusArguments(filters: readonly string[]): string[] {
  const off = filters.flatMap((name) => [
    ...["-c", `filter.${name}.clean=`],
    ...["-c", `filter.${name}.smudge=`],
    ...["-c", `filter.${name}.process=`],
    ...["-c", `filter.${name}.required=false`],
  ]);
  // A submodule has a configuration of its own: only its commit is looked at.
  return [...off, "status", "--porcelain=v2", "--branch", "-z", "--ignore-submodules=dirty"];
}

function lookOf(output: string | undefined): Omit<GitFacts, "remotes"> | undefined {
  if (output === undefined) return undefined;
  const lines = output.split("\0").filter((line) => line !== "");
  const header = (name: string) =>
    lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3);
  const commit = header("branch.oid");
  const branch = header("branch.head");
  return {
    ...commit !== undefined && commit !== "(initial)" && { commit },
    ...branch !== undefined && branch !== "(detached)" && { branch },
    hasChanges: lines.some((line) => !line.startsWith("# ")),
  };
}

async function askHead(ask: Ask, facts: GitFacts): Promise<void> {
  await Promise.all([askCommit(ask, facts), askBranch(ask, facts)]);
}
