/** How runs end: exit codes, signals, readers that go away. */

import { deepStrictEqual, match } from "node:assert/strict";
import {
  commandLine,
  createPlace,
  events,
  type Place,
  run,
  sessionFiles,
  start,
} from "../support/program.ts";
import type { Reply } from "../support/responses_server.ts";
import { workingIn } from "../support/process_tree.ts";
import { until } from "../support/until.ts";
import { ignoresHangup } from "../../src/cli/stop.ts";

Deno.test("each kind of failure has its exit code, the same for text and --json", async () => {
  const error = (message: string) => JSON.stringify({ error: { message } });
  const cases: [string, Reply, number][] = [
    ["refused request", { status: 400, raw: error("bad") }, 1],
    ["refused key", { status: 401, raw: error("bad key") }, 4],
    ["forbidden", { status: 403, raw: error("no") }, 4],
    ["not there", { status: 404, raw: error("no") }, 5],
    ["rate", { status: 429, raw: error("slow down") }, 6],
    ["server", { status: 500, raw: error("oops") }, 5],
    ["cut", { items: ["half"], cut: true }, 5],
    ["no answer", { items: [] }, 1],
  ];
  for (const [name, reply, expected] of cases) {
    await using place = await createPlace([reply]);
    const text = await run(["x"], place);
    const json = await run(["--json", "x"], place);
    const last = events(json.stdout).at(-1);
    deepStrictEqual([text.code, json.code, last?.["type"], last?.["exit_code"]], [
      expected,
      expected,
      "turn.failed",
      expected,
    ], name);
    match(text.stderr, /^error: /m);
  }
});

Deno.test("a server that is not there is a network failure", async () => {
  await using place = await createPlace([]);
  await place.server.close();
  const { code, stdout, stderr } = await run(["x"], place);
  deepStrictEqual([code, stdout], [5, ""]);
  match(stderr, /^error: /m);
});

Deno.test("a lost response is asked for again, and that is told", async () => {
  await using place = await createPlace([{ items: ["p"], cut: true }, { items: ["x"] }], {
    provider: "stream_max_retries = 2",
  });
  const { code, stdout } = await run(["--json", "x"], place);
  const retry = events(stdout).find(({ type }) => type === "error");
  deepStrictEqual(code, 0);
  match(String(retry?.["message"]), /^Reconnecting\.\.\. 1\/2 \(/);
});

/** Waits until the command of the run says that it is there. */
async function commandIsThere(place: Place): Promise<void> {
  await until(() => exists(`${place.cwd}/pid`));
}

const STAYING = [{
  items: [{
    call: "exec_command",
    args: { cmd: "echo $$ > p; mv p pid; sleep 300 & wait", yield_time_ms: 30_000 },
    id: "c",
  }],
}];

for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  // Then decodex ignores it as well.
  if (signal === "SIGHUP" && ignoresHangup()) continue;
  Deno.test(`${signal} ends the turn, its commands and the program within two seconds`, async () => {
    await using place = await createPlace(STAYING);
    const child = start(["--json", "x"], place);
    await commandIsThere(place);
    const sentAt = performance.now();
    child.kill(signal);
    const [{ code }, stdout] = await Promise.all([
      child.status,
      new Response(child.stdout).text(),
      child.stderr.cancel(),
    ]);
    const last = events(stdout).at(-1);
    deepStrictEqual([code, last?.["type"], last?.["exit_code"], last?.["reason"]], [
      expected,
      "turn.failed",
      expected,
      "interrupted",
    ]);
    deepStrictEqual(performance.now() - sentAt < 2500, true);
    deepStrictEqual(workingIn(place.cwd), []);
    const [file = ""] = await sessionFiles(place.home);
    match(await Deno.readTextFile(file), /"turn_aborted"/);
  });
}

Deno.test("an interrupted turn is gone on with", async () => {
  await using place = await createPlace((n) =>
    n === 0 ? { items: ["p"], hang: true } : { items: ["x"] }
  );
  const child = start(["x"], place);
  await until(() => place.server.requests.length > 0);
  child.kill("SIGINT");
  const [{ code }] = await Promise.all([
    child.status,
    child.stdout.cancel(),
    child.stderr.cancel(),
  ]);
  deepStrictEqual(code, 130);
  const again = await run(["exec", "resume", "--last", "go on"], place);
  deepStrictEqual([again.code, again.stdout], [0, "x\n"]);
});

Deno.test("a signal while the prompt is still being read ends the run too", async () => {
  await using place = await createPlace([{ items: ["x"] }]);
  const child = start(["exec", "--json", "x", "-"], { ...place, stdin: { open: true } });
  const stdout = new Response(child.stdout).text();
  const notice = child.stderr.getReader();
  match(new TextDecoder().decode((await notice.read()).value), /Reading additional input/);
  child.kill("SIGINT");
  const { code } = await child.status;
  await Promise.all([child.stdin.close().catch(() => {}), notice.cancel()]);
  deepStrictEqual([code, events(await stdout).at(-1)?.["reason"]], [130, "interrupted"]);
});

Deno.test("a reader that goes away ends the run without a word", async () => {
  const chatty = Array.from({ length: 50 }, (_, i) => ({
    items: [{ call: "exec_command", args: { cmd: "seq 1 2000" }, id: `c${i}` }],
  }));
  await using place = await createPlace([...chatty, { items: ["x"] }]);
  const child = start(["--json", "x"], place);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  deepStrictEqual([code, stderr], [141, ""]);
});

Deno.test("what cannot be written is a failure with its reason", async () => {
  await using place = await createPlace([{ items: ["x"] }]);
  const under = ["/bin/sh", "-c", 'exec "$@" >/dev/full', "sh"];
  for (const words of [["exec", "x"], ["--version"], ["exec", "--help"], ["permissions"]]) {
    const { code, stderr } = await run(words, { ...place, under });
    deepStrictEqual(code, 1, words.join(" "));
    match(stderr, /^error: Cannot write to standard output: No space left on device[^\n]*\n$/);
  }
});

Deno.test("an image that is not there is told of, and the turn goes on", async () => {
  await using place = await createPlace([{ items: ["x"] }]);
  const { code, stdout } = await run(["exec", "--json", "-i", "no.png,.", "x"], place);
  const told = events(stdout).map(({ item }) => item as { type?: string; message?: string })
    .filter((item) => item?.type === "error").map(({ message }) => message?.split(":")[0]);
  deepStrictEqual([code, told], [0, [
    `Cannot read --image "${place.cwd}/no.png"`,
    `Cannot read --image "${place.cwd}/."`,
  ]]);
});

Deno.test("without a host process an answer that needs none still comes", async () => {
  await using place = await createPlace([{ items: ["x"] }]);
  const [program = "", ...rest] = commandLine();
  const copy = `${place.root}/program`;
  await Deno.copyFile(program, copy);
  const options = { ...place, program: [copy, ...rest], stdin: { open: true } } as const;
  const child = start(["exec", "--json", "-"], options);
  const output = new Response(child.stdout).text();
  const notice = child.stderr.getReader();
  match(new TextDecoder().decode((await notice.read()).value), /Reading the prompt/);
  // It cannot be started once more.
  await Deno.remove(copy);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("hello"));
  await writer.close();
  await notice.cancel();
  const [{ code }, all] = [await child.status, events(await output)];
  const items = all.map(({ item }) => item as { type?: string; text?: string; message?: string });
  deepStrictEqual([code, items.find((item) => item?.type === "agent_message")?.text], [0, "x"]);
  const warning = items.find((item) => item?.type === "error")?.message ?? "";
  match(warning, /^Nothing confines commands: .*cannot start/);
});

Deno.test("a process in the background is gone with the run", async () => {
  await using place = await createPlace([
    {
      items: [{
        call: "exec_command",
        args: { cmd: "echo $$ > pid; exec sleep 300", yield_time_ms: 300 },
        id: "c",
      }],
    },
    { items: ["x"] },
  ]);
  const { code, stdout, ms } = await run(["--json", "x"], place);
  const command = events(stdout).filter(({ item }) =>
    (item as { type?: string } | undefined)?.type === "command_execution"
  ).at(-1);
  deepStrictEqual([code, command?.["type"], ms < 10_000], [0, "item.completed", true]);
  deepStrictEqual((command?.["item"] as { exit_code: unknown }).exit_code, null);
  deepStrictEqual(workingIn(place.cwd), []);
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
