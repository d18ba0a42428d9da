/** Text of others made safe for a terminal: letters, newline and tab pass, commands to it do not. */

/**
 * Whole sequences, with what they hold. What a string sequence holds has no further control
 * character: where it does, only what introduces the sequence goes, and the rest is shown.
 */
const COMPLETE: readonly string[] = [
  "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]", // CSI
  "(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x18\\x1a\\x1b\\x80-\\x9f]*(?:\\x07|\\x1b\\\\|\\x9c)", // OSC, DCS, …
];
/** The same without their ends: more may come, or nothing. */
const BEGUN: readonly string[] = [
  "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*$",
  "(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x18\\x1a\\x1b\\x80-\\x9f]*\\x1b?$",
  "\\x1b[ -/]*$",
  "\\r$",
];
const OTHERS: readonly string[] = [
  "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*", // CSI that breaks off
  "\\x1b[ -/]*[0-~]?", // any other escape
  "\\r(?=\\n)", // a line end of two is a line end
];
const SEQUENCES = new RegExp([...COMPLETE, ...OTHERS].join("|"), "g");
const BEGUN_OR_NOT = new RegExp(`(${BEGUN.join("|")})|${SEQUENCES.source}`, "g");

/** Also those that change the order in which letters are shown. */
const CONTROLS =
  // deno-lint-ignore no-control-regex
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function sanitize(text: string): string {
  return text.replace(SEQUENCES, "").replace(CONTROLS, "");
}

const UNSEEN =
  // deno-lint-ignore no-control-regex
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e0fff}]/gu;

/** For what is going to be done, commands and paths: nothing of it may be hidden. */
export function reveal(text: string): string {
  return text.replace(UNSEEN, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** Text that comes in pieces: a sequence may begin in one and end in another. */
export class Sanitizer {
  #held = "";

  push(text: string): string {
    const whole = this.#held + text;
    const start = unfinished(whole);
    this.#held = whole.slice(start);
    return sanitize(whole.slice(0, start));
  }

  end(): string {
    const rest = sanitize(this.#held);
    this.#held = "";
    return rest;
  }
}

/** No sequence that anybody means is longer; a longer one is cut open rather than kept. */
const LONGEST_HELD = 4096;

/** Where a sequence begins that the text does not end. */
function unfinished(text: string): number {
  for (const { index, 1: begun } of text.matchAll(BEGUN_OR_NOT)) {
    if (begun !== undefined) return begun.length > LONGEST_HELD ? text.length : index;
  }
  return text.length;
}
