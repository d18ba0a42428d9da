/** read_file: numbered lines of a text file, as a slice or around an indented block. */

import * as z from "zod/mini";
import { ToolError } from "../src/protocol/error.ts";
import { FileError, type Host } from "../src/protocol/host.ts";
import { choice, count, flag, text } from "../src/protocol/schema.ts";
import { defineTool, type Tool } from "../src/protocol/tool.ts";
import { indentedBlock } from "./indented_block.ts";

const DEFAULT_LIMIT = 2000;
const LONGEST_LINE = 500;

export function readFile(host: Pick<Host, "files">): Tool {
  return defineTool({
    name: "read_file",
    description:
      "Reads a text file and gives its lines with their numbers: a range of them, or the " +
      "indented block around a line.",
    parallel: true,
    parameters: z.object({
      file_path: text("The file, as an absolute path."),
      offset: z.optional(count("The first line to give, counted from 1. Default: 1.")),
      limit: z.optional(count("The most lines to give. Default: 2000.")),
      mode: z.optional(choice(
        ["slice", "indentation"],
        'How to choose the lines: "slice" (from offset on; the default) or "indentation" (the block ' +
          "around anchor_line).",
      )),
      indentation: z.optional(z.object({
        anchor_line: z.optional(count("The line that the block is around. Default: offset.")),
        max_levels: z.optional(count("How many enclosing blocks to include; 0 for all of them.")),
        include_siblings: z.optional(flag("Whether blocks beside it at its level belong to it.")),
        include_header: z.optional(flag("Whether comments right above the block belong to it.")),
        max_lines: z.optional(count("The most lines of the block to give. Default: limit.")),
      })),
    }),
    async run({ file_path, offset = 1, limit = DEFAULT_LIMIT, mode = "slice", indentation }, ctx) {
      if (offset === 0) throw new ToolError("offset must be a 1-indexed line number");
      if (limit === 0) throw new ToolError("limit must be greater than zero");
      if (!file_path.startsWith("/")) throw new ToolError("file_path must be an absolute path");
      const bytes = await host.files.readBytes(file_path, ctx).catch(failure);
      const lines = toLines(bytes);
      if (offset > lines.length) throw new ToolError("offset exceeds file length");
      const numbers = mode === "slice"
        ? range(offset, Math.min(lines.length, offset + limit - 1))
        : indentedBlock(lines, { anchor: offset, limit, ...indentation });
      const output = numbers.map((n) => `L${n}: ${shorten(lines[n - 1] ?? "")}`).join("\n");
      return { output, success: true };
    },
  });
}

function failure(error: unknown): never {
  if (error instanceof FileError) throw new ToolError(`failed to read file: ${error.message}`);
  throw error;
}

function toLines(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.endsWith("\r") ? line.slice(0, -1) : line);
}

/** A minified file is one line of megabytes. */
function shorten(line: string): string {
  if (line.length <= LONGEST_LINE) return line;
  const cut = line.slice(0, LONGEST_LINE);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
