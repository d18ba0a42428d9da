/** A level of confinement that is required, and found out about before anything is asked. */

import type { Config } from "../config/config.ts";
import { SandboxError } from "../protocol/error.ts";
import type { ThreadHost } from "./thread_host.ts";

type Required = Pick<Config, "sandboxLevel" | "sandboxMode">;

/** Fails with a `SandboxError`, the host being closed, where the level cannot be had. */
export async function requireLevel(
  config: Required,
  host: Omit<ThreadHost, "host">,
): Promise<void> {
  const fault = await faultOf(config, host);
  if (fault === undefined) return;
  await host.close();
  throw new SandboxError(
    `The required sandbox level "${config.sandboxLevel}" cannot be had. ${fault}`,
  );
}

async function faultOf(
  { sandboxLevel, sandboxMode }: Required,
  host: Omit<ThreadHost, "host">,
): Promise<string | undefined> {
  if (sandboxMode === "danger-full-access") {
    return "danger-full-access confines nothing: use workspace-write or read-only, or do without " +
      "--sandbox-required (sandbox_required)";
  }
  host.prepare();
  const { level, faults } = await host.confined;
  const isEnough = sandboxLevel === "auto" ? level !== "none" : level === sandboxLevel;
  if (isEnough) return undefined;
  if (faults.length === 0) return "No process may be started: name deno in --allow-run";
  return faults.map((fault) => `${fault.level}: ${fault.reason}; ${fault.remedy}`).join(". ");
}
