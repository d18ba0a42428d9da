/** Keeps what only the provider may know out of every message. */

import { CodexError } from "../protocol/error.ts";
import type { ProviderInfo } from "../protocol/provider.ts";

/** The same error, or one without the values that the provider's settings hold. */
export function withoutSecrets(error: CodexError, provider: ProviderInfo): CodexError {
  let message = error.message;
  for (const secret of secretsOf(provider)) message = message.replaceAll(secret, "[secret]");
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

function secretsOf({ bearerToken, headers, queryParams }: ProviderInfo): string[] {
  const named = [...Object.entries(headers), ...Object.entries(queryParams)]
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\w+\s+/, "")]);
  const secrets = [...bearerToken === undefined ? [] : [bearerToken.trim()], ...named];
  return [...secrets, ...secrets.map(encodeURIComponent)]
    .filter((secret) => secret.length >= MIN_SECRET_CHARS)
    .sort((a, b) => b.length - a.length);
}

const SECRET_NAME = /auth|key|token|secret|cookie|password|credential|signature|^sig$|^code$/i;

/** A shorter one would be found in ordinary words. */
const MIN_SECRET_CHARS = 6;
