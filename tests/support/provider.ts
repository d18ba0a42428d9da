/** A provider for tests, with times that no test reaches by accident. */

import type { ProviderInfo } from "../../src/protocol/provider.ts";

export function provider(options: Partial<ProviderInfo> = {}): ProviderInfo {
  return {
    id: "fake",
    name: "Fake",
    baseUrl: "http://h/v1",
    wireApi: "responses",
    bearerToken: "sk-very-secret-key",
    headers: {},
    queryParams: {},
    requestMaxRetries: 4,
    streamMaxRetries: 5,
    streamIdleTimeoutMs: 60_000,
    connectTimeoutMs: 60_000,
    headerTimeoutMs: 60_000,
    totalTimeoutMs: 60_000,
    ...options,
  };
}
