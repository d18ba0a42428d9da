/** The client for a provider's wire API. */

import { unreachable } from "../protocol/error.ts";
import type { ModelClient } from "../protocol/model_client.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { ResponsesClient } from "./responses.ts";

export interface ModelClientOptions {
  readonly provider: ProviderInfo;
  /** Names the thread to the server: session id, request id and prompt cache key. */
  readonly threadId: string;
  readonly originator: string;
  readonly userAgent: string;
  /** Experimental features that are on, as `x-codex-beta-features` names them. */
  readonly betaFeatures?: readonly string[];
  /** For proxy and certificate settings. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For tests: waits, or fails with the signal's reason. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export async function createModelClient(options: ModelClientOptions): Promise<ModelClient> {
  const { wireApi } = options.provider;
  switch (wireApi) {
    case "responses":
      return new ResponsesClient(options);
    case "demo":
      return (await import("./demo.ts")).createDemoClient();
    default:
      return unreachable(wireApi);
  }
}
