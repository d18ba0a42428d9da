/** What a scenario says: the folder, the configuration, the command line and the model's part. */

import type { Reply } from "../../tests/support/responses_server.ts";

/** One answer of the server. */
export type Step = Reply;

export interface Run {
  /** What stands after `exec`; the prompt too. */
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly steps: readonly Step[];
}

/**
 * In texts `<repo>` stands for the folder that is worked in; as an argument of a call, `<session>`
 * stands for the number of the session that the program has named last.
 */
export interface Scenario extends Run {
  readonly name: string;
  /** Also run in the tests. */
  readonly fast?: boolean;
  /** Beside `a.txt` and what else each repository holds. */
  readonly repo?: Readonly<Record<string, string>>;
  /** Below CODEX_HOME. */
  readonly home?: Readonly<Record<string, string>>;
  /** Keys of config.toml, in place of or beside those of every scenario. */
  readonly config?: Readonly<Record<string, string>>;
  /** Tables of config.toml. */
  readonly tables?: string;
  /** The folder below the repository in which the program starts. */
  readonly folder?: string;
  /** Another run in the same folders. */
  readonly then?: Run;
}

/** The usage of a response of so many tokens. */
export function tokens(total: number): Record<string, unknown> {
  return { input_tokens: total - 20, output_tokens: 20, total_tokens: total };
}

/** An error as the API words it. */
export function failure(status: number, { message = "broken", code = "c" } = {}): Step {
  const headers = { "content-type": "application/json" };
  return { status, headers, raw: JSON.stringify({ error: { message, type: "t", code } }) };
}

export const REASONING = {
  type: "reasoning",
  id: "rs_1",
  summary: [{ type: "summary_text", text: "**Thinking** hard" }],
  encrypted_content: "ENC==",
} as const;

export const DONE: Step = { items: ["done"] };

/** Each call in a response of its own, then the end. */
export function oneByOne(name: string, args: readonly unknown[]): Step[] {
  return [
    ...args.map((each, n) => ({ items: [{ call: name, args: each, id: `call_${n}` }] })),
    DONE,
  ];
}

/** All calls in one response, then the end. */
export function together(name: string, args: readonly unknown[]): Step[] {
  return [{ items: args.map((each, n) => ({ call: name, args: each, id: `call_${n}` })) }, DONE];
}

export function patches(inputs: readonly string[]): Step[] {
  return [
    ...inputs.map((input, n) => ({ items: [{ custom: "apply_patch", input, id: `call_${n}` }] })),
    DONE,
  ];
}
