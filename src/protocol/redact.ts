/** Takes known secrets out of text, in every spelling in which programs print them. Pure. */

import type { KnownSecret } from "./known_secret.ts";

export interface Redactor {
  /** With `[redacted: NAME]` in the place of each secret. One pass, whatever their number. */
  text(text: string): string;
  /** The same for every string in plain data, which is itself where it holds none. */
  data<T>(value: T): T;
  /** The same for text that comes in pieces: what may be the beginning of a secret waits. */
  pieces(): (piece: string) => string;
}

/**
 * Where two secrets are the same, the first one names them. Hides accidents, not what somebody
 * does on purpose: text that a command has reversed or encrypted is no spelling.
 */
export function createRedactor(secrets: readonly KnownSecret[]): Redactor {
  const { literals, stems } = spellingsOf(secrets);
  if (literals.size === 0) return { text: (text) => text, data: (value) => value, pieces: same };
  const spellings = [...literals.keys(), ...stems.keys()];
  let all: RegExp | undefined;
  const text = (text: string): string => {
    if (text.length < LONG_TEXT && !spellings.some((each) => text.includes(each))) return text;
    all ??= new RegExp(`(${oneOf(literals)})|(${oneOf(stems)})[\\w+/-]{0,4}={0,2}`, "g");
    return text.replace(all, (_, literal?: string, stem?: string) => {
      const name = literal === undefined ? stems.get(stem ?? "") : literals.get(literal);
      return `[redacted: ${name}]`;
    });
  };
  const data = <T>(value: T): T => redactData(value, text) as T;
  const byFirst = Map.groupBy(spellings, (each) => each.charAt(0));
  return { text, data, pieces: () => redactPieces(text, byFirst) };
}

/** From here on one pattern for all is faster than a look for each, and worth making. */
const LONG_TEXT = 32 * 1024;

function same(): (piece: string) => string {
  return (piece) => piece;
}

/** Each spelling and the name that takes its place. */
interface Spellings {
  readonly literals: Map<string, string>;
  /** The part of a base64 text that does not depend on what follows the secret. */
  readonly stems: Map<string, string>;
}

function spellingsOf(secrets: readonly KnownSecret[]): Spellings {
  const literals = new Map<string, string>();
  const stems = new Map<string, string>();
  for (const { name, value } of secrets) {
    const escaped = JSON.stringify(value).slice(1, -1);
    const lines = value.split(/\r?\n/).filter((line) =>
      line.length >= LONG_LINE && !/^--/.test(line)
    );
    for (const spelling of [value, escaped, encodeURIComponent(value.toWellFormed()), ...lines]) {
      if (!literals.has(spelling)) literals.set(spelling, name);
    }
    for (const stem of base64Stems(value)) if (!stems.has(stem)) stems.set(stem, name);
  }
  return { literals, stems };
}

/** Of a key of many lines, which are told apart by what a program prints in front of each. */
const LONG_LINE = 32;

/** As `base64` breaks them. */
const BASE64_COLUMNS = 76;

/** Wherever the secret begins within the three bytes of a group: all of it, or all but two bytes. */
function base64Stems(value: string): string[] {
  const bytes = new TextEncoder().encode(value);
  const stems = [0, 1, 2].map((skipped) => wholeGroups(bytes.subarray(skipped)).toBase64());
  const [first = ""] = stems;
  const wrapped = first.replace(new RegExp(`.{${BASE64_COLUMNS}}(?=.)`, "g"), "$&\n");
  const inUrls = stems.map((stem) => stem.replaceAll("+", "-").replaceAll("/", "_"));
  return [...stems, wrapped, ...inUrls];
}

function wholeGroups(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - bytes.length % 3);
}

/** The longest first: it may begin as a shorter one does. */
function oneOf(spellings: ReadonlyMap<string, string>): string {
  return [...spellings.keys()].sort((a, b) => b.length - a.length).map(escapeForPattern).join("|");
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Not text to be read: large, and changed by a single letter. */
const OPAQUE: readonly string[] = ["image_url", "images", "encrypted_content"];

function redactData(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const redacted = entries.map(([key, inner]) =>
    OPAQUE.includes(key) ? [key, inner] as const : [key, redactData(inner, text)] as const
  );
  if (redacted.every(([_, inner], index) => inner === entries[index]?.[1])) return value;
  return Array.isArray(value) ? redacted.map(([_, inner]) => inner) : Object.fromEntries(redacted);
}

function redactPieces(
  text: (text: string) => string,
  spellings: ReadonlyMap<string, readonly string[]>,
): (piece: string) => string {
  let held = "";
  return (piece) => {
    const whole = text(held + piece);
    const end = beginningAtEnd(whole, spellings);
    held = whole.slice(end);
    return whole.slice(0, end);
  };
}

/** Where the text's last characters are the first ones of a spelling. */
function beginningAtEnd(text: string, spellings: ReadonlyMap<string, readonly string[]>): number {
  for (let at = 0; at < text.length; at++) {
    const candidates = spellings.get(text.charAt(at));
    if (!candidates) continue;
    const rest = text.slice(at);
    if (candidates.some((spelling) => spelling.startsWith(rest))) return at;
  }
  return text.length;
}
