/** list_dir: what stands in a folder, down to a depth, in pages. */

import * as z from "zod/mini";
import { ToolError } from "../src/protocol/error.ts";
import { type DirEntry, FileError, type Host } from "../src/protocol/host.ts";
import { count, text } from "../src/protocol/schema.ts";
import { defineTool, type Tool } from "../src/protocol/tool.ts";

const MARK: Readonly<Record<DirEntry["kind"], string>> = {
  file: "",
  dir: "/",
  symlink: "@",
  other: "?",
};
const LONGEST_NAME = 500;

export function listDir(host: Pick<Host, "files">): Tool {
  return defineTool({
    name: "list_dir",
    description:
      "Lists what stands in a folder and below it, with a mark for folders (/), links (@) " +
      "and special files (?).",
    parallel: true,
    parameters: z.object({
      dir_path: text("The folder, as an absolute path."),
      depth: z.optional(count("How many levels to go down; at least 1. Default: 2.")),
      limit: z.optional(count("The most entries to give. Default: 25.")),
      offset: z.optional(count("The first entry to give, counted from 1. Default: 1.")),
    }),
    async run({ dir_path, depth = 2, limit = 25, offset = 1 }, ctx) {
      if (offset === 0) throw new ToolError("offset must be a 1-indexed entry number");
      if (limit === 0) throw new ToolError("limit must be greater than zero");
      if (depth === 0) throw new ToolError("depth must be greater than zero");
      if (!dir_path.startsWith("/")) throw new ToolError("dir_path must be an absolute path");
      const entries = await host.files.list(dir_path, depth, ctx).catch(failure);
      if (entries.length > 0 && offset > entries.length) {
        throw new ToolError("offset exceeds directory entry count");
      }
      const page = entries.slice(offset - 1, offset - 1 + limit);
      const more = offset - 1 + page.length < entries.length;
      const output = [
        `Absolute path: ${dir_path}`,
        ...page.map(format),
        ...more ? [`More than ${page.length} entries found`] : [],
      ].join("\n");
      return { output, success: true };
    },
  });
}

function failure(error: unknown): never {
  if (error instanceof FileError) throw new ToolError(`failed to read directory: ${error.message}`);
  throw error;
}

function format({ path, kind }: DirEntry): string {
  const parts = path.split("/");
  const name = (parts.at(-1) ?? "").slice(0, LONGEST_NAME);
  return `${"  ".repeat(parts.length - 1)}${name}${MARK[kind]}`;
}
