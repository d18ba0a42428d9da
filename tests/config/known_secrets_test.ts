/** Which secrets a configuration and its environment hold, and which variables hold them. */

import { deepStrictEqual } from "node:assert/strict";
import { makeCodexHome, resolveIn } from "./codex_home.ts";

const PROVIDERS = `
model_provider = "p"
[model_providers.p]
base_url = "https://h/v1?sig=query-secret"
env_key = "P_VARIABLE"
http_headers = { Authorization = "Basic static-secret", x-note = "nothing-secret" }
env_http_headers = { x-team = "TEAM" }
[model_providers.q]
base_url = "https://i/v1"
experimental_bearer_token = "bearer-of-q"
env_key = "Q_VARIABLE"
[shell_environment_policy.set]
SET_TOKEN = "set-in-a-table-1"
COPY = "key=p-0123456789"
`;

Deno.test("every secret of the configuration is known by the name of what holds it", async () => {
  await using home = await makeCodexHome({
    "config.toml": PROVIDERS,
    "auth.json": JSON.stringify({
      OPENAI_API_KEY: "sk-stored-1",
      tokens: { access_token: "ey-access", refresh_token: "rt-refresh", account_id: "id-account" },
    }),
  });
  const env = {
    P_VARIABLE: " p-0123456789\n",
    Q_VARIABLE: "q-0123456789",
    TEAM: "team-of-mine",
    GITHUB_TOKEN: "ghp_0123456789",
    SAME_TOKEN: "ghp_0123456789",
    KEY_FILE: "/home/me/key.pem",
    MONKEY: "business",
    SHORT_KEY: "sk-1",
    EDITOR: "vim-of-the-user",
    ALIAS: "p-0123456789",
  };
  const { config } = await resolveIn(home, { env });
  deepStrictEqual(config.knownSecrets.map(({ name, value }) => `${name}: ${value}`), [
    "P_VARIABLE: p-0123456789",
    "Q_VARIABLE: q-0123456789",
    "TEAM: team-of-mine",
    "sig: query-secret",
    "Authorization: Basic static-secret",
    "Authorization: static-secret",
    "experimental_bearer_token: bearer-of-q",
    "OPENAI_API_KEY of auth.json: sk-stored-1",
    "access_token of auth.json: ey-access",
    "refresh_token of auth.json: rt-refresh",
    "GITHUB_TOKEN: ghp_0123456789",
    "SET_TOKEN: set-in-a-table-1",
  ]);
  // A copy of a key under another name is withheld from commands, too.
  deepStrictEqual(config.secretNames, [
    "OPENAI_API_KEY",
    "CODEX_API_KEY",
    "OPENAI_ORGANIZATION",
    "OPENAI_PROJECT",
    "P_VARIABLE",
    "TEAM",
    "Q_VARIABLE",
    "ALIAS",
    "COPY",
  ]);
});

Deno.test("OpenAI's key is known wherever it comes from", async () => {
  const env = { OPENAI_API_KEY: "sk-environment", HOME: "/h" };
  const [first] = (await resolveIn(undefined, { env })).config.knownSecrets;
  deepStrictEqual(first, { name: "OPENAI_API_KEY", value: "sk-environment" });
  await using home = await makeCodexHome({ "auth.json": '{"OPENAI_API_KEY":"sk-stored-1"}' });
  const { knownSecrets } = (await resolveIn(home, { env })).config;
  deepStrictEqual(knownSecrets.map(({ value }) => value), ["sk-environment", "sk-stored-1"]);
});

Deno.test("a key that is a word and a team's name hide no path", async () => {
  const env = {
    OPENAI_API_KEY: "workspace",
    OPENAI_ORGANIZATION: "mycompany",
    PWD: "/workspace/mycompany",
  };
  const { knownSecrets, secretNames } = (await resolveIn(undefined, { env })).config;
  deepStrictEqual(knownSecrets, [{ name: "OPENAI_API_KEY", value: "workspace" }]);
  deepStrictEqual(secretNames.includes("PWD"), false);
});
