/** Tests of what a wrong configuration is told: file, line, key, what was expected. */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { ConfigOptions } from "../../src/config/config.ts";
import { failureIn, makeCodexHome, resolveIn } from "./codex_home.ts";

const FILE = '"HOME/config.toml"';
const PROVIDER = 'model_provider = "p"\n[model_providers.p]\nbase_url = "https://example.com/v1"\n';

const REFUSED: [string, string, string][] = [
  [
    "text for a number",
    'project_doc_max_bytes = "x"',
    "line 1: project_doc_max_bytes has to be a whole number, not text",
  ],
  [
    "a fraction",
    "\nproject_doc_max_bytes = 1.5",
    "line 2: project_doc_max_bytes has to be a whole number, not 1.5",
  ],
  [
    "a negative number",
    "project_doc_max_bytes = -1",
    "line 1: project_doc_max_bytes has to be at least 0, not -1",
  ],
  [
    "a word that is none",
    '# mode\nsandbox_mode = "x"',
    'line 2: sandbox_mode has to be "read-only", "workspace-write" or "danger-full-access", not "x"',
  ],
  ["a list for text", 'model = ["a"]', "line 1: model has to be text in quotes, not a list"],
  ["a date for text", "model = 2026-01-01", "line 1: model has to be text in quotes, not a date"],
  ["text for a table", 'features = "x"', "line 1: features has to be a table, not text"],
  [
    "one of two kinds",
    "approval_policy = 5",
    'line 1: approval_policy has to be "untrusted", "on-failure", "on-request" or "never" or a table, not 5',
  ],
  [
    "a key of a table",
    '[shell_environment_policy]\n\ninherit = "some"',
    'line 3: shell_environment_policy.inherit has to be "all", "core" or "none", not "some"',
  ],
  [
    "a key of a dotted name",
    'projects."/a b".trust_level = "yes"',
    'line 1: projects."/a b".trust_level has to be "trusted" or "untrusted", not "yes"',
  ],
  [
    "a key of a quoted table",
    '[projects."/x.y"]\ntrust_level = "yes"',
    'line 2: projects."/x.y".trust_level has to be "trusted" or "untrusted", not "yes"',
  ],
  [
    "a key of an inline table",
    'a = 1\nmodel_providers = { p = { request_max_retries = "9" } }',
    "line 2: model_providers.p.request_max_retries has to be a whole number, not text",
  ],
  [
    "a key after a text of lines",
    'developer_instructions = """\nmodel = 1\n"""\nmodel = 2',
    "line 4: model has to be text in quotes, not 2",
  ],
  [
    "a key of a profile",
    '[profiles.p]\nmodel_verbosity = "x"',
    'line 2: profiles.p.model_verbosity has to be "low", "medium" or "high", not "x"',
  ],
  [
    "a time that no timer counts",
    "[model_providers.p]\ntotal_timeout_ms = 9999999999",
    "line 2: model_providers.p.total_timeout_ms has to be at most 2147483647, not 9999999999",
  ],
];

for (const [title, toml, message] of REFUSED) {
  Deno.test(`config.toml is refused with its place: ${title}`, async () => {
    await using home = await makeCodexHome({ "config.toml": toml });
    const expected = { name: "ConfigError", message: `Cannot use ${FILE} ${message}` };
    deepStrictEqual(await failureIn(home), expected);
  });
}

Deno.test("several mistakes are told at once", async () => {
  await using home = await makeCodexHome({ "config.toml": "model = 1\nservice_tier = 2" });
  const { message } = await failureIn(home);
  deepStrictEqual(message.split("\n").length, 2);
});

/** What stands for itself: the whole message. */
const FAILURES: [string, Record<string, string>, Partial<ConfigOptions>, string, string][] = [
  [
    "TOML that is none",
    { "config.toml": 'a = 1\nkey = = "sk-secret"' },
    {},
    "ConfigError",
    `Cannot read ${FILE}: line 2, column 7: invalid value`,
  ],
  [
    "a table twice",
    { "config.toml": "[a]\n[a]" },
    {},
    "ConfigError",
    `Cannot read ${FILE}: line 2, column 2: trying to redefine an already defined table or value`,
  ],
  [
    "a folder for a file",
    { "config.toml/x": "" },
    {},
    "ConfigError",
    `Cannot read ${FILE}: is a folder`,
  ],
  [
    "a chosen file that is not there",
    {},
    { configFile: "/no/such.toml" },
    "UsageError",
    'Cannot read "/no/such.toml": there is no such file',
  ],
  [
    "an unknown key when strict",
    { "config.toml": "\nmodle = 1" },
    { strict: true },
    "ConfigError",
    `Cannot use ${FILE} line 2: modle is no key of the configuration; did you mean "model"?`,
  ],
  [
    "an unknown key of -c when strict",
    {},
    { strict: true, overrides: ["zzzzzz=1"] },
    "UsageError",
    "Cannot use -c: zzzzzz is no key of the configuration",
  ],
  [
    "a wrong -c",
    {},
    { overrides: ["sandbox_mode=x"] },
    "UsageError",
    'Cannot use -c: sandbox_mode has to be "read-only", "workspace-write" or "danger-full-access", not "x"',
  ],
  [
    "a -c without a value",
    {},
    { overrides: ["model"] },
    "UsageError",
    'Cannot read -c model: it has no "key=" at its start; use -c KEY=VALUE, for example -c model="gpt-5.3-codex"',
  ],
  [
    "a -c without a key",
    {},
    { overrides: ["=sk-secret"] },
    "UsageError",
    'Cannot read -c: it has no "key=" at its start; use -c KEY=VALUE, for example -c model="gpt-5.3-codex"',
  ],
  [
    "a profile that is not there",
    { "config.toml": "[profiles.a]\n[profiles.b]" },
    { profile: "x" },
    "ConfigError",
    'Cannot use profile "x": config.toml has no [profiles.x] and there is no "HOME/x.config.toml"; known are a, b',
  ],
  [
    "a profile that is a path",
    { "x.config.toml": "" },
    { profile: "../x" },
    "ConfigError",
    'Cannot use profile "../x": config.toml has no [profiles.../x] and there is no "HOME/../x.config.toml"',
  ],
  [
    "a wrong profile file",
    { "x.config.toml": "model = 1" },
    { profile: "x" },
    "ConfigError",
    'Cannot use "HOME/x.config.toml" line 1: model has to be text in quotes, not 1',
  ],
  [
    "an unknown provider",
    { "config.toml": '\nmodel_provider = "zz"' },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 2: model_provider = "zz": there is no [model_providers.zz]; known are openai, demo, ollama, lmstudio`,
  ],
  [
    "a provider without an address",
    { "config.toml": 'model_provider = "p"\n[model_providers.p]\nname = "P"' },
    {},
    "ConfigError",
    'Cannot use model provider "p": model_providers.p.base_url is missing; set the address of its API, for example base_url = "https://example.com/v1"',
  ],
  [
    "an address of another kind",
    { "config.toml": 'openai_base_url = "ftp://example.com"' },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 1: openai_base_url: it has to be a URL that begins with http:// or https://`,
  ],
  [
    "an address with credentials",
    { "config.toml": 'openai_base_url = "https://u:sk-secret@example.com"' },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 1: openai_base_url: the URL holds credentials; put the key into a variable and name that by env_key, or use http_headers`,
  ],
  [
    "an address of the environment",
    {},
    { env: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "nonsense" } },
    "ConfigError",
    "Cannot use OPENAI_BASE_URL: it has to be a URL that begins with http:// or https://",
  ],
  [
    "the Chat API",
    { "config.toml": `${PROVIDER}wire_api = "chat"` },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 4: model_providers.p.wire_api: only the Responses API is spoken; set wire_api = "responses" and point base_url at a server that has POST /responses`,
  ],
  [
    "the Chat API for all",
    { "config.toml": `use_chat_completion = true\n${PROVIDER}` },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 1: use_chat_completion: only the Responses API is spoken; set wire_api = "responses" and point base_url at a server that has POST /responses`,
  ],
  [
    "a built-in provider anew",
    { "config.toml": '[model_providers.openai]\nbase_url = "https://example.com"' },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 1: model_providers.openai: "openai" is a built-in provider that cannot be changed; give yours another name; set openai_base_url for another address`,
  ],
  [
    "a header that is none",
    { "config.toml": `${PROVIDER}http_headers = { "X Y" = "sk-secret" }` },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 4: model_providers.p.http_headers: "X Y" is no header, or its value holds a character that no header can`,
  ],
  [
    "a header with a line break",
    { "config.toml": `${PROVIDER}http_headers = { X = "sk-secret\\nY: 1" }` },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 4: model_providers.p.http_headers: "X" is no header, or its value holds a character that no header can`,
  ],
  [
    "instructions that are not there",
    { "config.toml": 'model_instructions_file = "no.md"' },
    {},
    "ConfigError",
    `Cannot read "HOME/no.md", which ${FILE} line 1: model_instructions_file names: there is no such file`,
  ],
  [
    "instructions that are empty",
    { "config.toml": 'model_instructions_file = "no.md"', "no.md": "\n" },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 1: model_instructions_file: "HOME/no.md" is empty`,
  ],
  [
    "certificates that are none",
    { "config.toml": 'ca_certs = "no.pem"', "no.pem": "x" },
    {},
    "ConfigError",
    `Cannot use ${FILE} line 1: ca_certs: "HOME/no.pem" holds no certificate in PEM form`,
  ],
];

for (const [title, files, options, name, message] of FAILURES) {
  Deno.test(`resolveConfig fails: ${title}`, async () => {
    await using home = await makeCodexHome(files);
    deepStrictEqual(await failureIn(home, options), { name, message });
    ok(!message.includes("sk-secret"));
  });
}

Deno.test("an unknown key is told of once, with the nearest real one, and left out", async () => {
  await using home = await makeCodexHome({
    "config.toml": [
      'modle = "x"',
      'model = "gpt-5"',
      "[sandbox_workspace_write]",
      "network_acces = true",
      "[profiles.z]",
      'model_verbositi = "low"',
      "[model_providers.q]",
      'base_urll = "x"',
      "qqqqqqqqqq = 1",
    ].join("\n"),
  });
  const { config, warnings } = await resolveIn(home, { profile: "z", overrides: ["mdel=1"] });
  deepStrictEqual(config.model.slug, "gpt-5");
  const file = `"${home.path}/config.toml"`;
  deepStrictEqual(warnings.toSorted(), [
    `${file} line 1: modle is no key of the configuration; did you mean "model"?`,
    `${file} line 4: sandbox_workspace_write.network_acces is no key of the configuration; did you mean "network_access"?`,
    `${file} line 6: profiles.z.model_verbositi is no key of the configuration; did you mean "model_verbosity"?`,
    `${file} line 8: model_providers.q.base_urll is no key of the configuration; did you mean "base_url"?`,
    `${file} line 9: model_providers.q.qqqqqqqqqq is no key of the configuration`,
    '-c: mdel is no key of the configuration; did you mean "model"?',
  ]);
});

Deno.test("keys of Codex that are of no use here pass in silence", async () => {
  await using home = await makeCodexHome({
    "config.toml": [
      'notify = ["x"]',
      "disable_response_storage = true",
      "[tui]",
      "notifications = true",
      "[history]",
      'persistence = "none"',
      "[mcp_servers.s]",
      'command = "s"',
      "[profiles.p]",
      'model = "gpt-5"',
      'chatgpt_base_url = "https://example.com"',
    ].join("\n"),
  });
  deepStrictEqual((await resolveIn(home)).warnings, []);
});
