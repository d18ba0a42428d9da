/** Characters that a person does not see and a model reads: what kinds a text holds. Pure. */

/** In a text of ordinary letters this is all that is looked at. */
const SUSPECT =
  /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|\udb40[\udc00-\uddef]|[\ufe00-\ufe0f]{2}/;

/** Scripts in which joiners and word breaks without width are spelling. */
const JOINING = "\\u0600-\\u08ff\\u0900-\\u109f\\u1780-\\u18af\\ufb50-\\ufdff\\ufe70-\\ufefc";

/** What is no hidden text: a flag, a family, a joined letter, the mark at a file's beginning. */
const INNOCENT = new RegExp(
  [
    "^\\ufeff",
    // The flags of England, Scotland and Wales are spelt with tags.
    "\\u{1f3f4}\\u{e0067}\\u{e0062}(?:\\u{e0065}\\u{e006e}\\u{e0067}|\\u{e0073}\\u{e0063}\\u{e0074}|\\u{e0077}\\u{e006c}\\u{e0073})\\u{e007f}",
    "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})",
    `(?<=[${JOINING}])[\\u200b-\\u200d]`,
    "(?<=\\p{Unified_Ideograph})[\\u{e0100}-\\u{e01ef}]",
  ].join("|"),
  "gu",
);

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

const KINDS: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: "tag", pattern: /[\u{e0000}-\u{e007f}]/gu },
  { name: "bidi control", pattern: /[\u202a-\u202e\u2066-\u2069]/g },
  { name: "direction mark", pattern: /[\u061c\u200e\u200f]/g },
  { name: "zero-width", pattern: /[\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff]/g },
  { name: "variation selector", pattern: /[\u{e0100}-\u{e01ef}]|[\ufe00-\ufe0f]{2,}/gu },
];

/** For example `12 tag, 1 bidi control`; nothing where the text hides nothing. */
export function describeHidden(text: string): string | undefined {
  if (!SUSPECT.test(text)) return undefined;
  // A space keeps what stands on either side apart.
  const rest = text.replace(INNOCENT, " ");
  const isRightToLeft = RIGHT_TO_LEFT.test(text);
  const found = KINDS.flatMap(({ name, pattern }) => {
    if (name === "direction mark" && isRightToLeft) return [];
    const matches = rest.match(pattern) ?? [];
    const count = matches.reduce((sum, match) => sum + [...match].length, 0);
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return found.length === 0 ? undefined : found.join(", ");
}
