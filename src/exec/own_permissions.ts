/** What Deno's permissions of this very process refuse, where it does the work itself. */

import { FileError } from "../protocol/host.ts";
import { denialNote } from "../protocol/policy.ts";
import type { ToolContext } from "../protocol/tool.ts";
import { mayUse } from "./permissions.ts";

/** The error with the reason behind it, which is recorded; as it is where it has another cause. */
export function toldOfDenial(error: unknown, { rights }: Pick<ToolContext, "rights">): unknown {
  if (!(error instanceof FileError) || error.kind !== "denied") return error;
  const { kind, path, message } = error;
  // Such as the file's own mode.
  if (mayUse("write", path)) return error;
  const denial = {
    need: `to write "${path}"`,
    layer: "Deno permissions",
    rule: "decodex itself may not write there",
    remedy: "go on without it; the user can name the folder in --allow-write",
  } as const;
  rights.deny(denial);
  return new FileError(kind, path, `${message}\n${denialNote(denial)}`);
}
