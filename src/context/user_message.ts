/** What the user says, as the message that the model reads. */

import type { UserInput } from "../protocol/op.ts";
import type { ContentItem, MessageItem } from "../protocol/response_item.ts";

/** Images come first. One that cannot be shown is replaced by the reason, and the turn goes on. */
export async function toUserMessage(
  items: readonly UserInput[],
  cwd: string,
): Promise<MessageItem> {
  const images = items.filter((item) => item.type !== "text");
  const shown = images.length === 0 ? [] : await imageParts(images, cwd);
  const texts = items.flatMap((item) => item.type === "text" ? [inputText(item.text)] : []);
  return { type: "message", role: "user", content: [...shown, ...texts] };
}

type Image = Exclude<UserInput, { type: "text" }>;

async function imageParts(images: readonly Image[], cwd: string): Promise<ContentItem[]> {
  const { localImage, tagged } = await import("./local_image.ts");
  const parts = await Promise.all(
    images.map((image, index) =>
      image.type === "image"
        ? tagged("<image>", image.image_url)
        : localImage(image.path, { cwd, number: index + 1 })
    ),
  );
  return parts.flat();
}

function inputText(text: string): ContentItem {
  return { type: "input_text", text };
}
