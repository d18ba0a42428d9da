/** What a repository's files say, where they are so plain that git need not be asked. */

import { exists } from "./exists.ts";

/** A larger one is git's to read. */
const MAX_BYTES = 64 * 1024;

/** Remote names to their first address. */
export type Remotes = ReadonlyMap<string, string>;

export interface PlainRepository {
  readonly remotes: Remotes;
  /** Absent where HEAD is detached. */
  readonly branch?: string;
  /** Absent before the first one. */
  readonly commit?: string;
}

/** `root` has the `.git`. Nothing where any of it is for git to tell. */
export function readPlainRepository(root: string): PlainRepository | undefined {
  const remotes = readPlainRemotes(root);
  const head = remotes && readHead(`${root}/.git`);
  return head && { remotes, ...head };
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

function readHead(folder: string): Pick<PlainRepository, "branch" | "commit"> | undefined {
  const head = textOf(readSmall(`${folder}/HEAD`))?.trim() ?? "";
  if (COMMIT.test(head)) return { commit: head };
  const branch = /^ref: refs\/heads\/([\w-][\w./-]*)$/.exec(head)?.[1];
  if (branch === undefined || branch.includes("..") || branch.endsWith("/")) return undefined;
  const loose = textOf(readSmall(`${folder}/refs/heads/${branch}`))?.trim();
  const commit = loose ?? packedCommit(`${folder}/packed-refs`, `refs/heads/${branch}`);
  if (commit === undefined) return { branch };
  return COMMIT.test(commit) ? { branch, commit } : undefined;
}

/** Lines of `COMMIT NAME`; nothing that is a commit where there are too many to look through. */
function packedCommit(path: string, name: string): string | undefined {
  const text = readSmall(path);
  if (text === undefined) return undefined;
  if (text === UNREADABLE) return "unknown";
  const line = text.split("\n").find((each) => each.endsWith(` ${name}`));
  return line?.slice(0, -name.length - 1);
}

/**
 * Nothing where any of it could mean more than it says: included files, filters, escapes, a
 * worktree's own settings, a configuration elsewhere. In a worktree `.git` is a file.
 */
function readPlainRemotes(root: string): Remotes | undefined {
  if (exists(`${root}/.git/commondir`) || !isOwn(root)) return undefined;
  const text = textOf(readSmall(`${root}/.git/config`));
  if (text === undefined || /include|filter|worktreeconfig|\\/i.test(text)) return undefined;
  if (!userFiles().every(isPlain)) return undefined;
  const remotes = new Map<string, string>();
  let remote: string | undefined;
  for (const line of text.split("\n")) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const section = /^\s*\[([^\]]*)\]\s*$/.exec(line)?.[1];
    if (section !== undefined) {
      remote = /^remote "([^"]*)"$/.exec(section)?.[1];
      // Another way to write one.
      if (remote === undefined && /^\s*remote\b/i.test(section)) return undefined;
      continue;
    }
    const setting = /^\s*([a-z][a-z0-9-]*)\s*=\s*([^"#;]*?)\s*$/i.exec(line);
    // A setting behind its section's name, quotes, a comment: not plain.
    if (!setting) return undefined;
    const [, name = "", value = ""] = setting;
    if (remote === undefined || name.toLowerCase() !== "url" || remotes.has(remote)) continue;
    remotes.set(remote, value);
  }
  return remotes;
}

/** Git refuses what belongs to somebody else; who we are is told by the home folder. */
function isOwn(root: string): boolean {
  try {
    const { uid } = Deno.statSync(Deno.env.get("HOME") ?? "");
    return [root, `${root}/.git`].every((path) => Deno.lstatSync(path).uid === uid);
  } catch {
    return false;
  }
}

/** Of the user and of the machine; an empty XDG_CONFIG_HOME is none. */
function userFiles(): string[] {
  const home = Deno.env.get("HOME") ?? "";
  const own = Deno.env.get("GIT_CONFIG_GLOBAL");
  const folder = Deno.env.get("XDG_CONFIG_HOME") || `${home}/.config`;
  return [
    Deno.env.get("GIT_CONFIG_SYSTEM") ?? "/etc/gitconfig",
    ...own !== undefined ? [own] : [`${home}/.gitconfig`, `${folder}/git/config`],
  ];
}

/** A file that is not there is plain; one that cannot be read is not known to be. */
function isPlain(path: string): boolean {
  const text = readSmall(path) ?? "";
  return text !== UNREADABLE && !/include|\[\s*remote\b/i.test(text);
}

const UNREADABLE = Symbol("something that is no small file");

/** Absent where nothing is to be seen: an error for each such file is most of what this takes. */
function readSmall(path: string): string | typeof UNREADABLE | undefined {
  const info = infoOf(path);
  if (!info) return undefined;
  try {
    return info.isFile && info.size <= MAX_BYTES ? Deno.readTextFileSync(path) : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

function textOf(read: ReturnType<typeof readSmall>): string | undefined {
  return read === UNREADABLE ? undefined : read;
}
