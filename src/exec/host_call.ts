/** What a call carries into the work itself, once it may be done. */

import type { ToolContext } from "../protocol/tool.ts";

export type HostCall = Pick<ToolContext, "callId" | "signal" | "report">;
