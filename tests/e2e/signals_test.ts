/** Signals at awkward moments: the program ends in time, and everything that it has started. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { createPlace, events, type Place, run, start } from "../support/program.ts";
import { hostAbove, workingIn } from "../support/process_tree.ts";
import type { Reply } from "../support/responses_server.ts";
import { until } from "../support/until.ts";
import { ignoresHangup } from "../../src/cli/stop.ts";

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGKILL: 137 } as const;
const SIGNALS = (Object.keys(CODES) as (keyof typeof CODES)[]).filter(isHeard);

/** Who runs the tests under `nohup` has decodex run under it. */
function isHeard(signal: keyof typeof CODES): boolean {
  if (signal !== "SIGHUP" || !ignoresHangup()) return true;
  console.log("skipped: SIGHUP is ignored here");
  return false;
}

/** A signal ends the program within two seconds; here the machine may be busy. */
const LIMIT_MS = 3000;
const FILES = 200;

const COMMAND: Reply = {
  items: [{
    call: "exec_command",
    args: { cmd: "setsid sleep 300 & touch there; wait", yield_time_ms: 30_000 },
    id: "c",
  }],
};
const PATCH: Reply = {
  items: [{
    custom: "apply_patch",
    input: [
      "*** Begin Patch",
      ...Array.from({ length: FILES }, (_, n) => `*** Add File: dir/${n}.txt\n+${n}`),
      "*** End Patch",
    ].join("\n"),
    id: "p",
  }],
};

interface Moment {
  readonly reply: Reply;
  isNow(place: Place): boolean;
  /** Nothing is promised of the last line. */
  readonly isCutOff?: boolean;
  send?(front: Deno.ChildProcess, signal: Deno.Signal, place: Place): void;
  check?(place: Place): void;
}

const MOMENTS: Readonly<Record<string, Moment>> = {
  "while the model speaks and the host process starts": {
    reply: { items: ["half"], hang: true },
    // The session file is made while the request is on its way; before that there is nothing to lose.
    isNow: ({ server, home }) => server.requests.length > 0 && hasSession(home),
  },
  "twice in a row, while a command runs": {
    reply: COMMAND,
    isNow: ({ cwd }) => namesIn(cwd).includes("there"),
    send(front, signal) {
      front.kill(signal);
      front.kill(signal);
    },
    isCutOff: true,
  },
  "while the host process stands still": {
    reply: COMMAND,
    isNow: ({ cwd }) => namesIn(cwd).includes("there"),
    send(front, signal, { cwd }) {
      Deno.kill(hostAbove(cwd), "SIGSTOP");
      front.kill(signal);
    },
  },
  "in the middle of a patch": {
    reply: PATCH,
    // The first that can be seen is a file on its way.
    isNow: ({ cwd }) => namesIn(cwd).length > 0,
    check({ cwd }) {
      const names = namesIn(cwd).includes("dir") ? namesIn(`${cwd}/dir`) : [];
      ok(names.length === 0 || names.length === FILES, `${names.length} files`);
      deepStrictEqual(namesIn(cwd).filter((name) => name !== "dir"), []);
    },
  },
};

for (const [name, moment] of Object.entries(MOMENTS)) {
  Deno.test(`every signal ends the run ${name}`, async () => {
    await Promise.all(SIGNALS.map((signal) => endBy(signal, moment)));
  });
}

Deno.test("under nohup a run outlives the terminal", async () => {
  if (Deno.build.os !== "linux") return console.log("skipped: nohup is heeded on Linux alone");
  const cmd = "touch there; sleep 1; echo slept";
  await using place = await createPlace([
    { items: [{ call: "exec_command", args: { cmd }, id: "c" }] },
    { items: ["done"] },
  ]);
  const under = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"];
  const front = start(["x"], { cwd: place.cwd, env: place.env, under });
  await until(() => namesIn(place.cwd).includes("there"));
  front.kill("SIGHUP");
  const { code, stdout } = await front.output();
  deepStrictEqual([code, new TextDecoder().decode(stdout)], [0, "done\n"]);
});

async function endBy(signal: keyof typeof CODES, moment: Moment): Promise<void> {
  // The turn cannot end by itself, however late the signal comes.
  await using place = await createPlace((n, { input }) => {
    if (n === 0) return moment.reply;
    return JSON.stringify(input).includes("go on") ? { items: ["done"] } : { hang: true };
  });
  const temp = `${place.root}/temp`;
  await Deno.mkdir(temp);
  const front = start(["--json", "--sandbox-level", "landlock", "-s", "workspace-write", "x"], {
    cwd: place.cwd,
    env: { ...place.env, TMPDIR: temp },
  });
  const stdout = new Response(front.stdout).text();
  await until(() => moment.isNow(place), `the moment of ${signal}`);
  const sentAt = performance.now();
  if (moment.send) moment.send(front, signal, place);
  else front.kill(signal);
  const [{ code }] = await Promise.all([front.status, front.stderr.cancel()]);
  deepStrictEqual([code, performance.now() - sentAt < LIMIT_MS], [CODES[signal], true], signal);
  await until(() => workingIn(place.cwd).length === 0, `no process after ${signal}`);
  await until(() => namesIn(temp).length === 0, `no temporary folder after ${signal}`);
  moment.check?.(place);
  const isTold = signal !== "SIGKILL" && !moment.isCutOff;
  if (isTold) deepStrictEqual(endOf(await stdout), ["turn.failed", CODES[signal]]);
  const again = await run(["exec", "resume", "--last", "go on"], place);
  deepStrictEqual([again.code, again.stdout], [0, "done\n"], signal);
}

function endOf(stdout: string): unknown[] {
  const last = events(stdout).at(-1);
  return [last?.["type"], last?.["exit_code"]];
}

function hasSession(home: string): boolean {
  return namesIn(home).includes("sessions") && holdsText(`${home}/sessions`);
}

function holdsText(path: string): boolean {
  const { isFile, size } = Deno.statSync(path);
  return isFile ? size > 0 : namesIn(path).some((name) => holdsText(`${path}/${name}`));
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}
