/** Where edits may go: a path question, answered without looking at any file. */

import type { SandboxPolicy } from "../protocol/policy.ts";

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

/** Whether `path` is `root` or stands below it. */
export function isBelow(path: string, root: string): boolean {
  const base = withoutSlash(root);
  return path === base || path.startsWith(`${base}/`) || base === "";
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}
