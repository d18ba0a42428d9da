/** The scenarios of faults, of long threads and of what a program reads as events. */

import { DONE, type Scenario } from "./scenario.ts";

const CALL = { call: "exec_command", args: { cmd: "echo hi" }, id: "call_0" } as const;

export const FAULT_SCENARIOS: readonly Scenario[] = [
  {
    name: "500, then an answer",
    args: ["do it"],
    steps: [{ status: 500, body: { error: { message: "broken", type: "t", code: "c" } } }, DONE],
  },
  {
    name: "400",
    args: ["do it"],
    steps: [{ status: 400, body: { error: { message: "bad", type: "t", code: "c" } } }],
  },
  {
    name: "429 without a time to wait",
    args: ["do it"],
    steps: [{ status: 429, body: { error: { message: "slow", type: "t", code: "c" } } }, DONE],
  },
  {
    name: "stream cut before any item",
    args: ["do it"],
    steps: [{ items: ["lost"], cutAfter: 60 }, DONE],
  },
  {
    name: "stream cut after a call",
    args: ["do it"],
    steps: [{ items: [CALL, "lost"], cutAfter: 600 }, DONE, DONE],
  },
  {
    name: "context too long",
    args: ["do it"],
    steps: [{
      status: 400,
      body: { error: { message: "too long", type: "t", code: "context_length_exceeded" } },
    }],
  },
  {
    name: "compaction between calls",
    args: ["do it"],
    config: { model_auto_compact_token_limit: "4000" },
    steps: [
      { items: ["I look.", CALL], usage: 5000 },
      { items: ["SUMMARY"], usage: 300 },
      { items: ["done"], usage: 400 },
    ],
  },
  {
    name: "events",
    fast: true,
    args: ["--json", "do it"],
    steps: [
      {
        items: [
          {
            type: "reasoning",
            id: "rs_1",
            summary: [{ type: "summary_text", text: "**Thinking** hard" }],
            encrypted_content: "ENC==",
          },
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
    steps: [{ status: 400, body: { error: { message: "bad", type: "t", code: "c" } } }],
  },
];
