/** grep_files: which files have a line that matches. */

import * as z from "zod/mini";
import { ToolError } from "../src/protocol/error.ts";
import { FileError, type Host } from "../src/protocol/host.ts";
import { count, text } from "../src/protocol/schema.ts";
import { defineTool, type Tool } from "../src/protocol/tool.ts";
import { resolvePath } from "./command.ts";

const DEFAULT_LIMIT = 100;
const MOST = 2000;

export function grepFiles(host: Pick<Host, "files">): Tool {
  return defineTool({
    name: "grep_files",
    description:
      "Finds the files that have a line matching a pattern; the last changed come first.",
    parallel: true,
    parameters: z.object({
      pattern: text("The regular expression to look for."),
      include: z.optional(text('A glob that the files must match, such as "*.ts" or "*.{js,ts}".')),
      limit: z.optional(count("The most files to give. Default: 100.")),
      path: z.optional(text("Where to look: a folder or a file. Default: the working folder.")),
    }),
    async run({ pattern, include, limit = DEFAULT_LIMIT, path }, ctx) {
      const wanted = pattern.trim();
      if (wanted === "") throw new ToolError("pattern must not be empty");
      if (limit === 0) throw new ToolError("limit must be greater than zero");
      const place = resolvePath(ctx.turn.cwd, path);
      const glob = include?.trim();
      const found = await host.files.search({
        pattern: wanted,
        ...glob && { include: glob },
        path: place,
        limit: Math.min(limit, MOST),
      }, ctx).catch((error) => failure(error, place));
      if (found.length === 0) return { output: "No matches found.", success: false };
      return { output: found.join("\n"), success: true };
    },
  });
}

function failure(error: unknown, place: string): never {
  if (!(error instanceof FileError)) throw error;
  throw new ToolError(`unable to access \`${place}\`: ${error.message}`);
}
