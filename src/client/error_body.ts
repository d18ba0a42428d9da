/** What servers write into the body of a refused request. */

import { isObject } from "./wire_item.ts";

export interface ErrorBody {
  readonly message: string;
  readonly code: string;
  readonly type: string;
  readonly resetsAtMs: number | undefined;
}

/** No error is worth more of the user's screen or the session file. */
const MAX_MESSAGE_CHARS = 4096;

/** `{error: {message}}` of the Responses API, and how gateways and local servers say it. */
export function readErrorBody(body: string): ErrorBody {
  const value = parse(body);
  const error = isObject(value?.error) ? value.error : value ?? {};
  const field = (name: string) => typeof error[name] === "string" ? cleanText(error[name]) : "";
  return {
    message: field("message") || said(value?.error) || said(value?.detail) || said(value?.errors),
    code: field("code"),
    type: field("type"),
    resetsAtMs: resetTime(error),
  };
}

/** Something for a person to read, whatever came. */
export function describeBody(body: string, { message }: ErrorBody): string {
  if (message) return message;
  if (/^\s*<(?:!doctype|html)/i.test(body)) {
    const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1]?.trim();
    return title ? `an HTML page, "${cleanText(title)}"` : "an HTML page";
  }
  return cleanText(body) || "no details";
}

/** A server's words on one screen: no control characters, not more than a few kilobytes. */
export function cleanText(text: string): string {
  const shown = text
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "")
    .trim();
  return shown.length <= MAX_MESSAGE_CHARS
    ? shown
    : `${shown.slice(0, MAX_MESSAGE_CHARS).toWellFormed()} … (cut)`;
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // a body that is no JSON is shown as it came
  }
}

/** A text, or the list of findings that a schema check gives. */
function said(value: unknown): string {
  if (typeof value === "string") return cleanText(value);
  return Array.isArray(value) && value.length > 0 ? cleanText(JSON.stringify(value)) : "";
}

function resetTime(error: Readonly<Record<string, unknown>>): number | undefined {
  const { resets_at, resets_in_seconds } = error;
  const ms = typeof resets_at === "number"
    ? resets_at * 1000
    : typeof resets_in_seconds === "number"
    ? Date.now() + resets_in_seconds * 1000
    : NaN;
  return Number.isNaN(new Date(ms).getTime()) ? undefined : ms;
}
