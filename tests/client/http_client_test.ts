/** Proxies and certificates as the environment names them. */

import { deepStrictEqual, match, rejects } from "node:assert/strict";
import { createFetch, usesProxy } from "../../src/client/http_client.ts";
import { ask, client } from "../support/responses_client.ts";
import { startResponsesServer } from "../support/responses_server.ts";

const TLS = new URL("../fixtures/tls/", import.meta.url).pathname;

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/** Who is asked for a page that `env`'s proxy or the host itself may give. */
async function reached(env: Record<string, string>): Promise<string> {
  await using host = startResponsesServer([{ raw: "host" }]);
  await using proxy = startResponsesServer([{ raw: "proxy" }]);
  const { origin } = new URL(proxy.url);
  const settings = Object.entries(env).map(([name, value]) => [name, value || origin]);
  const fetch = await createFetch(Object.fromEntries(settings), { url: host.url });
  const response = await fetch(`${host.url}/x`, {});
  return await response.text();
}

/** Names with no value stand for the proxy's address. */
const PROXIES: readonly [Record<string, string>, string][] = [
  [{}, "host"],
  [{ HTTP_PROXY: "" }, "proxy"],
  [{ http_proxy: "" }, "proxy"],
  [{ ALL_PROXY: "" }, "proxy"],
  [{ HTTPS_PROXY: "" }, "host"],
  [{ HTTP_PROXY: "", NO_PROXY: "127.0.0.1" }, "host"],
  [{ HTTP_PROXY: "", NO_PROXY: "example.com" }, "proxy"],
  [{ HTTP_PROXY: "", NO_PROXY: "*" }, "host"],
  [{ HTTP_PROXY: "", no_proxy: "example.com, *" }, "host"],
];

for (const [env, expected] of PROXIES) {
  Deno.test(`with ${JSON.stringify(env)} the ${expected} is asked`, async () => {
    const before = NAMES.map((name) => Deno.env.get(name));
    deepStrictEqual(await reached(env), expected);
    deepStrictEqual(NAMES.map((name) => Deno.env.get(name)), before);
  });
}

Deno.test("a server behind a proxy cannot be asked directly", () => {
  deepStrictEqual(usesProxy({}), false);
  deepStrictEqual(usesProxy({ NO_PROXY: "h", HTTP_PROXY: "" }), false);
  deepStrictEqual(usesProxy({ https_proxy: "http://p" }), true);
  deepStrictEqual(usesProxy({ https_proxy: "http://p", NO_PROXY: "*" }), false);
});

/** A server whose certificate only the fixtures' authority vouches for. */
async function withTlsServer(use: (url: string) => Promise<void>): Promise<void> {
  const server = Deno.serve({
    port: 0,
    hostname: "localhost",
    onListen: () => {},
    cert: await Deno.readTextFile(`${TLS}cert.pem`),
    key: await Deno.readTextFile(`${TLS}key.pem`),
  }, () => new Response('data: {"type":"response.completed"}\n\n'));
  try {
    await use(`https://localhost:${server.addr.port}/v1`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("an authority that the environment or the settings name is trusted", async () => {
  await withTlsServer(async (url) => {
    for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"]) {
      const events = await ask(client(url, { env: { [name]: `${TLS}ca.pem` } }));
      deepStrictEqual(events.map(({ type }) => type), ["completed"], name);
    }
    const caCerts = [await Deno.readTextFile(`${TLS}ca.pem`)];
    const events = await ask(client(url, { caCerts }));
    deepStrictEqual(events.map(({ type }) => type), ["completed"]);
  });
});

Deno.test("an unknown authority ends the call at once and says what to set", async () => {
  await withTlsServer(async (url) => {
    await rejects(ask(client(url)), (error: Error) => {
      match(error.message, /invalid peer certificate: UnknownIssuer; .*SSL_CERT_FILE/);
      return true;
    });
  });
});

Deno.test("certificates that cannot be read are an error with their variable's name", async () => {
  await rejects(
    ask(client("https://localhost:1/v1", { env: { SSL_CERT_FILE: "/nowhere/ca.pem" } })),
    /^CodexError: Cannot read "\/nowhere\/ca\.pem", which SSL_CERT_FILE names: /,
  );
});
