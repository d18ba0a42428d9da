/** Tests of src/config/providers.ts and auth.ts: which server, which key, which limits. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { CodexError } from "../../src/protocol/error.ts";
import type { ProviderInfo } from "../../src/protocol/provider.ts";
import type { ConfigOptions } from "../../src/config/config.ts";
import { failureIn, makeCodexHome, resolveIn } from "./codex_home.ts";

const LIMITS = {
  requestMaxRetries: 4,
  streamMaxRetries: 5,
  streamIdleTimeoutMs: 300_000,
  connectTimeoutMs: 15_000,
  headerTimeoutMs: 600_000,
  totalTimeoutMs: 3_600_000,
};

const OPENAI: ProviderInfo = {
  id: "openai",
  name: "OpenAI",
  baseUrl: "https://api.openai.com/v1",
  wireApi: "responses",
  bearerToken: "sk-env",
  headers: {},
  queryParams: {},
  ...LIMITS,
};

const CUSTOM: ProviderInfo = {
  ...OPENAI,
  id: "p",
  name: "p",
  baseUrl: "https://example.com/v1",
  bearerToken: undefined,
};
const P = 'model_provider = "p"\n[model_providers.p]\nbase_url = "https://example.com/v1"\n';
const ENV = { OPENAI_API_KEY: "sk-env" };

const PROVIDERS: [string, string, Partial<ConfigOptions>, ProviderInfo][] = [
  ["OpenAI by default", "", {}, OPENAI],
  ["OpenAI elsewhere", 'openai_base_url = "http://localhost:1/v1/"', {}, {
    ...OPENAI,
    baseUrl: "http://localhost:1/v1",
  }],
  ["OpenAI elsewhere by the environment", "", {
    env: { ...ENV, OPENAI_BASE_URL: "https://example.com/v1" },
  }, { ...OPENAI, baseUrl: "https://example.com/v1" }],
  ["OpenAI's organization", "", {
    env: { ...ENV, OPENAI_ORGANIZATION: "o", OPENAI_PROJECT: "" },
  }, { ...OPENAI, headers: { "OpenAI-Organization": "o" } }],
  ["one that wants no key", P, {}, CUSTOM],
  ["a name", `${P}name = "Mine"`, {}, { ...CUSTOM, name: "Mine" }],
  ["a key of the environment", `${P}env_key = "K"\nexperimental_bearer_token = "b"`, {
    env: { K: " k\n" },
  }, { ...CUSTOM, bearerToken: "k" }],
  ["a key in the file", `${P}experimental_bearer_token = "b"`, {}, {
    ...CUSTOM,
    bearerToken: "b",
  }],
  ["OpenAI's key elsewhere", `${P}requires_openai_auth = true`, {}, {
    ...CUSTOM,
    bearerToken: "sk-env",
  }],
  [
    "headers and a query",
    `${P}http_headers = { "X-A" = "1" }\nenv_http_headers = { "X-B" = "B", "X-C" = "C", "X-D" = "D" }\nquery_params = { "api-version" = "2" }`,
    { env: { B: "b", C: "" } },
    { ...CUSTOM, headers: { "X-A": "1", "X-B": "b" }, queryParams: { "api-version": "2" } },
  ],
  [
    "a query in the address",
    'model_provider = "p"\n[model_providers.p]\nbase_url = "https://example.com/v1?a=1&b=c%20d"\nquery_params = { a = "2" }',
    {},
    { ...CUSTOM, queryParams: { a: "2", b: "c d" } },
  ],
  [
    "limits",
    `${P}request_max_retries = 0\nstream_max_retries = 1\nstream_idle_timeout_ms = 2\nconnect_timeout_ms = 3\nheader_timeout_ms = 4\ntotal_timeout_ms = 5`,
    {},
    {
      ...CUSTOM,
      requestMaxRetries: 0,
      streamMaxRetries: 1,
      streamIdleTimeoutMs: 2,
      connectTimeoutMs: 3,
      headerTimeoutMs: 4,
      totalTimeoutMs: 5,
    },
  ],
  ["--timeout-seconds", P, { flags: { timeoutSeconds: 1.5 } }, {
    ...CUSTOM,
    streamIdleTimeoutMs: 1500,
    connectTimeoutMs: 1500,
    headerTimeoutMs: 1500,
    totalTimeoutMs: 1500,
  }],
  ["a flag over the file", P, { flags: { modelProvider: "openai" } }, OPENAI],
  [
    "the whole of it by -c",
    "",
    {
      overrides: [
        'model_providers."a.b".base_url=https://example.com/v1',
        "model_provider=a.b",
      ],
    },
    { ...CUSTOM, id: "a.b", name: "a.b" },
  ],
  ["a model on this machine", "", { flags: { oss: true }, env: {} }, {
    ...CUSTOM,
    id: "ollama",
    name: "ollama",
    baseUrl: "http://localhost:11434/v1",
  }],
  ["a model on this machine, elsewhere", 'oss_provider = "lmstudio"', {
    flags: { oss: true },
    env: { CODEX_OSS_PORT: "99" },
  }, { ...CUSTOM, id: "lmstudio", name: "lmstudio", baseUrl: "http://localhost:99/v1" }],
  ["the address of a model on this machine", 'model_provider = "ollama"', {
    env: { CODEX_OSS_BASE_URL: "http://box:1/v1" },
  }, { ...CUSTOM, id: "ollama", name: "ollama", baseUrl: "http://box:1/v1" }],
  ["the demonstration", "", { overrides: ["model_provider=demo"], env: {} }, {
    ...CUSTOM,
    id: "demo",
    name: "Demo",
    baseUrl: "",
    wireApi: "demo",
  }],
];

for (const [title, toml, options, expected] of PROVIDERS) {
  Deno.test(`resolveProvider() knows ${title}`, async () => {
    await using home = await makeCodexHome({ "config.toml": toml });
    deepStrictEqual((await resolveIn(home, { env: ENV, ...options })).config.provider, expected);
  });
}

const KEYS: [string, string | undefined, Record<string, string>, string][] = [
  ["CODEX_API_KEY first", '{"OPENAI_API_KEY":"sk-file"}', {
    CODEX_API_KEY: "sk-codex",
    OPENAI_API_KEY: "sk-env",
  }, "sk-codex"],
  ["auth.json before OPENAI_API_KEY", '{"OPENAI_API_KEY":"sk-file"}', ENV, "sk-file"],
  ["auth.json alone", '{"auth_mode":"apikey","OPENAI_API_KEY":"sk-file\\n"}', {}, "sk-file"],
  ["OPENAI_API_KEY beside a login", '{"OPENAI_API_KEY":null,"tokens":{}}', ENV, "sk-env"],
  ["OPENAI_API_KEY beside a broken file", "{", ENV, "sk-env"],
  ["OPENAI_API_KEY alone", undefined, ENV, "sk-env"],
];

for (const [title, auth, env, expected] of KEYS) {
  Deno.test(`the key of OpenAI: ${title}`, async () => {
    await using home = await makeCodexHome(auth === undefined ? {} : { "auth.json": auth });
    deepStrictEqual((await resolveIn(home, { env })).config.provider.bearerToken, expected);
  });
}

const NO_KEY = [
  "There is no API key for the model provider. Set one of these:",
  "  export OPENAI_API_KEY=...       for the OpenAI API; also in CODEX_HOME/.env",
  '  CODEX_HOME/auth.json            {"OPENAI_API_KEY": "..."}',
  "  CODEX_HOME/config.toml          model_provider, and [model_providers.NAME] with base_url",
  "                                  and env_key, for another server",
  "(CODEX_HOME is ~/.codex where it is not set.)",
  'Or see it work without any key: decodex --demo "show me what you can do"',
].join("\n");

const NO_KEYS: [string, Record<string, string>, Record<string, string>, string][] = [
  ["nothing is set", {}, {}, NO_KEY],
  ["an empty key", {}, { OPENAI_API_KEY: " " }, NO_KEY],
  [
    "a login of ChatGPT",
    { "auth.json": '{"OPENAI_API_KEY":null,"tokens":{"access_token":"sk-secret"}}' },
    {},
    `"HOME/auth.json" holds a ChatGPT login, which decodex cannot use: it needs an API key\n${NO_KEY}`,
  ],
  [
    "a broken file",
    { "auth.json": '{"OPENAI_API_KEY":"sk-secret' },
    {},
    `Cannot read "HOME/auth.json": it is not JSON\n${NO_KEY}`,
  ],
  [
    "a key with a line break",
    {},
    { OPENAI_API_KEY: "sk-secret\nX: 1" },
    "Cannot use the key in OPENAI_API_KEY: it holds a space, a line break or another character that no key has; set it again, as one line",
  ],
  [
    "a stored key with a space",
    { "auth.json": '{"OPENAI_API_KEY":"sk-secret b"}' },
    {},
    'Cannot use the key in "HOME/auth.json": it holds a space, a line break or another character that no key has; set it again, as one line',
  ],
  [
    "env_key is not set",
    { "config.toml": `${P}env_key = "K"` },
    ENV,
    'Missing environment variable: `K`. Set it in the environment or in CODEX_HOME/.env: env_key of model provider "p" names it',
  ],
  [
    "env_key holds a key, sk-",
    { "config.toml": `${P}env_key = "sk-0123456789"` },
    {},
    'Cannot use env_key of model provider "p": it is no name of a variable; set it to the name of the one that holds the key',
  ],
  [
    "env_key holds a key, gsk",
    { "config.toml": `${P}env_key = "gsk_0123456789abcdefghij"` },
    {},
    'Cannot use env_key of model provider "p": it is no name of a variable; set it to the name of the one that holds the key',
  ],
  ["env_key is empty", { "config.toml": `${P}env_key = "K"\nenv_key_instructions = "Ask Ann."` }, {
    K: "",
  }, "Missing environment variable: `K`. Ask Ann."],
  [
    "a header of the environment",
    { "config.toml": `${P}env_http_headers = { X = "K" }` },
    { K: "sk-secret\nY: 1" },
    'Cannot use K as header "X": its value holds a character that no header can, for example a line break',
  ],
];

for (const [title, files, env, message] of NO_KEYS) {
  Deno.test(`without a key the person is told what to do: ${title}`, async () => {
    await using home = await makeCodexHome(files);
    deepStrictEqual(await failureIn(home, { env }), { name: "CodexError", message });
    ok(!message.includes("sk-secret"));
  });
}

Deno.test("a missing key is unauthorized and not tried again", async () => {
  const error = await resolveIn(undefined, { env: {} }).catch((cause) => cause);
  ok(error instanceof CodexError);
  deepStrictEqual([error.info, error.retryable], ["unauthorized", false]);
});

Deno.test("every variable that holds a secret of the configuration is named", async () => {
  await using home = await makeCodexHome({
    "config.toml":
      `${P}env_http_headers = { X = "HEADER_KEY" }\n[model_providers.q]\nenv_key = "Q_KEY"`,
  });
  deepStrictEqual((await resolveIn(home)).config.secretNames, [
    "OPENAI_API_KEY",
    "CODEX_API_KEY",
    "OPENAI_ORGANIZATION",
    "OPENAI_PROJECT",
    "HEADER_KEY",
    "Q_KEY",
  ]);
});
