/** What git's configuration says, where it is so plain that git need not be asked. */

import { exists } from "./exists.ts";

/** A larger one is git's to read. */
const MAX_BYTES = 64 * 1024;

/** Remote names to their first address. */
export type Remotes = ReadonlyMap<string, string>;

/** The filter that many have; git is told to run none of that name. */
export const COMMON_FILTER = "lfs";

/**
 * Nothing where any of it could mean more than it says: included files, filters, escapes, a
 * worktree's own settings. `root` is the repository's; in a worktree its `.git` is a file.
 */
export function readPlainRemotes(root: string): Remotes | undefined {
  const text = readSmall(`${root}/.git/config`);
  if (text === undefined || /include|filter|worktreeconfig|\\/i.test(text)) return undefined;
  if (!userFiles().every(isPlain)) return undefined;
  const remotes = new Map<string, string>();
  let remote: string | undefined;
  for (const line of text.split("\n")) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const section = /^\s*\[([^\]]*)\]\s*$/.exec(line)?.[1];
    if (section !== undefined) {
      remote = /^remote "([^"]*)"$/.exec(section)?.[1];
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

/** Of the user and of the machine. */
function userFiles(): string[] {
  const home = Deno.env.get("HOME") ?? "";
  const own = Deno.env.get("GIT_CONFIG_GLOBAL");
  const folder = Deno.env.get("XDG_CONFIG_HOME") ?? `${home}/.config`;
  return [
    Deno.env.get("GIT_CONFIG_SYSTEM") ?? "/etc/gitconfig",
    ...own !== undefined ? [own] : [`${home}/.gitconfig`, `${folder}/git/config`],
  ];
}

/** A file that is not there is plain; one that cannot be read is not known to be. */
function isPlain(path: string): boolean {
  const text = readSmall(path) ?? (exists(path) ? "include" : "");
  return !/include|\[\s*filter(?! "lfs"\])/i.test(text);
}

function readSmall(path: string): string | undefined {
  try {
    const info = Deno.lstatSync(path);
    return info.isFile && info.size <= MAX_BYTES ? Deno.readTextFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}
