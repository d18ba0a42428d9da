/** What counts as a secret: by the name of a variable or header, and by its value. Pure. */

import type { ProviderInfo } from "./provider.ts";

export interface KnownSecret {
  /** What people are told in its place: the variable or header that holds it. */
  readonly name: string;
  readonly value: string;
}

/** A shorter value would be found in ordinary words. */
const SHORTEST = 8;

/** Variables that no command sees by default. */
export function isSecretVariable(name: string): boolean {
  return /key|secret|token/i.test(name);
}

/** Of a header or a query parameter. */
function isSecretField(name: string): boolean {
  return /auth(?!ors?$)|key|token|secret|cookie|password|credential|signature|^sig$|^code$/i.test(
    name,
  );
}

/** For values that are known to be secrets; `undefined` where one is too short to be looked for. */
export function knownSecret(name: string, value: string | undefined): KnownSecret | undefined {
  const trimmed = value?.trim() ?? "";
  return trimmed.length < SHORTEST ? undefined : { name, value: trimmed };
}

/**
 * For values of which the name alone says so: MONKEY_HOME and TOKEN_LIMIT hold no secret, and what
 * is taken for one would be missing from every file that is read.
 */
export function likelySecret(name: string, value: string | undefined): KnownSecret | undefined {
  const secret = knownSecret(name, value);
  return secret && !isPlain(secret.value) ? secret : undefined;
}

function isPlain(value: string): boolean {
  const isWordOrNumber = value.length < 12 && /^(?:[a-z]+|[\d.,:_/+-]+)$/i.test(value);
  return isWordOrNumber || isPath(value) || isBareUrl(value);
}

/** One in 64 keys in base64 begins with a slash as well; a path is rarely such a mixture. */
function isPath(value: string): boolean {
  if (!/^(?:~|\.{0,2})\//.test(value)) return false;
  const isBase64 = /^[\w+/=]{32,}$/.test(value);
  return !(isBase64 && [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(value)));
}

/** With a user name or a query it may hold a password. */
function isBareUrl(value: string): boolean {
  return /^[a-z][\w+.-]*:\/\/[^@?#\s]+$/i.test(value);
}

/** What goes to the provider and nowhere else. */
export function providerSecrets(
  { bearerToken, headers, queryParams }: Pick<
    ProviderInfo,
    "bearerToken" | "headers" | "queryParams"
  >,
): KnownSecret[] {
  const fields = { ...queryParams, ...headers };
  return [
    knownSecret("the provider's key", bearerToken),
    ...fieldSecrets(fields),
  ].filter((secret) => secret !== undefined);
}

/** With and without the scheme in front, as in `Bearer …`. */
export function fieldSecrets(fields: Readonly<Record<string, string>>): KnownSecret[] {
  return Object.entries(fields).filter(([name]) => isSecretField(name)).flatMap(([name, value]) =>
    [knownSecret(name, value), knownSecret(name, value.replace(/^\s*\w+\s+/, ""))]
      .filter((secret) => secret !== undefined)
  );
}
