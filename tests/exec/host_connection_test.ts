/** The front's end of a host process that goes wrong: an error of the call, and no more than that. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type Caller, HostConnection } from "../../src/exec/host_connection.ts";
import { PROTOCOL_VERSION } from "../../src/exec/host_message.ts";
import { ToolError } from "../../src/protocol/error.ts";
import { HELLO } from "./plain_hello.ts";
import { until } from "./workspace.ts";

const FAKE_HOST = new URL("fake_host.ts", import.meta.url).pathname;

async function connect(
  conduct: string,
  under: readonly string[] = [],
): Promise<HostConnection> {
  const command = [...under, Deno.execPath(), "run", "-A", FAKE_HOST, conduct];
  const env = { PATH: Deno.env.get("PATH") ?? "", DENO_DIR: Deno.env.get("DENO_DIR") ?? "" };
  const home = { HOME: Deno.env.get("HOME") ?? "", NO_COLOR: "1" };
  return await HostConnection.start({ command, env: { ...env, ...home } }, HELLO);
}

interface TestCaller extends Caller {
  readonly reported: string[];
}

function callerOf(signal: AbortSignal = new AbortController().signal): TestCaller {
  const reported: string[] = [];
  const report: Caller["report"] = (item) => reported.push(JSON.stringify(item));
  return { callId: "c", signal, report, reported };
}

/** What the one call of the connection is answered. */
async function answerOf(conduct: string, caller = callerOf()): Promise<string> {
  return await answerFrom(await connect(conduct), caller);
}

async function answerFrom(connection: HostConnection, caller: Caller): Promise<string> {
  try {
    await connection.call("exec", [], caller);
  } catch (error) {
    ok(error instanceof ToolError, `${error}`);
    return error.message;
  } finally {
    // It goes, whatever it had in mind.
    await connection.ended;
  }
  return "no error";
}

const GONE = "The process that runs commands has gone";

Deno.test("a host process that dies gives the call its last words, and what the command had written", async () => {
  strictEqual(
    await answerOf("dies"),
    `${GONE}: out of luck\nThe command had written:\none\ntwo\n`,
  );
});

Deno.test("what is no answer is an error of the call, and ends the process", async () => {
  const cases: [string, string][] = [
    ["no frames", "this is no message of the protocol (signal SIGKILL)"],
    ["no message", "it sent what is no message of the protocol (signal SIGKILL)"],
    ["no result", "its answer to exec is none"],
    ["too long", "this is no message of the protocol (signal SIGKILL)"],
    ["too deep", "it sent what is no message of the protocol (signal SIGKILL)"],
    ["too often", "this is no message of the protocol (signal SIGKILL)"],
  ];
  const seen = await Promise.all(
    cases.map(async ([conduct]) => [conduct, (await answerOf(conduct)).replace(`${GONE}: `, "")]),
  );
  deepStrictEqual(seen, cases);
});

Deno.test("a process that says nothing any more, and stays, is ended", async () => {
  const connection = await connect("ends", ["/bin/sh", "-c", '"$@"; exec sleep 300 >&-', "sh"]);
  strictEqual(await answerFrom(connection, callerOf()), `${GONE}: it ended (signal SIGKILL)`);
});

Deno.test("a host process of another version is not used", async () => {
  const wrong = `it speaks version ${
    PROTOCOL_VERSION + 1
  } of the protocol, not ${PROTOCOL_VERSION}`;
  await rejects(connect("newer"), { message: `${wrong} (signal SIGKILL)` });
});

Deno.test("a flood of output and warnings is kept in part", async () => {
  const caller = callerOf();
  const message = await answerOf("floods", caller);
  ok(message.startsWith(`${GONE}: it ended (exit code 0)\nThe command had written:\nxxx`));
  ok(message.length < 40_000, `${message.length}`);
  strictEqual(caller.reported.length, 8);
  ok(caller.reported.every((text) => text.length < 1100));
});

Deno.test("calls wait where the process takes none, and an interrupt ends the wait", async () => {
  const connection = await connect("deaf");
  const abort = new AbortController();
  let encoded = 0;
  const large = { toJSON: () => `${encoded++}${"x".repeat(1024 * 1024)}` };
  const calls = Array.from(
    { length: 50 },
    () => connection.call("exec", [large], callerOf(abort.signal)),
  );
  const settled = Promise.allSettled(calls);
  await until(() => encoded > 0);
  // The second stands ready behind the one that fills the pipe.
  ok(encoded <= 2, `${encoded}`);
  abort.abort(new Error("stop"));
  const reasons = (await settled).map((result) =>
    result.status === "rejected" && `${result.reason}`
  );
  deepStrictEqual(reasons, Array(50).fill("Error: stop"));
  await connection.close();
  await connection.ended;
});
