/** web_search: run by the provider; here only what it is told. */

import type { ModelInfo } from "../src/protocol/model_info.ts";
import type { SandboxMode } from "../src/protocol/policy.ts";
import type { HostedTool } from "../src/protocol/tool.ts";

export interface WebSearchOptions {
  readonly mode: "cached" | "live";
  readonly sandboxMode: SandboxMode;
  readonly model: Pick<ModelInfo, "webSearch">;
}

/** Whoever may do anything on this machine may also search the live web. */
export function webSearch({ mode, sandboxMode, model }: WebSearchOptions): HostedTool {
  return {
    kind: "hosted",
    name: "web_search",
    spec: {
      type: "web_search",
      external_web_access: mode === "live" || sandboxMode === "danger-full-access",
      ...model.webSearch === "text_and_image" && { search_content_types: ["text", "image"] },
    },
  };
}
