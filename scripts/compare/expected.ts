/** Where decodex differs from codex-cli 0.115.0 on purpose. Whatever is not named here is a fault. */

import type { Difference } from "./difference.ts";

export interface ExpectedDifference {
  /** The names of the scenarios; every scenario where absent. */
  readonly scenario?: RegExp;
  readonly path: RegExp;
  /** Only where Codex has nothing there. */
  readonly codexHasNone?: boolean;
  readonly reason: string;
}

/** Tools that decodex does not have; they are left out of both lists before these are compared. */
export const NOT_OFFERED: readonly string[] = [
  "spawn_agent",
  "send_input",
  "resume_agent",
  "wait_agent",
  "close_agent",
];

export const EXPECTED_DIFFERENCES: readonly ExpectedDifference[] = [
  {
    path: /\.headers\.accept-(encoding|language)$/,
    codexHasNone: true,
    reason: "the runtime's own headers; nothing is compressed, as with Codex",
  },
  {
    scenario: /^exec_command$/,
    path: /\.input\[\d+\]\.output$/,
    reason: "tokens are counted from the bytes that were written, as newer versions do",
  },
  {
    scenario: /^(exec_command, long output|shell_command)$/,
    path: /\.input\[\d+\]\.output$/,
    reason: "a cut output says where the whole is; an end by signal n is told as code 128 + n",
  },
  {
    scenario: /^(shell|aliases that are not offered)$/,
    path: /\.input\[\d+\]\.output$/,
    reason: "one text form for every model: the JSON form breaks where it is cut",
  },
  {
    scenario: /^apply_patch through a shell$/,
    path: /./,
    reason: "nothing is put into the user's mouth",
  },
  {
    path: /^runs\[\d+\]\.stdout\[\d+\]\.usage\.reasoning_output_tokens$/,
    codexHasNone: true,
    reason: "newer versions tell them",
  },
  {
    scenario: /^apply_patch as a function$/,
    path: /\.input\[\d+\]\.output$/,
    reason: "one text form for every model: the JSON form breaks where it is cut",
  },
  {
    scenario: /^compaction between calls$/,
    path: /\.content\[0\]\.text$/,
    reason: "prompts are our own words",
  },
  {
    scenario: /^events of a failure$/,
    path: /\.(message|error\.message)$/,
    reason: "the server's message alone, not its JSON around it",
  },
  {
    path: /\.x-codex-turn-metadata\.workspaces$/,
    codexHasNone: true,
    reason: "Codex sends its first request without waiting for git",
  },
  {
    path: /\.workspaces\.<repo>\.associated_remote_urls\.origin$/,
    reason: "a remote's URL loses its user name and token before it is sent",
  },
  {
    scenario: /^(unknown model|model gpt-5)$|^(verbosity|shell)$/,
    path: /^requests\[\d+\]\.body\.tools\.(order\[\d+\]|apply_patch)$/,
    reason: "apply_patch is offered to every model",
  },
  {
    scenario: /^exec_command, signal$/,
    path: /\.input\[\d+\]\.output$/,
    reason: "an end by signal n is told as code 128 + n, as newer versions do",
  },
  {
    scenario: /^stream cut after a call$/,
    path: /./,
    reason: "finished items of a cut response are kept and their calls run once",
  },
  {
    scenario: /^429 without a time to wait$/,
    path: /./,
    reason: "a rate limit is waited for, with or without a time from the server",
  },
  {
    scenario: /^events/,
    path: /^runs\[0\]\.stdout\[0\]\.(schema_version|decodex_version|model|provider|sandbox)$/,
    reason: "the first event says what runs",
  },
  {
    scenario: /^events of a failure$/,
    path: /^runs\[0\]\.stdout\[\d+\]\.(exit_code|reason)$/,
    reason: "the last event says how the program ends",
  },
];

export function expectedReason(
  scenario: string,
  { path, codex }: Difference,
): string | undefined {
  return EXPECTED_DIFFERENCES.find((expected) =>
    (expected.scenario?.test(scenario) ?? true) && expected.path.test(path) &&
    (codex === undefined || !expected.codexHasNone)
  )?.reason;
}
