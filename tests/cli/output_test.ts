/** What leaves the program: in order, whole, and safe for a terminal. */

import { deepStrictEqual } from "node:assert/strict";
import { EXIT, exitCodeOf, failureOf } from "../../src/cli/exit_code.ts";
import { Output } from "../../src/cli/output.ts";
import { schemaFault } from "../../src/cli/output_schema.ts";
import { userAgent } from "../../src/cli/user_agent.ts";
import { CodexError, ConfigError, UsageError } from "../../src/protocol/error.ts";

Deno.test("Output writes everything in order, however little the system takes at a time", async () => {
  const written: number[] = [];
  const sink = {
    write(bytes: Uint8Array): Promise<number> {
      written.push(bytes[0] ?? 0);
      return Promise.resolve(1);
    },
  };
  const output = new Output(sink, () => {});
  output.write("ab");
  output.write("");
  output.write("c");
  await output.flush();
  output.write("d");
  await output.flush();
  deepStrictEqual(new TextDecoder().decode(Uint8Array.from(written)), "abcd");
});

Deno.test("Output tells once that its reader is gone, and drops the rest", async () => {
  const reason = new Deno.errors.BrokenPipe();
  const closed: unknown[] = [];
  const sink = { write: () => Promise.reject(reason) };
  const output = new Output(sink, (cause) => closed.push(cause));
  output.write("a");
  await output.flush();
  output.write("b");
  await output.flush();
  deepStrictEqual(closed, [reason]);
});

Deno.test("every end has its exit code", () => {
  const cases: [unknown, number, string][] = [
    [new UsageError("m"), 2, "usage"],
    [new ConfigError("m"), 3, "config"],
    [new CodexError("unauthorized", "m"), 4, "unauthorized"],
    [new CodexError("http_connection_failed", "m"), 5, "http_connection_failed"],
    [new CodexError("rate_limited", "m"), 6, "rate_limited"],
    [new CodexError("output_schema", "m"), 9, "output_schema"],
    [new Deno.errors.NotCapable("m"), 8, "permission_refused"],
    [new TypeError("m"), 70, "bug"],
  ];
  const found = cases.map(([error]) => {
    const { exitCode, reason } = failureOf(error);
    return [error, exitCode, reason];
  });
  deepStrictEqual(found, cases);
  deepStrictEqual(exitCodeOf("wall_clock"), EXIT.wallClock);
  deepStrictEqual(exitCodeOf("budget_exceeded"), 7);
  deepStrictEqual(exitCodeOf("permission_refused"), 8);
  deepStrictEqual(exitCodeOf("bad_request"), 1);
});

Deno.test("schemaFault() finds what an answer lacks, has too much or has wrong", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: "string" },
      sizes: { type: "array", items: { type: "integer" } },
      kind: { enum: ["a", "b"] },
      note: { type: ["string", "null"] },
    },
    required: ["name"],
    additionalProperties: false,
  };
  const good = ['{"name":"x"}', '{"name":"x","sizes":[1,2],"kind":"b","note":null}'];
  deepStrictEqual(good.map((answer) => schemaFault(answer, schema)), [undefined, undefined]);
  const bad = [
    "no json",
    "[]",
    "{}",
    '{"name":1}',
    '{"name":"x","more":1}',
    '{"name":"x","sizes":[1.5]}',
    '{"name":"x","kind":"c"}',
    '{"name":"x","note":1}',
  ];
  deepStrictEqual(bad.filter((answer) => schemaFault(answer, schema) === undefined), []);
});

Deno.test("the user agent has the shape of Codex and ends in our name", () => {
  const osRelease = 'PRETTY_NAME="x"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n';
  const { arch } = Deno.build;
  deepStrictEqual(
    userAgent({ originator: "codex_exec", term: "xterm-256color", osRelease }),
    `codex_exec/0.115.0 (Debian 12.0.0; ${arch}) xterm-256color (decodex; 0.1.0)`,
  );
  deepStrictEqual(
    userAgent({
      originator: "x",
      term: undefined,
      osRelease: 'NAME="Ubuntu"\nVERSION_ID="22.04"\n',
    }),
    `x/0.115.0 (Ubuntu 22.4.0; ${arch}) unknown (decodex; 0.1.0)`,
  );
  deepStrictEqual(
    /[^\x20-\x7e]/.test(userAgent({ originator: "ö\n", term: "a\r\nb", osRelease: "" })),
    false,
  );
});
