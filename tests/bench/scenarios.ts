/** What the server answers, request by request. */

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** Output items of the n-th response; the last one is repeated. */
  readonly items: (n: number) => unknown[];
  /** What the second response's first item, a message, is streamed in. */
  readonly deltas?: readonly string[];
  /** Samplings after which the turn ends. */
  readonly rounds: number;
  /** How long the model takes for each response. */
  readonly thinksMs?: number;
  readonly prepare?: (cwd: string) => Promise<void>;
}

export function scenario(name: string): Scenario {
  const found = SCENARIOS.find((each) => each.name === name);
  if (!found) throw new Error(`No scenario "${name}"`);
  return found;
}

const DONE = message("done");
const DELTAS = range(20_000).map((i) => `word ${i} `);
/** 10 MB. */
const LONG_ANSWER = range(10).map(() => message("x".repeat(1_000_000)));

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "start",
    what: "start to first request (ms)",
    rounds: 1,
    items: () => [DONE],
  },
  {
    name: "calls",
    what: "50 calls, one after the other (ms for each)",
    rounds: 51,
    items: (n) => n < 50 ? [command(`c${n}`, "echo hi")] : [DONE],
  },
  {
    name: "deltas",
    what: "20,000 text deltas and a call (ms)",
    rounds: 3,
    deltas: DELTAS,
    items: (n) => [
      ...n === 1 ? [message(DELTAS.join(""))] : [],
      n < 2 ? command(`d${n}`, "true") : DONE,
    ],
  },
  {
    name: "parallel",
    what: "8 sleeps of 1 s in one response (ms)",
    rounds: 2,
    items: (n) => n === 0 ? range(8).map((i) => command(`s${i}`, "sleep 1")) : [DONE],
  },
  {
    name: "output",
    what: "one command that prints 6.8 MB (ms)",
    rounds: 2,
    items: (n) => n === 0 ? [command("o", "yes 0123456 | head -n 850000")] : [DONE],
  },
  {
    name: "patch",
    what: "an edit in a file of 10,000 lines (ms)",
    rounds: 2,
    items: (n) => n === 0 ? [patch("p", PATCH)] : [DONE],
    prepare: async (cwd) => {
      const lines = range(10_000).map((i) => `line ${i}`);
      await Deno.writeTextFile(`${cwd}/big.txt`, `${lines.join("\n")}\n`);
    },
  },
  {
    name: "long",
    what: "300 samplings in one turn (ms for each)",
    rounds: 301,
    items: (n) => n < 300 ? [command(`l${n}`, "true")] : [DONE],
  },
  {
    name: "history",
    what: "a history of 10 MB, sent three times",
    rounds: 4,
    items: (n) =>
      n === 0
        ? [...LONG_ANSWER, command("h0", "true")]
        : n < 3
        ? [command(`h${n}`, "true")]
        : [DONE],
  },
  {
    name: "history, not sent",
    what: "the same history, received and not sent",
    rounds: 1,
    items: () => LONG_ANSWER,
  },
  {
    name: "first",
    what: "two commands, the model answering at once",
    rounds: 3,
    items: (n) => n < 2 ? [command(`f${n}`, "true")] : [DONE],
  },
  {
    name: "first, later",
    what: "two commands, the model taking 200 ms for each answer",
    rounds: 3,
    thinksMs: 200,
    items: (n) => n < 2 ? [command(`f${n}`, "true")] : [DONE],
  },
];

const PATCH = [
  "*** Begin Patch",
  "*** Update File: big.txt",
  "@@",
  " line 8999",
  "-line 9000",
  "+changed",
  " line 9001",
  "*** End Patch",
].join("\n");

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function message(text: string): unknown {
  return {
    type: "message",
    role: "assistant",
    id: "msg",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

function command(call_id: string, cmd: string): unknown {
  const arguments_ = JSON.stringify({ cmd });
  return {
    type: "function_call",
    id: call_id,
    call_id,
    name: "exec_command",
    arguments: arguments_,
  };
}

function patch(call_id: string, input: string): unknown {
  return { type: "custom_tool_call", id: call_id, call_id, name: "apply_patch", input };
}
