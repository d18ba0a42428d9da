/** apply_patch: edits files, all of them or none. */

import * as z from "zod/mini";
import type { ThreadItemDetails } from "../../src/protocol/event.ts";
import { ToolError } from "../../src/protocol/error.ts";
import { type FileChange, FileError, type Host } from "../../src/protocol/host.ts";
import { text } from "../../src/protocol/schema.ts";
import {
  defineCustomTool,
  defineTool,
  type Tool,
  type ToolContext,
} from "../../src/protocol/tool.ts";
import { resolvePath } from "../command.ts";
import {
  FREEFORM_DESCRIPTION,
  FUNCTION_DESCRIPTION,
  GRAMMAR,
  INPUT_DESCRIPTION,
} from "./description.ts";
import { formatDiff } from "./diff.ts";
import { interceptPatch } from "./intercept.ts";
import { type Operation, parsePatch } from "./parse.ts";
import { type PatchOptions, previewPatch } from "./preview.ts";

export function applyPatch(
  host: Pick<Host, "files">,
  form: "freeform" | "function",
): Tool {
  const run = async (patch: string, ctx: ToolContext) => {
    const summary = await patchFiles(patch, { cwd: ctx.turn.cwd, host, ctx });
    return { output: ended(0, summary), success: true };
  };
  if (form === "function") {
    return defineTool({
      name: "apply_patch",
      description: FUNCTION_DESCRIPTION,
      parameters: z.object({ input: text(INPUT_DESCRIPTION) }),
      run: ({ input }, ctx) => run(input, ctx),
    });
  }
  return defineCustomTool({
    name: "apply_patch",
    description: FREEFORM_DESCRIPTION,
    format: { type: "grammar", syntax: "lark", definition: GRAMMAR },
    run,
  });
}

/** The answer to a shell command that is nothing but a patch; absent for any other command. */
export async function patchInterception(
  command: readonly string[],
  options: PatchOptions,
): Promise<string | undefined> {
  const found = interceptPatch(command);
  if (!found) return undefined;
  const cwd = resolvePath(options.cwd, found.workdir);
  const summary = await patchFiles(found.patch, { ...options, cwd });
  return `{"output":${JSON.stringify(summary)},"metadata":{"exit_code":0,"duration_seconds":0.0}}`;
}

/** Verifies everything, then writes everything; gives the list of what was changed. */
async function patchFiles(patch: string, options: PatchOptions): Promise<string> {
  const { host, ctx } = options;
  const operations = parsePatch(patch);
  const { changes, diffs } = await previewPatch(operations, options);
  const shown = { type: "file_change" as const, changes: shownChanges(changes) };
  const diff = formatDiff(diffs);
  ctx.report({ ...shown, status: "in_progress", diff });
  await host.files.apply(changes, ctx).catch((error) => {
    ctx.report({ ...shown, status: error instanceof ToolError ? "declined" : "failed" });
    throw error instanceof FileError ? writeFailure(error, changes) : error;
  });
  ctx.report({ ...shown, status: "completed", diff });
  return summaryOf(operations);
}

type ShownChange = Extract<ThreadItemDetails, { type: "file_change" }>["changes"][number];

/** One for each path, sorted; a file that is added first and then changed is an added one. */
function shownChanges(changes: readonly FileChange[]): ShownChange[] {
  const kinds = new Map<string, ShownChange["kind"]>();
  for (const { path, type } of changes) {
    const isNew = type === "update" && kinds.get(path) === "add";
    kinds.set(path, isNew ? "add" : type);
  }
  return [...kinds].map(([path, kind]) => ({ path, kind }))
    .sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

function writeFailure({ path, message }: FileError, changes: readonly FileChange[]): ToolError {
  const isDelete = changes.some((change) => change.type === "delete" && change.path === path);
  return new ToolError(
    ended(1, `Failed to ${isDelete ? "delete" : "write"} file ${path}: ${message}\n`),
  );
}

function ended(exitCode: number, output: string): string {
  return `Exit code: ${exitCode}\nWall time: 0 seconds\nOutput:\n${output}`;
}

const MARKS = { add: "A", update: "M", delete: "D" } as const;

/** Paths as the patch gives them; added ones first, then changed, then deleted. */
function summaryOf(operations: readonly Operation[]): string {
  const lines = (["add", "update", "delete"] as const).flatMap((type) =>
    operations.filter((operation) => operation.type === type).map((operation) => {
      const moved = operation.type === "update" ? operation.movePath : undefined;
      return `${MARKS[type]} ${moved ?? operation.path}\n`;
    })
  );
  return `Success. Updated the following files:\n${lines.join("")}`;
}
