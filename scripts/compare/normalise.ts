/** Brings what two programs did to a form in which only real differences are left. */

import { NOT_OFFERED } from "./expected.ts";
import type { SeenRequest } from "../../tests/support/responses_server.ts";
import type { Observation } from "./observe.ts";

/** Plain data, ready to be compared. */
export function normalise({ requests, runs, repo, home }: Observation): unknown {
  const mask = createMask({ repo, home });
  return {
    requests: requests.map((request) => normaliseRequest(request, mask)),
    runs: runs.map(({ exitCode, stdout }) => ({ exitCode, stdout: normaliseOutput(stdout, mask) })),
  };
}

type Mask = (text: string) => string;

/** Replaces what differs from run to run; ids keep their identity within the run. */
function createMask({ repo, home }: { repo: string; home: string }): Mask {
  const ids: string[] = [];
  function numbered(id: string): string {
    if (!ids.includes(id)) ids.push(id);
    return `<id ${ids.indexOf(id) + 1}>`;
  }
  return (text) =>
    text
      .replaceAll(repo, "<repo>")
      .replaceAll(home, "<home>")
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, numbered)
      .replaceAll(/Chunk ID: [0-9a-f]{6}\b/g, "Chunk ID: <hex>")
      .replaceAll(/Wall time: \d+\.\d{4} seconds/g, "Wall time: <n.nnnn> seconds")
      .replaceAll(/Wall time: \d+(\.\d)? seconds/g, "Wall time: <n> seconds")
      .replaceAll(/timed out after \d+ milliseconds/g, "timed out after <n> milliseconds")
      .replaceAll(/session ID \d+/g, "session ID <n>")
      .replaceAll(/"session_id":\d+/g, '"session_id":<n>')
      .replaceAll(/127\.0\.0\.1:\d+/g, "<server>");
}

/** Those that every HTTP client sets as it sends. */
const TRANSPORT_HEADERS = ["host", "content-length", "connection"];

function normaliseRequest({ path, headers, body }: SeenRequest, mask: Mask): unknown {
  const kept = headers.filter(([name]) => !TRANSPORT_HEADERS.includes(name));
  return {
    path,
    headers: Object.fromEntries(
      kept.map(([name, value]) => [name, headerValue(name, mask(value))]),
    ),
    body: normaliseBody(body, mask),
  };
}

function headerValue(name: string, value: string): unknown {
  if (name === "x-codex-turn-metadata") return JSON.parse(value);
  if (name === "user-agent") return value.replace(/\([^()]*\)$/, "(<client>; <version>)");
  return value;
}

function normaliseBody(body: unknown, mask: Mask): unknown {
  if (typeof body !== "object" || body === null) return body;
  const { instructions, input, tools, ...rest } = body as Record<string, unknown>;
  return {
    fields: Object.keys(body),
    ...maskDeep(rest, mask) as object,
    instructions: proseUnless(instructions, mask),
    input: Array.isArray(input) ? input.map((item) => normaliseItem(item, mask)) : input,
    tools: normaliseTools(tools),
  };
}

/** A short text is the scenario's; a long one is a prompt, which each program words itself. */
function proseUnless(text: unknown, mask: Mask): unknown {
  return typeof text === "string" && text.length > 200 ? "<prose>" : maskDeep(text, mask);
}

const TAGS = ["permissions instructions", "collaboration_mode", "skills_instructions"];

function normaliseItem(item: unknown, mask: Mask): unknown {
  const masked = maskDeep(item, mask);
  return JSON.parse(JSON.stringify(masked), (key, value) => {
    if (key !== "text" || typeof value !== "string") return value;
    const tag = TAGS.find((name) => value.startsWith(`<${name}>`));
    return tag === undefined ? value : `<${tag}>`;
  });
}

/** By name and in order; of a description only that there is one. */
function normaliseTools(tools: unknown): unknown {
  if (!Array.isArray(tools)) return tools;
  const named = tools.map((tool) => [tool.name ?? tool.type, tool] as const)
    .filter(([name]) => !NOT_OFFERED.includes(name));
  const described = JSON.stringify(
    Object.fromEntries(named),
    (key, value) =>
      (key === "description" || key === "definition") && typeof value === "string" && value !== ""
        ? "<prose>"
        : value,
  );
  return { order: named.map(([name]) => name), ...JSON.parse(described) };
}

function normaliseOutput(stdout: string, mask: Mask): unknown {
  const lines = stdout.trimEnd().split("\n");
  if (!stdout.startsWith('{"type":"thread.started"')) return mask(stdout);
  return lines.map((line) => maskDeep(JSON.parse(line), mask));
}

function maskDeep(value: unknown, mask: Mask): unknown {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((each) => maskDeep(each, mask));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, each]) => [mask(key), maskDeep(each, mask)]));
}
