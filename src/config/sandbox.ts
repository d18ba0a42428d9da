/** How far commands and edits may reach, as flags and config.toml say it. */

import type { AskForApproval, SandboxMode, SandboxPolicy } from "../protocol/policy.ts";
import type { ConfigTable } from "./schema.ts";

export type TrustLevel = "trusted" | "untrusted";

/**
 * What `[projects."…"]` says of the folder or of the repository that it is in. A folder above them
 * says nothing: trust in it was not trust in everything that is ever put below it.
 */
export async function trustLevelOf(
  { projects = {} }: ConfigTable,
  cwd: string,
): Promise<TrustLevel | undefined> {
  if (Object.keys(projects).length === 0) return undefined;
  const root = await repositoryRoot(cwd);
  for (const folder of root === undefined ? [cwd] : [cwd, root]) {
    for (const name of [folder, await realPath(folder)]) {
      const level = Object.hasOwn(projects, name) ? projects[name]?.trust_level : undefined;
      if (level !== undefined) return level;
    }
  }
  return undefined;
}

/** Somebody who has decided about a project, either way, works in it; elsewhere it is only read. */
export function defaultSandboxMode(trust: TrustLevel | undefined): SandboxMode {
  return trust === undefined ? "read-only" : "workspace-write";
}

/** Of a front end that can ask; one that cannot asks never. */
export function defaultApproval(trust: TrustLevel | undefined): AskForApproval {
  return trust === "untrusted" ? "untrusted" : "on-request";
}

export function sandboxPolicyOf(
  mode: SandboxMode,
  { sandbox_workspace_write: settings = {} }: ConfigTable,
  addDirs: readonly string[],
): SandboxPolicy {
  if (mode !== "workspace-write") return { type: mode };
  return {
    type: mode,
    writable_roots: [...new Set([...settings.writable_roots ?? [], ...addDirs])],
    network_access: settings.network_access ?? false,
    exclude_tmpdir_env_var: settings.exclude_tmpdir_env_var ?? false,
    exclude_slash_tmp: settings.exclude_slash_tmp ?? false,
  };
}

async function repositoryRoot(cwd: string): Promise<string | undefined> {
  for (let folder = cwd; folder !== ""; folder = folder.slice(0, folder.lastIndexOf("/"))) {
    if (await exists(`${folder}/.git`)) return folder;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return path;
  }
}
