/** The scenarios of models that a catalogue file describes, with the tools that it gives them. */

import { oneByOne, type Scenario, together } from "./scenario.ts";

const MODEL = {
  slug: "listed",
  display_name: "Listed",
  description: "A model of a catalogue",
  default_reasoning_level: "medium",
  supported_reasoning_levels: [{ effort: "medium", description: "Middle" }],
  shell_type: "shell_command",
  visibility: "list",
  minimal_client_version: "0.0.1",
  supported_in_api: true,
  priority: 1,
  upgrade: null,
  base_instructions: "You are listed.",
  model_messages: null,
  supports_reasoning_summaries: true,
  default_reasoning_summary: "auto",
  reasoning_summary_format: "none",
  support_verbosity: false,
  default_verbosity: null,
  apply_patch_tool_type: "function",
  input_modalities: ["text", "image"],
  supports_image_detail_original: false,
  truncation_policy: { mode: "bytes", limit: 10_000 },
  supports_parallel_tool_calls: true,
  context_window: 272_000,
  prefer_websockets: false,
  experimental_supported_tools: ["read_file", "list_dir", "grep_files"],
  availability_nux: null,
  available_in_plans: ["pro"],
} as const;

const LISTED = {
  args: ["do it"],
  config: { model: '"listed"', model_catalog_json: '"<repo>/catalog.json"' },
  repo: {
    "catalog.json": JSON.stringify({ models: [MODEL] }),
    "many.txt": Array.from({ length: 30 }, (_, n) => `line ${n}\n`).join(""),
    "code.py":
      "class A:\n    def b(self):\n        return 1\n\n    def c(self):\n        return 2\n",
  },
} as const;

const PATCH = "*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch";

export const CATALOG_SCENARIOS: readonly Scenario[] = [
  {
    ...LISTED,
    name: "read_file",
    steps: oneByOne("read_file", [
      { file_path: "<repo>/a.txt" },
      { file_path: "<repo>/many.txt", offset: 3, limit: 2 },
      {
        file_path: "<repo>/code.py",
        mode: "indentation",
        offset: 3,
        indentation: { anchor_line: 3 },
      },
      { file_path: "a.txt" },
      { file_path: "<repo>/none.txt" },
      { file_path: "<repo>/a.txt", offset: 99 },
      { file_path: "<repo>/a.txt", offset: 0 },
      { file_path: "<repo>/a.txt", limit: 0 },
      {},
    ]),
  },
  {
    ...LISTED,
    name: "list_dir",
    steps: together("list_dir", [
      { dir_path: "<repo>/sub" },
      { dir_path: "<repo>", depth: 1, limit: 3 },
      { dir_path: "sub" },
      { dir_path: "<repo>/none" },
      { dir_path: "<repo>/sub", offset: 0 },
      { dir_path: "<repo>/sub", offset: 99 },
      { dir_path: "<repo>/sub", depth: 0 },
      {},
    ]),
  },
  {
    ...LISTED,
    name: "grep_files",
    steps: together("grep_files", [
      { pattern: "line 2" },
      { pattern: "zzzz" },
      { pattern: "" },
      { pattern: "inner", path: "sub" },
      { pattern: "x", path: "none" },
      { pattern: "line", include: "*.txt", limit: 1 },
      { pattern: "line", limit: 0 },
      {},
    ]),
  },
  {
    ...LISTED,
    name: "apply_patch as a function",
    steps: oneByOne("apply_patch", [{ input: PATCH }, { input: "bad" }, {}]),
  },
];
