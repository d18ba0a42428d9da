/** What the user says, as the message that the model reads. */

import type { UserInput } from "../protocol/op.ts";
import { imageType } from "../protocol/image.ts";
import type { ContentItem, MessageItem } from "../protocol/response_item.ts";
import { readBounded } from "./bounded_file.ts";
import { absolutePath } from "./path.ts";

const IMAGE_MAX_BYTES = 20 * 1024 * 1024;

/** Images come first. One that cannot be shown is replaced by the reason, and the turn goes on. */
export async function toUserMessage(
  items: readonly UserInput[],
  cwd: string,
): Promise<MessageItem> {
  const images = items.filter((item) => item.type !== "text");
  const shown = await Promise.all(
    images.map((image, index) =>
      image.type === "image"
        ? tagged("<image>", image.image_url)
        : localImage(image.path, { cwd, number: index + 1 })
    ),
  );
  const texts = items.flatMap((item) => item.type === "text" ? [inputText(item.text)] : []);
  return { type: "message", role: "user", content: [...shown.flat(), ...texts] };
}

async function localImage(
  path: string,
  { cwd, number }: { cwd: string; number: number },
): Promise<ContentItem[]> {
  const read = await readImage(absolutePath(path, cwd)).catch((error: Error) => ({
    problem: `failed to read image at ${path}: ${systemWords(error)}`,
  }));
  if ("problem" in read) {
    const text = `Codex could not read the local image at \`${path}\`: ${read.problem}`;
    return [inputText(text)];
  }
  return tagged(`<image name=[Image #${number}]>`, read.dataUrl);
}

async function readImage(path: string): Promise<{ dataUrl: string } | { problem: string }> {
  const { isFile } = await Deno.stat(path);
  if (!isFile) return { problem: "it is not a file" };
  const file = await readBounded(path, IMAGE_MAX_BYTES);
  if (!file || file.isCut) return { problem: "it is larger than 20 MiB" };
  const type = imageType(file.bytes);
  if (type === undefined) return { problem: "it is no PNG, JPEG, GIF or WebP image" };
  return { dataUrl: `data:${type};base64,${file.bytes.toBase64()}` };
}

/** Without the operation and the path that the runtime adds. */
function systemWords(error: Error): string {
  return /[^:]*\(os error \d+\)/.exec(error.message)?.[0].trim() ?? error.message;
}

function tagged(open: string, image_url: string): ContentItem[] {
  return [inputText(open), { type: "input_image", image_url }, inputText("</image>")];
}

function inputText(text: string): ContentItem {
  return { type: "input_text", text };
}
