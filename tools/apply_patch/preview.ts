/** The files as the operations so far would leave them. Nothing is written. */

import { ToolError } from "../../src/protocol/error.ts";
import { type FileChange, FileError, type Host } from "../../src/protocol/host.ts";
import type { ToolContext } from "../../src/protocol/tool.ts";
import { resolvePath } from "../command.ts";
import { updateContent } from "./apply.ts";
import type { FileDiff } from "./diff.ts";
import type { Operation } from "./parse.ts";

export interface PatchOptions {
  /** What the patch's paths are relative to. */
  readonly cwd: string;
  readonly host: Pick<Host, "files">;
  readonly ctx: ToolContext;
}

export interface Preview {
  /** In the order of the patch. */
  readonly changes: readonly FileChange[];
  readonly diffs: readonly FileDiff[];
}

/** Fails with the first thing that does not fit, as codex-cli 0.115.0 says it. */
export async function previewPatch(
  operations: readonly Operation[],
  options: PatchOptions,
): Promise<Preview> {
  const files = new PreviewFiles(options);
  const changes: FileChange[] = [];
  const diffs: FileDiff[] = [];
  for (const operation of operations) {
    const path = resolvePath(options.cwd, operation.path);
    switch (operation.type) {
      case "add": {
        const content = new TextEncoder().encode(operation.lines.map((l) => `${l}\n`).join(""));
        files.set(path, content);
        changes.push({ type: "add", path, content });
        diffs.push({ operation, hunks: [] });
        break;
      }
      case "delete":
        await files.read(path, "Failed to read");
        files.set(path, undefined);
        changes.push({ type: "delete", path });
        diffs.push({ operation, hunks: [] });
        break;
      case "update": {
        const old = await files.read(path, "Failed to read file to update");
        const { content, hunks } = updateContent(old, { chunks: operation.chunks, path });
        const to = resolvePath(options.cwd, operation.movePath ?? operation.path);
        files.set(path, undefined);
        files.set(to, content);
        changes.push({ type: "update", path, content, ...to !== path && { movePath: to } });
        diffs.push({ operation, hunks });
      }
    }
  }
  return { changes, diffs };
}

class PreviewFiles {
  readonly #options: PatchOptions;
  /** Without content the file is gone. */
  readonly #known = new Map<string, Uint8Array | undefined>();

  constructor(options: PatchOptions) {
    this.#options = options;
  }

  set(path: string, content: Uint8Array | undefined): void {
    this.#known.set(path, content);
  }

  async read(path: string, failure: string): Promise<Uint8Array> {
    if (this.#known.has(path)) {
      const content = this.#known.get(path);
      if (content) return content;
      throw failed(`${failure} ${path}: No such file or directory (os error 2)`);
    }
    const { host, ctx } = this.#options;
    return await host.files.readBytes(path, ctx).catch((error) => {
      throw error instanceof FileError ? failed(`${failure} ${path}: ${error.message}`) : error;
    });
  }
}

function failed(reason: string): ToolError {
  return new ToolError(`apply_patch verification failed: ${reason}`);
}
