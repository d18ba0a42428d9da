/** The scenarios of faults, of long threads and of what a program reads as events. */

import { DONE, failure, REASONING, type Scenario, tokens } from "./scenario.ts";

const CALL = { call: "exec_command", args: { cmd: "echo hi" }, id: "call_0" } as const;

export const FAULT_SCENARIOS: readonly Scenario[] = [
  {
    name: "500, then an answer",
    args: ["do it"],
    steps: [failure(500), DONE],
  },
  {
    name: "400",
    args: ["do it"],
    steps: [failure(400)],
  },
  {
    name: "429 without a time to wait",
    args: ["do it"],
    steps: [failure(429), DONE],
  },
  {
    name: "stream cut before any item",
    args: ["do it"],
    steps: [{ cut: true }, DONE],
  },
  {
    name: "stream cut after a call",
    args: ["do it"],
    steps: [{ items: [CALL], cut: true }, DONE],
  },
  {
    name: "context too long",
    args: ["do it"],
    steps: [failure(400, { code: "context_length_exceeded" })],
  },
  {
    name: "compaction between calls",
    args: ["do it"],
    config: { model_auto_compact_token_limit: "4000" },
    steps: [
      { items: ["I look.", CALL], usage: tokens(5000) },
      { items: ["SUMMARY"], usage: tokens(300) },
      { items: ["done"], usage: tokens(400) },
    ],
  },
  {
    name: "events",
    fast: true,
    args: ["--json", "do it"],
    steps: [
      {
        items: [
          REASONING,
          "I look.",
          { call: "exec_command", args: { cmd: "echo hi; exit 3" }, id: "call_0" },
        ],
      },
      {
        items: [{
          custom: "apply_patch",
          input: "*** Begin Patch\n*** Add File: n.txt\n+x\n*** End Patch",
          id: "call_1",
        }],
      },
      {
        items: [{
          call: "update_plan",
          args: { plan: [{ step: "a", status: "in_progress" }] },
          id: "call_2",
        }],
      },
      DONE,
    ],
  },
  {
    name: "events of a failure",
    args: ["--json", "do it"],
    steps: [failure(400)],
  },
];
