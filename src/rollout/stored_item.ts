/** What a session file holds as an item, checked and brought to the shape that is sent. */

import * as z from "zod/mini";
import type { OutputContentItem, ResponseItem } from "../protocol/response_item.ts";

/** Nothing where the item is of a kind that decodex does not send, or broken. */
export function toResponseItem(payload: unknown): ResponseItem | undefined {
  const { success, data } = STORED_ITEM.safeParse(payload);
  // An absent optional field stays absent in what zod gives, which its type cannot say.
  return success && !isEmptyMessage(data) ? data as ResponseItem : undefined;
}

function isEmptyMessage(item: z.infer<typeof STORED_ITEM>): boolean {
  return item.type === "message" && item.content.length === 0;
}

const TEXT = z.object({ type: z.enum(["input_text", "output_text"]), text: z.string() });
const IMAGE = z.object({
  type: z.literal("input_image"),
  image_url: z.string(),
  detail: z.optional(z.string()),
});
const REASONING_TEXT = z.object({ type: z.enum(["reasoning_text", "text"]), text: z.string() });
const SUMMARY_TEXT = z.object({ type: z.literal("summary_text"), text: z.string() });

/** A list without the entries that are of no kind we know. */
function known<T extends z.ZodMiniType>(schema: T): z.ZodMiniType<z.infer<T>[]> {
  return z.pipe(
    z.array(z.unknown()),
    z.transform((list) =>
      list.flatMap((entry) => {
        const { success, data } = schema.safeParse(entry);
        return success ? [data] : [];
      })
    ),
  );
}

const MESSAGE = z.object({
  type: z.literal("message"),
  role: z.enum(["user", "developer", "assistant", "system"]),
  content: known(z.union([TEXT, IMAGE])),
  phase: z.optional(z.nullable(z.enum(["commentary", "final_answer"]))),
});

const REASONING = z.object({
  type: z.literal("reasoning"),
  summary: z._default(known(SUMMARY_TEXT), []),
  content: z.optional(z.nullable(known(REASONING_TEXT))),
  encrypted_content: z.optional(z.nullable(z.string())),
});

const FUNCTION_CALL = z.object({
  type: z.literal("function_call"),
  name: z.string(),
  arguments: z.string(),
  call_id: z.string(),
  namespace: z.optional(z.string()),
});

const CUSTOM_TOOL_CALL = z.object({
  type: z.literal("custom_tool_call"),
  status: z.optional(z.string()),
  call_id: z.string(),
  name: z.string(),
  input: z.string(),
});

const LOCAL_SHELL_CALL = z.object({
  type: z.literal("local_shell_call"),
  call_id: z.string(),
  status: z.string(),
  action: z.object({
    type: z.literal("exec"),
    command: z.array(z.string()),
    timeout_ms: z.optional(z.nullable(z.number())),
    working_directory: z.optional(z.nullable(z.string())),
  }),
});

const FUNCTION_CALL_OUTPUT = z.object({
  type: z.literal("function_call_output"),
  call_id: z.string(),
  output: z.pipe(z.unknown(), z.transform(toOutput)),
});

const CUSTOM_TOOL_CALL_OUTPUT = z.object({
  type: z.literal("custom_tool_call_output"),
  call_id: z.string(),
  output: z.pipe(z.unknown(), z.transform((output) => fromPatchResult(toOutput(output)))),
});

const WEB_SEARCH_CALL = z.object({
  type: z.literal("web_search_call"),
  status: z.optional(z.string()),
  action: z.optional(z.object({
    type: z.string(),
    query: z.optional(z.string()),
    queries: z.optional(z.array(z.string())),
    url: z.optional(z.string()),
    pattern: z.optional(z.string()),
  })),
});

const STORED_ITEM = z.union([
  MESSAGE,
  REASONING,
  FUNCTION_CALL,
  CUSTOM_TOOL_CALL,
  LOCAL_SHELL_CALL,
  FUNCTION_CALL_OUTPUT,
  CUSTOM_TOOL_CALL_OUTPUT,
  WEB_SEARCH_CALL,
]);

const PATCH_RESULT = z.object({
  output: z.string(),
  metadata: z.object({ exit_code: z.number(), duration_seconds: z.number() }),
});

/** An answer is never dropped for its shape: the model would take its call for aborted. */
function toOutput(output: unknown): string | OutputContentItem[] {
  if (typeof output === "string") return output;
  const { success, data } = OUTPUT_CONTENT.safeParse(output);
  if (success && data.length > 0) return data as OutputContentItem[];
  return JSON.stringify(output);
}

const OUTPUT_CONTENT = known(
  z.union([z.object({ type: z.literal("input_text"), text: z.string() }), IMAGE]),
);

/** Codex stores what a patch gave as JSON, and sends it as text. */
function fromPatchResult(output: string | OutputContentItem[]): string | OutputContentItem[] {
  if (typeof output !== "string" || !output.startsWith('{"output":')) return output;
  const { success, data } = PATCH_RESULT.safeParse(parseOrNothing(output));
  if (!success) return output;
  const { exit_code, duration_seconds } = data.metadata;
  return `Exit code: ${exit_code}\nWall time: ${duration_seconds} seconds\nOutput:\n${data.output}`;
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
