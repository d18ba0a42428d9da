/** What the recorder leaves on disk. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { NO_RATE_LIMITS, type RolloutLine } from "../../src/protocol/rollout_line.ts";
import { userMessage } from "../../src/protocol/response_item.ts";
import { createRecorder, type RecorderOptions } from "../../src/rollout/recorder.ts";

const ID = "01a201d7-0000-7000-8000-000000000001";
const NOW = new Date("2026-11-22T05:59:52.284Z");
const HELLO: RolloutLine = { type: "response_item", payload: userMessage("hello") };
const HELLO_LINE = '{"timestamp":"2026-11-22T05:59:52.284Z","type":"response_item",' +
  '"payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}}\n';

Deno.test("createRecorder() names the file by local time and keeps it private", async () => {
  using home = tempHome();
  const startedAt = new Date(2026, 2, 4, 5, 6, 7);
  const recorder = createRecorder({ ...options(home), startedAt });
  strictEqual(
    recorder.path,
    `${home.path}/sessions/2026/03/04/rollout-2026-03-04T05-06-07-${ID}.jsonl`,
  );
  recorder.record(HELLO);
  strictEqual(await Deno.readTextFile(recorder.path), HELLO_LINE);
  strictEqual(mode(recorder.path), 0o600);
  for (const folder of ["sessions", "sessions/2026", "sessions/2026/03", "sessions/2026/03/04"]) {
    strictEqual(mode(`${home.path}/${folder}`), 0o700);
  }
  recorder.close();
});

Deno.test("a recorder without a line leaves no file", () => {
  using home = tempHome();
  createRecorder(options(home)).close();
  deepStrictEqual([...Deno.readDirSync(home.path)], []);
});

Deno.test("record() writes the lines of Codex byte for byte, without the items' ids", () => {
  using home = tempHome();
  const file = new URL("../fixtures/rollout.0.115.0.jsonl", import.meta.url);
  const lines = Deno.readTextFileSync(file).trimEnd().split("\n");
  const parsed = lines.map((line) => JSON.parse(line));
  const times = parsed.map((line) => new Date(line.timestamp));
  const recorder = createRecorder({
    ...options(home),
    now: () => times.shift() ?? NOW,
  });
  for (const { type, payload } of parsed) {
    recorder.record({
      type,
      payload: type === "response_item" ? { ...payload, id: "x" } : payload,
    });
  }
  recorder.close();
  deepStrictEqual(Deno.readTextFileSync(recorder.path).trimEnd().split("\n"), lines);
  deepStrictEqual(parsed[7].payload.rate_limits, NO_RATE_LIMITS);
});

Deno.test("record() writes no half of a surrogate pair", () => {
  using home = tempHome();
  const recorder = createRecorder(options(home));
  recorder.record({ type: "response_item", payload: userMessage("a\ud800b") });
  recorder.close();
  match(Deno.readTextFileSync(recorder.path), /"text":"a\ufffdb"/);
});

Deno.test("record() appends to the file of a resumed thread and ends a torn line first", () => {
  using home = tempHome();
  for (
    const [before, after] of [
      ["", HELLO_LINE],
      ['{"a":1}\n', `{"a":1}\n${HELLO_LINE}`],
      ['{"a":1}\n{"b', `{"a":1}\n{"b\n${HELLO_LINE}`],
    ] as const
  ) {
    const resumePath = `${home.path}/old.jsonl`;
    Deno.writeTextFileSync(resumePath, before);
    const recorder = createRecorder({ ...options(home), resumePath });
    strictEqual(recorder.path, resumePath);
    recorder.record(HELLO);
    recorder.close();
    strictEqual(Deno.readTextFileSync(resumePath), after);
  }
});

Deno.test("record() goes on with the numbers of a file whose lines are numbered", () => {
  using home = tempHome();
  const resumePath = `${home.path}/old.jsonl`;
  const numbered = (n: number, payload: unknown) =>
    JSON.stringify({ timestamp: "t", ordinal: n, type: "x", payload }) + "\n";
  const before = numbered(0, '{"ordinal":7}') + numbered(1, "long ".repeat(100_000));
  Deno.writeTextFileSync(resumePath, `${before}{"torn`);
  const recorder = createRecorder({ ...options(home), resumePath });
  recorder.record(HELLO);
  recorder.record(HELLO);
  recorder.close();
  const added = [2, 3].map((n) => HELLO_LINE.replace(',"type"', `,"ordinal":${n},"type"`));
  strictEqual(Deno.readTextFileSync(resumePath), `${before}{"torn\n${added.join("")}`);
});

Deno.test("record() follows no link and overwrites no file, and says so once", () => {
  using home = tempHome();
  const target = `${home.path}/target`;
  const link = `${home.path}/link.jsonl`;
  Deno.writeTextFileSync(target, "mine");
  Deno.symlinkSync(target, link);
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const resumed = createRecorder({ ...options(home), resumePath: link, onWarning });
  resumed.record(HELLO);
  resumed.record(HELLO);
  deepStrictEqual(warnings, [`Cannot record the session: "${link}" is not a regular file`]);
  strictEqual(Deno.readTextFileSync(target), "mine");

  createAndClose(options(home));
  const again = createRecorder({ ...options(home), onWarning });
  again.record(HELLO);
  match(warnings[1] ?? "", /^Cannot record the session: .*exists/i);
  strictEqual(Deno.readTextFileSync(again.path), HELLO_LINE);
});

Deno.test("record() writes what it could not write before, once it can", () => {
  using home = tempHome();
  const blocker = `${home.path}/sessions`;
  Deno.writeTextFileSync(blocker, "in the way");
  const warnings: string[] = [];
  const recorder = createRecorder({
    ...options(home),
    onWarning: (message) => void warnings.push(message),
  });
  recorder.record(HELLO);
  recorder.record(HELLO);
  strictEqual(warnings.length, 1);
  Deno.removeSync(blocker);
  recorder.record(HELLO);
  recorder.close();
  strictEqual(Deno.readTextFileSync(recorder.path), HELLO_LINE.repeat(3));
});

function options(home: { path: string }): RecorderOptions {
  return { codexHome: home.path, threadId: ID, startedAt: NOW, now: () => NOW };
}

function createAndClose(given: RecorderOptions): void {
  const recorder = createRecorder(given);
  recorder.record(HELLO);
  recorder.close();
}

function tempHome(): Disposable & { path: string } {
  const path = Deno.makeTempDirSync();
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function mode(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}
