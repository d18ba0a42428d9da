/** What is taken for a secret, and what only looks like one. */

import { deepStrictEqual } from "node:assert/strict";
import {
  isSecretVariable,
  knownSecret,
  likelySecret,
  providerSecrets,
} from "../../src/protocol/known_secret.ts";

Deno.test("variables are taken for secrets by their names", () => {
  const names = ["OPENAI_API_KEY", "npm_token", "MySecret", "MONKEY", "PATH", "PASSWORD", ""];
  deepStrictEqual(names.filter(isSecretVariable), [
    "OPENAI_API_KEY",
    "npm_token",
    "MySecret",
    "MONKEY",
  ]);
});

Deno.test("where only the name says so, words, numbers, paths and addresses are no secrets", () => {
  const secrets = [
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    " padded-secret\n",
    "hunter2hunter2",
    "correcthorsebatterystaple",
    "/9j+AbCdEfGhIjKlMnOpQrStUvWxYz012345678=",
    "https://user:password@host/",
    "two words of it",
    "123456789012345",
  ];
  const others = [
    "",
    "short-1",
    "true",
    "production",
    "10000000",
    "2026-11-25",
    "/home/me/.ssh/id_ed25519",
    "~/keys/a.pem",
    "./keys/server.pem",
    "https://keys.example.com/v1/certs",
    undefined,
  ];
  const values = [...secrets, ...others].map((value) => likelySecret("KEY", value)?.value);
  deepStrictEqual(values, [
    ...secrets.map((value) => value.trim()),
    ...others.map(() => undefined),
  ]);
});

Deno.test("what is known to be a secret only has to be long enough", () => {
  deepStrictEqual(
    ["ollama", "password", " 12345678 "].map((value) => knownSecret("KEY", value)),
    [undefined, { name: "KEY", value: "password" }, { name: "KEY", value: "12345678" }],
  );
});

Deno.test("a provider's secrets are its key and the values of fields that are called so", () => {
  deepStrictEqual(
    providerSecrets({
      bearerToken: "sk-0123456789",
      headers: { "Authorization": "Bearer abcdefgh", "x-author": "Somebody Else" },
      queryParams: { sig: "signature-1", "api-version": "2026-01-01" },
    }),
    [
      { name: "the provider's key", value: "sk-0123456789" },
      { name: "sig", value: "signature-1" },
      { name: "sig", value: "signature-1" },
      { name: "Authorization", value: "Bearer abcdefgh" },
      { name: "Authorization", value: "abcdefgh" },
    ],
  );
});
