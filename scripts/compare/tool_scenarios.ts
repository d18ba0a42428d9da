/** The scenarios of the tools: what each answers to good and to bad calls. */

import { DONE, oneByOne, patches, type Scenario, type Step, together } from "./scenario.ts";

const UNIFIED_OFF = ["-c", "features.unified_exec=false"] as const;

const LOCAL_SHELL_CALL = {
  type: "local_shell_call",
  id: "ls_1",
  call_id: "call_2",
  status: "completed",
  action: { type: "exec", command: ["echo", "x"], timeout_ms: 1000 },
} as const;

function onTerminal(id: string, cmd: string): Step {
  return {
    items: [{ call: "exec_command", args: { cmd, tty: true, yield_time_ms: 1500 }, id }],
  };
}

/** Each in a call of its own, to the session that was named last. */
function typed(id: string, texts: readonly string[]): Step[] {
  return texts.map((chars, n) => {
    const args = { session_id: "<session>", chars, yield_time_ms: 1000 };
    return { items: [{ call: "write_stdin", args, id: `${id}_${n}` }] };
  });
}

const EXEC_SCENARIOS: readonly Scenario[] = [
  {
    name: "exec_command",
    fast: true,
    args: ["do it"],
    steps: oneByOne("exec_command", [
      { cmd: "echo hi" },
      { cmd: "echo out; sleep 0.1; echo err >&2; exit 3" },
      { cmd: "true" },
      { cmd: "printf 'no newline'" },
      { cmd: "pwd", workdir: "sub" },
      { cmd: "no_such_command_here" },
      { cmd: "echo $0", shell: "/bin/sh", login: false },
      { cmd: "printf 'a \\xff\\xfe b'" },
      { cmd: "cat" },
      { cmd: "echo x", unknown_field: 1 },
      { cmd: "echo $PAGER $GIT_PAGER $NO_COLOR $LANG $LC_ALL $CODEX_CI" },
    ]),
  },
  {
    name: "exec_command, bad calls",
    fast: true,
    args: ["do it"],
    steps: together("exec_command", [
      {},
      { cmd: 5 },
      "{bad json",
      "",
      { cmd: "echo x", yield_time_ms: -5 },
      { cmd: "pwd", workdir: "no_such_folder" },
      { cmd: "echo x", sandbox_permissions: "bogus" },
      { cmd: "echo x", sandbox_permissions: "require_escalated", justification: "why" },
    ]),
  },
  {
    name: "exec_command, signal",
    args: ["do it"],
    steps: oneByOne("exec_command", [{ cmd: "kill -9 $$" }]),
  },
  {
    name: "exec_command, long output",
    args: ["do it"],
    steps: oneByOne("exec_command", [
      { cmd: "seq 1 20000" },
      { cmd: "seq 1 2000", max_output_tokens: 50 },
      { cmd: "echo x", max_output_tokens: 0 },
      { cmd: "yes é | head -c 60000" },
    ]),
  },
  {
    name: "write_stdin",
    args: ["do it"],
    steps: [
      onTerminal("call_0", "trap 'echo caught; exit 3' INT; read a; echo got $a; sleep 30"),
      ...typed("call_1", ["word\n", "\u0003"]),
      DONE,
    ],
  },
  {
    name: "write_stdin to a terminal",
    args: ["do it"],
    steps: [
      onTerminal("call_0", "test -t 0 && stty -a && echo $TERM; python3 -q"),
      ...typed("call_1", [
        "print(6 * 7)\n",
        "import time; time.sleep(30)\n",
        "\u0003",
        "print('bye')\nexit(4)\n",
      ]),
      onTerminal("call_2", "cat; echo end"),
      ...typed("call_3", ["a\r\nb\r", "c\u0004", "\u0004"]),
      DONE,
    ],
  },
  {
    name: "write_stdin, bad calls",
    args: ["do it"],
    steps: together("write_stdin", [{ session_id: 99999 }, {}, { session_id: "abc" }]),
  },
  {
    name: "write_stdin to a closed input",
    args: ["do it"],
    steps: [
      {
        items: [{
          call: "exec_command",
          args: { cmd: "sleep 30", yield_time_ms: 300 },
          id: "call_0",
        }],
      },
      {
        items: [{
          call: "write_stdin",
          args: { session_id: "<session>", chars: "x\n" },
          id: "call_1",
        }],
      },
      DONE,
    ],
  },
  {
    name: "shell_command",
    args: [...UNIFIED_OFF, "do it"],
    steps: oneByOne("shell_command", [
      { command: "echo hi" },
      { command: "echo out; sleep 0.1; echo err >&2; exit 3" },
      { command: "echo before; sleep 5; echo late", timeout_ms: 700 },
      { command: "pwd", workdir: "sub" },
      { command: "pwd", workdir: "no_such_folder" },
      { command: "kill -9 $$" },
      { command: "cat" },
      { command: "seq 1 20000" },
      {},
      "{x",
    ]),
  },
  {
    name: "shell",
    args: ["-m", "gpt-5", ...UNIFIED_OFF, "do it"],
    steps: oneByOne("shell", [
      { command: ["echo", "hi"] },
      { command: ["bash", "-lc", "echo out; exit 3"] },
      { command: [] },
      { command: "echo" },
      { command: ["no_such_command_here"] },
    ]),
  },
  {
    name: "aliases that are not offered",
    args: ["do it"],
    steps: [
      {
        items: [
          { call: "container.exec", args: { command: ["echo", "x"] }, id: "call_0" },
          { call: "local_shell", args: { command: ["echo", "x"] }, id: "call_1" },
          LOCAL_SHELL_CALL,
        ],
      },
      DONE,
    ],
  },
  {
    name: "parallel calls",
    fast: true,
    args: ["do it"],
    steps: together("exec_command", [
      { cmd: "sleep 0.6; echo first" },
      { cmd: "echo second" },
      { cmd: "sleep 0.3; echo third" },
    ]),
  },
];

const BEGIN = "*** Begin Patch\n";
const END = "\n*** End Patch";

const PATCH_SCENARIOS: readonly Scenario[] = [
  {
    name: "apply_patch",
    fast: true,
    args: ["do it"],
    steps: [
      ...patches([
        `${BEGIN}*** Add File: new.txt\n+hello\n+world${END}`,
        `${BEGIN}*** Update File: a.txt\n@@\n one\n-two\n+TWO\n three${END}`,
        `${BEGIN}*** Add File: x.txt\n+x\n*** Update File: a.txt\n@@\n-TWO\n+two\n*** Delete File: new.txt${END}`,
        `${BEGIN}*** Update File: a.txt\n*** Move to: moved/b.txt\n@@\n-two\n+deux${END}`,
        `${BEGIN}*** Update File: moved/b.txt\n@@\n three\n+four\n*** End of File${END}`,
        `${BEGIN}*** Add File: sub/s.txt\n+over${END}`,
        `<<'EOF'\n${BEGIN}*** Add File: here.txt\n+h${END}\nEOF\n`,
      ]).slice(0, -1),
      { items: [{ call: "exec_command", args: { cmd: "cat moved/b.txt sub/s.txt" }, id: "look" }] },
      DONE,
    ],
  },
  {
    name: "apply_patch, bad patches",
    fast: true,
    args: ["do it"],
    steps: [
      ...patches([
        "not a patch",
        "",
        `${BEGIN}*** Add File: q.txt\n+q\n`,
        `${BEGIN}*** End Patch`,
        `${BEGIN}*** Frobnicate File: x${END}`,
        `${BEGIN}*** Update File: a.txt\nno prefix${END}`,
        `${BEGIN}*** Update File: a.txt${END}`,
        `${BEGIN}*** Update File: a.txt\n@@${END}`,
        `${BEGIN}*** Update File: a.txt\n@@\n nope\n-nothing\n+x${END}`,
        `${BEGIN}*** Update File: a.txt\n@@ def foo():\n-nothing\n+x${END}`,
        `${BEGIN}*** Update File: missing.txt\n@@\n-a\n+b${END}`,
        `${BEGIN}*** Delete File: missing.txt${END}`,
        `${BEGIN}*** Delete File: sub${END}`,
        `${BEGIN}*** Add File: part.txt\n+p\n*** Update File: missing.txt\n@@\n-a\n+b${END}`,
      ]).slice(0, -1),
      { items: [{ call: "exec_command", args: { cmd: "ls; cat a.txt" }, id: "look" }] },
      DONE,
    ],
  },
  {
    name: "apply_patch through a shell",
    args: ["do it"],
    steps: oneByOne("exec_command", [
      { cmd: `apply_patch <<'EOF'\n${BEGIN}*** Add File: v.txt\n+h${END}\nEOF\n` },
      { cmd: `cd sub && apply_patch <<'EOF'\n${BEGIN}*** Add File: v.txt\n+h${END}\nEOF\n` },
      { cmd: `${BEGIN}*** Add File: raw.txt\n+h${END}` },
      { cmd: "ls . sub" },
    ]),
  },
];

const OTHER_SCENARIOS: readonly Scenario[] = [
  {
    name: "update_plan",
    fast: true,
    args: ["do it"],
    steps: together("update_plan", [
      { plan: [{ step: "a", status: "completed" }, { step: "b", status: "in_progress" }] },
      { plan: [], explanation: "none" },
      { plan: [{ step: "a", status: "bogus" }] },
      { plan: [{ step: "a" }] },
      {},
    ]),
  },
  {
    name: "view_image",
    args: ["do it"],
    steps: together("view_image", [
      { path: "p.png" },
      { path: "<repo>/p.png" },
      { path: "none.png" },
      { path: "sub" },
      { path: "a.txt" },
      {},
    ]),
  },
  {
    name: "request_user_input",
    args: ["do it"],
    steps: together("request_user_input", [{ questions: [] }, {}]),
  },
  {
    name: "unknown tools",
    fast: true,
    args: ["do it"],
    steps: [
      {
        items: [
          { call: "no_such_tool", args: {}, id: "call_0" },
          { custom: "no_such_custom", input: "x", id: "call_1" },
          { call: "apply_patch", args: "x", id: "call_2" },
        ],
      },
      DONE,
    ],
  },
];

export const TOOL_SCENARIOS: readonly Scenario[] = [
  ...EXEC_SCENARIOS,
  ...PATCH_SCENARIOS,
  ...OTHER_SCENARIOS,
];
