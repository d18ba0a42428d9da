/** A value as one line of JSON that commands no terminal. */

/** JSON leaves them as they are; a terminal obeys them, and some readers take them for line ends. */
const BEYOND_ASCII_CONTROLS = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Without the line end. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(BEYOND_ASCII_CONTROLS, escape);
}

function escape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
