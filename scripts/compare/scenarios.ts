/** The scenarios of the command line, the configuration and the request. */

import { CATALOG_SCENARIOS } from "./catalog_scenarios.ts";
import { DONE, REASONING, type Scenario } from "./scenario.ts";
import { FAULT_SCENARIOS } from "./fault_scenarios.ts";
import { TOOL_SCENARIOS } from "./tool_scenarios.ts";

const PROMPT = { args: ["do it"], steps: [DONE] } as const;

/** A picture of one pixel. */
export const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E" +
  "rkJggg==";

const SCHEMA = JSON.stringify({
  type: "object",
  properties: { answer: { type: "string" } },
  required: ["answer"],
  additionalProperties: false,
});

const SKILL = "---\nname: greet\ndescription: Says hello\n---\n\nSay hello.\n";

const WEB_SEARCH_CALL = {
  type: "web_search_call",
  id: "ws_1",
  status: "completed",
  action: { type: "search", query: "deno" },
} as const;

const REQUEST_SCENARIOS: readonly Scenario[] = [
  { ...PROMPT, name: "plain", fast: true },
  { ...PROMPT, name: "unknown model", args: ["-m", "mystery", "do it"] },
  { ...PROMPT, name: "model gpt-5", args: ["-m", "gpt-5", "do it"] },
  { ...PROMPT, name: "model gpt-5.4", args: ["-m", "gpt-5.4", "do it"] },
  { ...PROMPT, name: "model gpt-5.1", args: ["-m", "gpt-5.1", "do it"] },
  {
    ...PROMPT,
    name: "AGENTS.md layers",
    fast: true,
    home: { "AGENTS.md": "of the home\n" },
    repo: { "AGENTS.md": "of the root\n", "sub/AGENTS.md": "of the folder" },
    folder: "sub",
  },
  {
    ...PROMPT,
    name: "AGENTS.md override",
    repo: { "AGENTS.md": "of the root\n", "AGENTS.override.md": "instead\n" },
  },
  {
    ...PROMPT,
    name: "AGENTS.md fallback names",
    repo: { "GUIDE.md": "a guide\n" },
    config: { project_doc_fallback_filenames: '["NONE.md", "GUIDE.md"]' },
  },
  {
    ...PROMPT,
    name: "AGENTS.md cut",
    repo: { "AGENTS.md": "0123456789\n" },
    config: { project_doc_max_bytes: "4" },
  },
  {
    ...PROMPT,
    name: "AGENTS.md off",
    repo: { "AGENTS.md": "0123456789\n" },
    config: { project_doc_max_bytes: "0" },
  },
  { ...PROMPT, name: "skill", home: { "skills/greet/SKILL.md": SKILL } },
  { ...PROMPT, name: "image", fast: true, args: ["do it", "-i", "<repo>/p.png"] },
  { ...PROMPT, name: "image missing", args: ["do it", "-i", "<repo>/none.png"] },
  {
    ...PROMPT,
    name: "output schema",
    fast: true,
    repo: { "schema.json": SCHEMA },
    args: ["--output-schema", "<repo>/schema.json", "do it"],
    steps: [{ items: ['{"answer":"yes"}'] }],
  },
  {
    ...PROMPT,
    name: "developer instructions",
    config: { developer_instructions: '"be terse"' },
  },
  {
    ...PROMPT,
    name: "model instructions file",
    repo: { "base.md": "You are someone.\n" },
    config: { model_instructions_file: '"<repo>/base.md"' },
  },
  { ...PROMPT, name: "effort", config: { model_reasoning_effort: '"high"' } },
  { ...PROMPT, name: "summary detailed", config: { model_reasoning_summary: '"detailed"' } },
  { ...PROMPT, name: "summary none", config: { model_reasoning_summary: '"none"' } },
  {
    ...PROMPT,
    name: "verbosity",
    args: ["-m", "gpt-5", "do it"],
    config: { model_verbosity: '"high"' },
  },
  { ...PROMPT, name: "service tier fast", config: { service_tier: '"fast"' } },
  { ...PROMPT, name: "service tier flex", config: { service_tier: '"flex"' } },
  { ...PROMPT, name: "web search live", config: { web_search: '"live"' } },
  { ...PROMPT, name: "web search cached", config: { web_search: '"cached"' } },
  { ...PROMPT, name: "web search disabled", config: { web_search: '"disabled"' } },
  { ...PROMPT, name: "sandbox read-only", args: ["-s", "read-only", "do it"] },
  {
    ...PROMPT,
    name: "sandbox workspace-write",
    fast: true,
    args: ["-s", "workspace-write", "do it"],
  },
  {
    ...PROMPT,
    name: "sandbox workspace-write with network",
    args: ["-s", "workspace-write", "do it"],
    tables: "[sandbox_workspace_write]\nnetwork_access = true\n",
  },
  {
    ...PROMPT,
    name: "profile",
    args: ["-p", "quick", "do it"],
    tables: '[profiles.quick]\nmodel = "gpt-5.4"\nmodel_reasoning_effort = "low"\n',
  },
  {
    ...PROMPT,
    name: "overrides",
    args: ["-c", "model=gpt-5.2", "-c", 'model_reasoning_effort="low"', "do it"],
  },
  { ...PROMPT, name: "stdin dash", args: ["-"], stdin: "from stdin\n" },
  { ...PROMPT, name: "stdin alone", args: [], stdin: "from stdin\n" },
  { ...PROMPT, name: "working folder", args: ["-C", "<repo>/sub", "do it"] },
  {
    ...PROMPT,
    name: "resume last",
    fast: true,
    then: { args: ["resume", "--last", "go on"], steps: [DONE] },
    steps: [{ items: [{ call: "exec_command", args: { cmd: "echo hi" }, id: "call_0" }] }, DONE],
  },
  {
    name: "reasoning and search come back",
    args: ["do it"],
    steps: [
      {
        items: [
          REASONING,
          WEB_SEARCH_CALL,
          "I look.",
          { call: "exec_command", args: { cmd: "echo hi" }, id: "call_0" },
        ],
      },
      DONE,
    ],
  },
];

export const SCENARIOS: readonly Scenario[] = [
  ...REQUEST_SCENARIOS,
  ...TOOL_SCENARIOS,
  ...CATALOG_SCENARIOS,
  ...FAULT_SCENARIOS,
];
