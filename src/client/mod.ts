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
  /** What kind of sub-agent asks, as `x-openai-subagent` names it. */
  readonly subagent?: string;
  /** For proxy and certificate settings: what it does not name is not used. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** PEM texts, trusted beside those that `env` names. */
  readonly caCerts?: readonly string[];
  /** Told of every request, once it has left. */
  readonly onSent?: () => void;
  /** Told of every answer, once it begins; it is read when this has settled, which does not fail. */
  readonly onAnswered?: () => Promise<void>;
  /** For tests: waits, or fails with the signal's reason. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** For tests: the jitter, between 0 and 1. */
  readonly random?: () => number;
}

/** Fails with a `ConfigError` where the provider's key or headers cannot be sent at all. */
export async function createModelClient(options: ModelClientOptions): Promise<ModelClient> {
  const { wireApi } = options.provider;
  switch (wireApi) {
    case "responses":
      return new ResponsesClient(options);
    case "demo":
      return (await import("./demo.ts")).createDemoClient(options);
    default:
      return unreachable(wireApi);
  }
}
