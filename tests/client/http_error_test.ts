/** A refused request: what it means, whether it is tried again and when, what the user is told. */

import { deepStrictEqual, match, ok } from "node:assert/strict";
import { toCodexError } from "../../src/client/http_error.ts";
import { readRetryAfter } from "../../src/client/retry_after.ts";
import { placeOf, withoutSecrets } from "../../src/client/secrets.ts";
import { toTransportError } from "../../src/client/transport_error.ts";
import { CodexError } from "../../src/protocol/error.ts";
import { provider } from "../support/provider.ts";

const URL_SHOWN = "http://h/v1/responses";

function refusal(
  status: number,
  { body, headers = {}, statusText = "S" }: {
    body: unknown;
    headers?: Record<string, string>;
    statusText?: string;
  },
): CodexError {
  return toCodexError({
    status,
    statusText,
    headers: new Headers(headers),
    body: typeof body === "string" ? body : JSON.stringify(body),
    url: URL_SHOWN,
  }, provider());
}

function outcome({ info, message, retryable, retryAfterMs }: CodexError): unknown[] {
  return [info, retryable, retryAfterMs, message];
}

const ERROR = { error: { message: "m", type: "t", code: "c", param: null } };

function named(name: string, more: Record<string, unknown> = {}): unknown {
  return { error: { message: "m", type: name, code: name, ...more } };
}

/** Status, body and headers, then info, whether it is tried again, the delay and the message. */
const TABLE: readonly [
  number,
  unknown,
  Record<string, string>,
  [string, boolean, number | undefined, string],
][] = [
  [400, ERROR, {}, ["bad_request", false, undefined, "m"]],
  [400, "plain text body", {}, ["bad_request", false, undefined, "plain text body"]],
  [400, "", {}, ["bad_request", false, undefined, "no details"]],
  [400, { detail: "the detail" }, {}, ["bad_request", false, undefined, "the detail"]],
  [400, { error: "in short" }, {}, ["bad_request", false, undefined, "in short"]],
  [400, { message: "at the top" }, {}, ["bad_request", false, undefined, "at the top"]],
  [400, ERROR, { "retry-after": "3" }, ["bad_request", false, undefined, "m"]],
  [400, named("context_length_exceeded"), {}, [
    "context_window_exceeded",
    false,
    undefined,
    "The model ran out of room in its context window: start a new session or shorten the input",
  ]],
  [401, ERROR, {}, [
    "unauthorized",
    false,
    undefined,
    `unexpected status 401 S: m, url: ${URL_SHOWN}\n` +
    "The key was refused: check the variable that model_providers.fake.env_key names",
  ]],
  [402, ERROR, {}, [
    "usage_limit_exceeded",
    false,
    undefined,
    `unexpected status 402 S: m, url: ${URL_SHOWN}\n` +
    "The account cannot pay for the request: check its plan and billing",
  ]],
  [403, ERROR, {}, [
    "unauthorized",
    false,
    undefined,
    `unexpected status 403 S: m, url: ${URL_SHOWN}\n` +
    "The key may not use this: check the model (-m), the key's rights and " +
    "model_providers.fake.base_url",
  ]],
  [404, "<html><head><title>Not\x07 found</title>", {}, [
    "not_found",
    false,
    undefined,
    `unexpected status 404 S: an HTML page, "Not found", url: ${URL_SHOWN}\n` +
    "Nothing answers there: check the model (-m) and model_providers.fake.base_url, " +
    "which usually ends in /v1",
  ]],
  [409, ERROR, {}, [
    "bad_request",
    false,
    undefined,
    `unexpected status 409 S: m, url: ${URL_SHOWN}\n` +
    "The server finds the request in conflict with another one: try again later",
  ]],
  [413, ERROR, {}, [
    "bad_request",
    false,
    undefined,
    `unexpected status 413 S: m, url: ${URL_SHOWN}\n` +
    "The request is too large: attach less, or start a new session",
  ]],
  [422, { detail: [{ loc: ["body"], msg: "bad" }] }, {}, [
    "bad_request",
    false,
    undefined,
    `unexpected status 422 S: [{"loc":["body"],"msg":"bad"}], url: ${URL_SHOWN}\n` +
    "The server does not take this request: check the model (-m), and that " +
    "model_providers.fake.base_url is a Responses API endpoint",
  ]],
  [418, ERROR, {}, [
    "bad_request",
    false,
    undefined,
    `unexpected status 418 S: m, url: ${URL_SHOWN}`,
  ]],
  [408, ERROR, {}, [
    "server_overloaded",
    true,
    undefined,
    `unexpected status 408 S: m, url: ${URL_SHOWN}`,
  ]],
  [429, ERROR, {}, [
    "rate_limited",
    true,
    undefined,
    `unexpected status 429 S: m, url: ${URL_SHOWN}`,
  ]],
  [429, ERROR, { "retry-after": "2" }, [
    "rate_limited",
    true,
    2000,
    `unexpected status 429 S: m, url: ${URL_SHOWN}`,
  ]],
  [429, ERROR, { "retry-after-ms": "250", "retry-after": "9" }, [
    "rate_limited",
    true,
    250,
    `unexpected status 429 S: m, url: ${URL_SHOWN}`,
  ]],
  [429, ERROR, { "retry-after": "86400" }, [
    "rate_limited",
    false,
    undefined,
    `unexpected status 429 S: m, url: ${URL_SHOWN}; the server asks to wait 86400 s, longer than ` +
    "the 300 s that are waited at most",
  ]],
  [429, { error: { message: "Please try again in 1.2s." } }, {}, [
    "rate_limited",
    true,
    1200,
    `unexpected status 429 S: Please try again in 1.2s., url: ${URL_SHOWN}`,
  ]],
  [429, named("usage_limit_reached", { resets_at: 1795400000 }), {}, [
    "usage_limit_exceeded",
    false,
    undefined,
    "You have hit your usage limit. It resets at 2026-11-23T02:13:20Z.",
  ]],
  [429, named("usage_limit_reached", { resets_at: 1e300 }), {}, [
    "usage_limit_exceeded",
    false,
    undefined,
    "You have hit your usage limit.",
  ]],
  [429, named("usage_not_included"), {}, [
    "usage_limit_exceeded",
    false,
    undefined,
    "Your plan does not include this use: m",
  ]],
  [429, named("insufficient_quota"), {}, [
    "usage_limit_exceeded",
    false,
    undefined,
    "Quota exceeded. Check your plan and billing details.",
  ]],
  [500, ERROR, {}, [
    "server_overloaded",
    true,
    undefined,
    `unexpected status 500 S: m, url: ${URL_SHOWN}`,
  ]],
  [503, "busy", { "retry-after": "7" }, [
    "server_overloaded",
    true,
    7000,
    `unexpected status 503 S: busy, url: ${URL_SHOWN}`,
  ]],
  [503, named("server_is_overloaded"), { "retry-after": "1" }, [
    "server_overloaded",
    true,
    1000,
    "The selected model is at capacity: try another one with -m, or try later",
  ]],
  [503, named("slow_down"), { "retry-after": "1" }, [
    "rate_limited",
    true,
    1000,
    "rate limit exceeded: m",
  ]],
];

for (const [status, body, headers, expected] of TABLE) {
  const said = JSON.stringify([body, headers]).slice(0, 80);
  Deno.test(`status ${status} with ${said}`, () =>
    deepStrictEqual(outcome(refusal(status, { body, headers })), expected));
}

Deno.test("a status without a name is told as one", () => {
  const { message } = refusal(529, { body: "", statusText: "" });
  deepStrictEqual(
    message,
    `unexpected status 529 <unknown status code>: no details, url: ${URL_SHOWN}`,
  );
});

Deno.test("a long error body is cut to a few kilobytes", () => {
  const { message } = refusal(400, { body: { error: { message: "🦕".repeat(30_000) } } });
  ok(message.length < 4200, `${message.length} characters`);
  ok(message.isWellFormed());
  match(message, /… \(cut\)$/);
});

Deno.test("control characters of a server do not reach the terminal", () => {
  const { message } = refusal(400, { body: "a\x1b[31mb\u202ec\r\n\td\u009b" });
  deepStrictEqual(message, "a[31mbc\n\td");
});

Deno.test("a provider without a key is told to set one", () => {
  const parts = { status: 401, statusText: "S", headers: new Headers(), body: "m", url: URL_SHOWN };
  const keyless = provider({ bearerToken: undefined });
  match(
    toCodexError(parts, keyless).message,
    /No key was sent: .* model_providers\.fake\.env_key$/,
  );
  const openai = provider({ bearerToken: undefined, id: "openai" });
  match(toCodexError(parts, openai).message, /No key was sent: set OPENAI_API_KEY$/);
});

Deno.test("retry-after is read as seconds and as a date, and nothing else", () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);
  const read = (value: string) => readRetryAfter(new Headers({ "retry-after": value }), now);
  deepStrictEqual(read("0"), 0);
  deepStrictEqual(read(" 1.5 "), 1500);
  deepStrictEqual(read("Fri, 02 Jan 2026 03:04:15 GMT"), 10_000);
  deepStrictEqual(read("Fri, 02 Jan 2026 03:04:00 GMT"), 0);
  for (const value of ["-1", "soon", "1e3", "5s", "", "NaN"]) {
    deepStrictEqual(read(value), undefined, value);
  }
});

Deno.test("no secret of the provider's settings stands in a message", () => {
  const settings = provider({
    bearerToken: "sk-1234567890",
    headers: { "x-api-key": "Basic topsecret", "x-stat": "visible-value" },
    queryParams: { token: "a b/c=d+e", "api-version": "2026-01-01" },
  });
  const error = new CodexError(
    "rate_limited",
    "sk-1234567890, topsecret, a%20b%2Fc%3Dd%2Be, visible-value, 2026-01-01",
    { retryAfterMs: 5, cause: "sk-1234567890" },
  );
  const cleaned = withoutSecrets(error, settings);
  deepStrictEqual(
    [...outcome(cleaned), cleaned.cause],
    [
      "rate_limited",
      true,
      5,
      "[redacted: the provider's key], [redacted: x-api-key], [redacted: token], visible-value, 2026-01-01",
      undefined,
    ],
  );
});

Deno.test("a place is shown without user, key and fragment", () => {
  deepStrictEqual(placeOf("https://u:p@h:8/v1/x?key=1#k"), "https://h:8/v1/x");
  deepStrictEqual(placeOf("/login?next=1", "https://h/v1/responses"), "https://h/login");
  deepStrictEqual(placeOf("http://["), "another place");
});

/** What `fetch` says, and whether trying again may help. */
const TRANSPORT: readonly [string, Error, boolean, RegExp][] = [
  [
    "a refused connection, with a cause",
    new TypeError("fetch failed", {
      cause: new Error(
        "error sending request for url (http://h/v1?k=1): client error (Connect): tcp connect error: Connection refused (os error 111)",
      ),
    }),
    true,
    /^error sending request for url \(http:\/\/h\/v1\): tcp connect error: Connection refused \(os error 111\); check base_url, network and proxy settings$/,
  ],
  [
    "a refused connection of older runtimes",
    new TypeError(
      "error sending request for url (http://h/v1?k=1): client error (Connect): tcp connect error: Connection refused (os error 111)",
    ),
    true,
    /\(http:\/\/h\/v1\): tcp connect error: Connection refused/,
  ],
  [
    "an unknown certificate",
    new TypeError("fetch failed", {
      cause: new Error("client error (Connect): invalid peer certificate: UnknownIssuer"),
    }),
    false,
    /invalid peer certificate: UnknownIssuer; .*SSL_CERT_FILE/,
  ],
  [
    "a missing permission",
    new Error('Requires net access to "h:80", run again with the --allow-net flag'),
    false,
    /without the permission to reach this host$/,
  ],
];

for (const [name, cause, retryable, message] of TRANSPORT) {
  Deno.test(`transport: ${name}`, () => {
    const error = toTransportError(cause, "http://h/v1?k=1");
    deepStrictEqual([error.info, error.retryable], ["http_connection_failed", retryable]);
    match(error.message, message);
    ok(!error.message.includes("k=1"));
  });
}
