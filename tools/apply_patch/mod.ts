/** apply_patch: edits files, all of them or none. */

import * as z from "zod/mini";
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
import { updateContent } from "./apply.ts";
import { interceptPatch } from "./intercept.ts";
import { type Operation, parsePatch } from "./parse.ts";

type FileHost = Pick<Host, "files">;

const GRAMMAR = `start: begin hunk+ end
begin: "*** Begin Patch" LF
end: "*** End Patch" LF?

hunk: add | delete | update
add: "*** Add File: " path LF plus+
delete: "*** Delete File: " path LF
update: "*** Update File: " path LF move? changes?

path: /(.+)/
plus: "+" /(.*)/ LF -> line

move: "*** Move to: " path LF
changes: (context | line)+ eof?
context: ("@@" | "@@ " /(.+)/) LF
line: ("+" | "-" | " ") /(.*)/ LF
eof: "*** End of File" LF

%import common.LF
`;

const FORMAT = `Edits files by a patch of this form:

*** Begin Patch
*** Add File: notes/new.md
+every line of a new file begins with a plus
*** Update File: src/app.py
*** Move to: src/main.py
@@ def greet():
 unchanged lines begin with a space
-lines to remove begin with a minus
+lines to add begin with a plus
*** Delete File: old.txt
*** End Patch

"Move to" is optional. Give about three unchanged lines before and after a change; where they stand
in the file more than once, name the function or class before them behind @@. "*** End of File"
after a change says that it is at the end. Paths are relative to the working folder.`;

export function applyPatch(
  host: FileHost,
  form: "freeform" | "function",
  { advertised = true } = {},
): Tool {
  const run = async (patch: string, ctx: ToolContext) => {
    const summary = await patchFiles(patch, { cwd: ctx.turn.cwd, host, ctx });
    return { output: `Exit code: 0\nWall time: 0 seconds\nOutput:\n${summary}`, success: true };
  };
  if (form === "function") {
    return defineTool({
      name: "apply_patch",
      description: FORMAT,
      advertised,
      parameters: z.object({ input: text("The whole patch, from *** Begin Patch on.") }),
      run: ({ input }, ctx) => run(input, ctx),
    });
  }
  return defineCustomTool({
    name: "apply_patch",
    description: "Edits files by a patch. The input is the patch itself, not JSON and not quoted.",
    format: { type: "grammar", syntax: "lark", definition: GRAMMAR },
    run,
  });
}

export interface PatchOptions {
  readonly cwd: string;
  readonly host: FileHost;
  readonly ctx: ToolContext;
}

/** The answer to a shell command that is nothing but a patch; absent for any other command. */
export async function patchInterception(
  command: readonly string[],
  options: PatchOptions,
): Promise<string | undefined> {
  const found = interceptPatch(command);
  if (!found) return undefined;
  const cwd = resolvePath(options.cwd, found.workdir);
  const output = await patchFiles(found.patch, { ...options, cwd });
  return JSON.stringify({ output, metadata: { exit_code: 0, duration_seconds: 0 } })
    .replace('"duration_seconds":0}', '"duration_seconds":0.0}');
}

/** Verifies everything, then writes everything; gives the list of what was changed. */
async function patchFiles(patch: string, { cwd, host, ctx }: PatchOptions): Promise<string> {
  const operations = parsePatch(patch);
  const preview = new Preview(host, ctx);
  for (const operation of operations) await preview.take(operation, cwd);
  const shown = {
    type: "file_change" as const,
    changes: operations.map((operation) => ({
      path: resolvePath(cwd, operation.path),
      kind: operation.type,
    })),
    diff: diffOf(operations),
  };
  ctx.report({ ...shown, status: "in_progress" });
  await host.files.apply(preview.changes(), ctx).catch((error) => {
    throw error instanceof FileError
      ? new ToolError(`Failed to write file ${error.path}: ${error.message}`)
      : error;
  });
  ctx.report({ ...shown, status: "completed" });
  return summaryOf(operations);
}

/** The files as the operations so far leave them. */
class Preview {
  readonly #host: FileHost;
  readonly #ctx: ToolContext;
  readonly #before = new Map<string, boolean>();
  /** Absent content: the file is gone. */
  readonly #after = new Map<string, Uint8Array | undefined>();

  constructor(host: FileHost, ctx: ToolContext) {
    this.#host = host;
    this.#ctx = ctx;
  }

  async take(operation: Operation, cwd: string): Promise<void> {
    const path = resolvePath(cwd, operation.path);
    switch (operation.type) {
      case "add":
        this.#after.set(path, encodeLines(operation.lines));
        return;
      case "delete":
        await this.#read(path, "Failed to read");
        this.#after.set(path, undefined);
        return;
      case "update": {
        const old = await this.#read(path, "Failed to read file to update");
        const content = updateContent(old, { chunks: operation.chunks, path });
        if (operation.movePath === undefined) return void this.#after.set(path, content);
        this.#after.set(path, undefined);
        this.#after.set(resolvePath(cwd, operation.movePath), content);
      }
    }
  }

  changes(): FileChange[] {
    return [...this.#after].flatMap(([path, content]): FileChange[] => {
      if (content) return [{ type: this.#before.get(path) ? "update" : "add", path, content }];
      return this.#before.get(path) ? [{ type: "delete", path }] : [];
    });
  }

  async #read(path: string, what: string): Promise<Uint8Array> {
    const known = this.#after.get(path);
    if (known) return known;
    if (this.#after.has(path)) {
      throw verification(`${what} ${path}: No such file or directory (os error 2)`);
    }
    const content = await this.#host.files.readBytes(path, this.#ctx).catch((error) => {
      throw error instanceof FileError ? verification(`${what} ${path}: ${error.message}`) : error;
    });
    this.#before.set(path, true);
    return content;
  }
}

function verification(reason: string): ToolError {
  return new ToolError(`apply_patch verification failed: ${reason}`);
}

function encodeLines(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}

const MARK = { add: "A", update: "M", delete: "D" } as const;

/** Paths as the patch gives them; added ones first, then changed, then deleted. */
function summaryOf(operations: readonly Operation[]): string {
  const lines = (["add", "update", "delete"] as const).flatMap((type) =>
    operations.filter((operation) => operation.type === type).map((operation) => {
      const moved = operation.type === "update" ? operation.movePath : undefined;
      return `${MARK[type]} ${moved ?? operation.path}\n`;
    })
  );
  return `Success. Updated the following files:\n${lines.join("")}`;
}

const MOST_DIFF_LINES = 200;

/** What people are shown; the patch says it already. */
function diffOf(operations: readonly Operation[]): string {
  const lines = operations.flatMap((operation) => {
    if (operation.type === "delete") return [];
    if (operation.type === "add") return operation.lines.map((line) => `+${line}`);
    return operation.chunks.flatMap((chunk) =>
      chunk.lines.map(({ kind, text }) => `${kind}${text}`)
    );
  });
  return lines.slice(0, MOST_DIFF_LINES).join("\n");
}
