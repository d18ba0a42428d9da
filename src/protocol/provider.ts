/** Where a model is served, as `[model_providers.<id>]` says it, keys resolved. */
export interface ProviderInfo {
  readonly id: string;
  readonly name: string;
  /** Without a trailing slash, credentials or query. */
  readonly baseUrl: string;
  /** `demo`: the scripted model inside the program. */
  readonly wireApi: "responses" | "demo";
  /** The value of `authorization`, if the provider wants one. */
  readonly bearerToken: string | undefined;
  /** `http_headers` and those of `env_http_headers` whose variable is set and not empty. */
  readonly headers: Readonly<Record<string, string>>;
  readonly queryParams: Readonly<Record<string, string>>;
  readonly requestMaxRetries: number;
  readonly streamMaxRetries: number;
  /** The longest silence inside a stream. */
  readonly streamIdleTimeoutMs: number;
  /** Until a connection stands. */
  readonly connectTimeoutMs: number;
  /** Until the response's headers are there. */
  readonly headerTimeoutMs: number;
  /** From the first byte out to the last byte in, for one model call. */
  readonly totalTimeoutMs: number;
}
