/** An image of this machine, as the model is shown it. */

import { imageType } from "../protocol/image.ts";
import type { ContentItem } from "../protocol/response_item.ts";
import { readBounded } from "./bounded_file.ts";
import { absolutePath } from "./path.ts";

const IMAGE_MAX_BYTES = 20 * 1024 * 1024;

/** Or the reason why it cannot be shown, in the words of codex-cli 0.115.0. */
export async function localImage(
  path: string,
  { cwd, number }: { cwd: string; number: number },
): Promise<ContentItem[]> {
  const read = await readImage(absolutePath(path, cwd)).catch((error: Error) => ({
    problem: `failed to read image at ${path}: ${systemWords(error)}`,
  }));
  if ("dataUrl" in read) return tagged(`<image name=[Image #${number}]>`, read.dataUrl);
  if ("unsupported" in read) {
    const { unsupported } = read;
    const text = `Codex cannot attach image at \`${path}\`: unsupported image format`;
    return [inputText(`${text} \`${unsupported}\`.`)];
  }
  return [inputText(`Codex could not read the local image at \`${path}\`: ${read.problem}`)];
}

type ReadImage = { dataUrl: string } | { unsupported: string } | { problem: string };

async function readImage(path: string): Promise<ReadImage> {
  const { isFile, isDirectory } = await Deno.stat(path);
  if (isDirectory) throw new Error("Is a directory (os error 21)");
  if (!isFile) throw new Error("it is not a regular file");
  const file = readBounded(path, IMAGE_MAX_BYTES);
  if (!file || file.isCut) return { problem: "it is larger than 20 MiB" };
  const type = imageType(file.bytes);
  if (type !== undefined) return { dataUrl: `data:${type};base64,${file.bytes.toBase64()}` };
  const named = typeByName(path);
  return named.startsWith("image/")
    ? { unsupported: named }
    : { problem: `unsupported MIME type \`${named}\`` };
}

const TYPES: readonly (readonly [ending: RegExp, type: string])[] = [
  [/\.png$/i, "image/png"],
  [/\.jpe?g$/i, "image/jpeg"],
  [/\.gif$/i, "image/gif"],
  [/\.webp$/i, "image/webp"],
  [/\.bmp$/i, "image/bmp"],
  [/\.tiff?$/i, "image/tiff"],
  [/\.svg$/i, "image/svg+xml"],
  [/\.(?:txt|md|log)$/i, "text/plain"],
  [/\.pdf$/i, "application/pdf"],
];

/** Only for the words about a file whose content is no image. */
function typeByName(path: string): string {
  return TYPES.find(([ending]) => ending.test(path))?.[1] ?? "application/octet-stream";
}

/** Without the operation and the path that the runtime adds. */
function systemWords(error: Error): string {
  return /[^:]*\(os error \d+\)/.exec(error.message)?.[0].trim() ?? error.message;
}

export function tagged(open: string, image_url: string): ContentItem[] {
  return [inputText(open), { type: "input_image", image_url }, inputText("</image>")];
}

function inputText(text: string): ContentItem {
  return { type: "input_text", text };
}
