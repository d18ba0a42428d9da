/** Where edits may go: a path question, answered without looking at any file. */

import type { SandboxPolicy } from "../protocol/policy.ts";

/** What steers git and the agents themselves is no part of a project's text. */
const PROTECTED: readonly string[] = [".git", ".codex", ".agents"];

/** There are file systems on which `.GIT` is `.git`. */
export function isProtectedName(name: string): boolean {
  return PROTECTED.includes(name.toLowerCase());
}

/** What stays closed in a writable root, whether it is there or not. */
export function protectedBelow(root: string): string[] {
  return PROTECTED.map((name) => `${withoutSlash(root)}/${name}`);
}

/** The folders that a policy opens, as they are written; the caller resolves them. */
export function writableRoots(
  policy: SandboxPolicy,
  options: { cwd: string; tmpdir: string | undefined },
): string[] {
  if (policy.type !== "workspace-write") return [];
  const { cwd, tmpdir } = options;
  const temporary = policy.exclude_tmpdir_env_var || !tmpdir?.startsWith("/") ? [] : [tmpdir];
  const slashTmp = policy.exclude_slash_tmp ? [] : ["/tmp"];
  return [...new Set([cwd, ...policy.writable_roots, ...temporary, ...slashTmp])];
}

/** In any case of letters, as above. */
export function isProtected(path: string, protectedPaths: readonly string[]): boolean {
  const folded = path.toLowerCase();
  return protectedPaths.some((each) => isBelow(folded, each.toLowerCase()));
}

/** Whether `path` is `root` or stands below it. */
export function isBelow(path: string, root: string): boolean {
  const base = withoutSlash(root);
  return path === base || path.startsWith(`${base}/`) || base === "";
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}
