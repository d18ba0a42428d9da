/** Every tool's wire schema is that of codex-cli 0.115.0, to the order of its keys; only prose is ours. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Host } from "../../src/protocol/host.ts";
import type { ToolSpec } from "../../src/protocol/tool.ts";
import { createTools } from "../../tools/mod.ts";
import { fakeHost } from "../support/fake_host.ts";
import { MODEL } from "../support/scripted_session.ts";
import captured from "../fixtures/tool_schemas.json" with { type: "json" };

const host: Host = fakeHost();

/** Every spec that any model and feature brings about. */
async function allSpecs(): Promise<ToolSpec[]> {
  const experimentalTools = ["read_file", "list_dir", "grep_files"];
  const models = [
    { ...MODEL, experimentalTools },
    { ...MODEL, shellType: "default", applyPatch: "function" } as const,
  ];
  const features = [
    { request_permissions_tool: true },
    { unified_exec: false },
    { exec_permission_approvals: true },
  ];
  const all = models.flatMap((model) =>
    features.map((features) =>
      createTools(host, {
        model,
        shell: { path: "/bin/bash", name: "bash" },
        features: features as Record<string, boolean>,
        webSearch: "cached",
        sandboxMode: "read-only",
      })
    )
  );
  return (await Promise.all(all)).flat().flatMap(({ spec }) => spec ? [spec] : []);
}

function key(spec: object): string {
  const { type, name } = spec as { type: string; name?: string };
  return `${type} ${name}`;
}

/** Prose and grammar become marks: that they are there is compared, not what they say. */
function withoutProse(spec: unknown): unknown {
  return JSON.parse(JSON.stringify(spec), (name, value) => {
    if (name === "description" && typeof value === "string") return true;
    return name === "definition" ? "lark" : value;
  });
}

const SPECS = await allSpecs();

captured.forEach((schema, index) => {
  Deno.test(`the schema of ${key(schema)} is the captured one (${index})`, () => {
    const expected = JSON.stringify(schema);
    const ours = SPECS.filter((spec) => key(spec) === key(schema))
      .map((spec) => JSON.stringify(withoutProse(spec)));
    strictEqual(ours.find((json) => json === expected) ?? ours[0], expected);
  });
});

Deno.test("no tool is offered that was not captured, the hosted search aside", () => {
  const known = new Set(captured.map(key));
  const unknown = SPECS.map(key).filter((name) => !known.has(name));
  deepStrictEqual([...new Set(unknown)], ["web_search undefined"]);
});

Deno.test("every description says something", () => {
  for (const spec of SPECS) {
    if ("description" in spec) ok(spec.description.length > 20, key(spec));
  }
});
