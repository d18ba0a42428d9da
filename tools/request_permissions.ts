/** request_permissions: asks for more rights for the rest of the turn. */

import * as z from "zod/mini";
import { ToolError } from "../src/protocol/error.ts";
import type { RequestedPermissions } from "../src/protocol/policy.ts";
import { flag, list, text } from "../src/protocol/schema.ts";
import type { Host } from "../src/protocol/host.ts";
import { defineTool, type Tool } from "../src/protocol/tool.ts";

/** A refusal is no failure: nothing is granted then. */
export function requestPermissions(host: Pick<Host, "requestPermissions">): Tool {
  return defineTool({
    name: "request_permissions",
    description:
      "Asks the user for further rights, network access or paths, for the rest of the turn. " +
      "Ask for no more than the task needs; what was granted applies to the commands that follow.",
    parameters: z.object({
      reason: z.optional(text("Why the task needs them, in one sentence.")),
      permissions: permissionsSchema(),
    }),
    async run({ permissions, reason }, ctx) {
      if (asksForNothing(permissions)) {
        throw new ToolError("request_permissions requires at least one permission");
      }
      const request = { permissions, ...reason !== undefined && { reason } };
      const granted = await host.requestPermissions(request, ctx);
      const { network = null, file_system = null } = granted;
      const answer = { permissions: { network, file_system }, scope: "turn" };
      return { output: JSON.stringify(answer), success: true };
    },
  });
}

export function asksForNothing({ network, file_system }: RequestedPermissions): boolean {
  const paths = [...file_system?.read ?? [], ...file_system?.write ?? []];
  return network?.enabled === undefined && paths.length === 0;
}

/** The rights themselves; a command may ask for them too. */
export function permissionsSchema(): z.ZodMiniType<RequestedPermissions> {
  return z.object({
    network: z.optional(
      z.object({ enabled: z.optional(flag("Whether commands may reach the network.")) }),
    ),
    file_system: z.optional(z.object({
      read: z.optional(list(z.string(), "Absolute paths that may be read.")),
      write: z.optional(list(z.string(), "Absolute paths that may be written.")),
    })),
  });
}
