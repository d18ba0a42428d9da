/** Placeholder by the lead, to be rewritten by its owner (helper T). */
import type { TruncationPolicy } from "./model_info.ts";
export function truncateText(
  text: string,
  policy: TruncationPolicy,
): { text: string; truncated: boolean } {
  return { text: text.slice(0, policy.limit * 4), truncated: text.length > policy.limit * 4 };
}
