/** Text of others made safe for a terminal: letters, newline and tab pass, commands to it do not. */

/** CSI, OSC and the like, with what they hold; then any control character that is left. */
const SEQUENCES = new RegExp(
  [
    "\\x1b\\[[0-?]*[ -/]*[@-~]?", // CSI
    "\\x9b[0-?]*[ -/]*[@-~]?", // CSI in one byte
    "(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d\\x9e\\x9f])[^\\x07\\x1b\\x9c]*(?:\\x07|\\x1b\\\\|\\x9c|$)", // OSC, DCS, …
    "\\x1b[ -/]*[0-~]?", // any other escape
    "\\r(?=\\n)", // a line end of two is a line end
  ].join("|"),
  "g",
);
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function sanitize(text: string): string {
  return text.replace(SEQUENCES, "").replace(CONTROLS, "");
}

/** The same for text that comes in pieces: a sequence may begin in one and end in another. */
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

const COMPLETE = new RegExp(
  "^(?:" + [
    "\\x1b\\[[0-?]*[ -/]*[@-~]",
    "\\x9b[0-?]*[ -/]*[@-~]",
    "(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x9c]*(?:\\x07|\\x1b\\\\|\\x9c)",
    "\\x1b[ -/]*[0-OQ-WYZ`-~\\\\]",
  ].join("|") + ")",
);

/** Where a sequence begins that the text does not end. */
function unfinished(text: string): number {
  const recent = Math.max(0, text.length - LONGEST_HELD);
  for (let at = text.length - 1; at >= recent; at--) {
    // deno-lint-ignore no-control-regex
    if (!/[\x1b\x90\x98\x9b\x9d-\x9f\r]/.test(text[at] ?? "")) continue;
    const rest = text.slice(at);
    if (rest === "\r") return at;
    if (rest.startsWith("\r")) continue;
    return COMPLETE.test(rest) ? text.length : at;
  }
  return text.length;
}
