/** Keeps what only the provider may know out of every message. */

import { CodexError } from "../protocol/error.ts";
import { providerSecrets } from "../protocol/known_secret.ts";
import type { ProviderInfo } from "../protocol/provider.ts";
import { createRedactor } from "../protocol/redact.ts";

/** The same error, or one without the values that the provider's settings hold. */
export function withoutSecrets(error: CodexError, provider: ProviderInfo): CodexError {
  const message = createRedactor(providerSecrets(provider)).text(error.message);
  if (message === error.message) return error;
  // The cause would tell what the message no longer does.
  const { info, retryable, retryAfterMs } = error;
  return new CodexError(info, message, {
    retryable,
    ...retryAfterMs !== undefined && { retryAfterMs },
  });
}

/** Where a request went, without a key in its query or a user name. */
export function placeOf(url: string, base?: string): string {
  if (!URL.canParse(url, base)) return "another place";
  const { origin, protocol, host, pathname } = new URL(url, base);
  return `${origin === "null" ? `${protocol}//${host}` : origin}${pathname}`;
}
