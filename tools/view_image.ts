/** view_image: shows the model an image file. */

import * as z from "zod/mini";
import { ToolError } from "../src/protocol/error.ts";
import { FileError, type Host } from "../src/protocol/host.ts";
import { imageType } from "../src/protocol/image.ts";
import { text } from "../src/protocol/schema.ts";
import { defineTool, type Tool } from "../src/protocol/tool.ts";
import { resolvePath } from "./command.ts";

export function viewImage(host: Pick<Host, "files">): Tool {
  return defineTool({
    name: "view_image",
    description:
      "Attaches an image file of this machine to the conversation, so that you see it. " +
      "For a file that the user names or that a command has made.",
    parallel: true,
    parameters: z.object({ path: text("The image file's path on this machine.") }),
    async run({ path }, ctx) {
      const place = resolvePath(ctx.turn.cwd, path);
      const bytes = await host.files.readBytes(place, ctx).catch((error) => failure(error, place));
      const type = imageType(bytes);
      if (type === undefined) throw unsupported(place);
      const image_url = `data:${type};base64,${bytes.toBase64()}`;
      return { output: [{ type: "input_image", image_url }], success: true };
    },
  });
}

/** codex-cli 0.115.0 has two sentences: for what is called an image, and for what is not. */
function unsupported(place: string): ToolError {
  const ending = place.slice(place.lastIndexOf(".") + 1).toLowerCase();
  const image = IMAGES[ending];
  return new ToolError(
    image === undefined
      ? `Codex could not read the local image at \`${place}\`: unsupported MIME type \`${
        ending === "txt" ? "text/plain" : "unknown"
      }\``
      : `Codex cannot attach image at \`${place}\`: unsupported image format \`${image}\`.`,
  );
}

function failure(error: unknown, place: string): never {
  if (!(error instanceof FileError)) throw error;
  if (error.kind === "is_directory" || error.message === "not a regular file") {
    throw new ToolError(`image path \`${place}\` is not a file`);
  }
  throw new ToolError(`unable to locate image at \`${place}\`: ${error.message}`);
}

const IMAGES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  bmp: "image/bmp",
  svg: "image/svg+xml",
};
