/** What a call carries into the work itself, once it may be done. */

import type { ToolContext } from "../protocol/tool.ts";

export interface HostCall extends Pick<ToolContext, "callId" | "signal" | "report"> {
  /** Is lent what a command writes, as it comes. */
  readonly onOutput?: (bytes: Uint8Array) => void;
}
