/** The form of a file: its length, its functions, its name, its first and its exported words. */

import { closingOffset, type Fault, faultAt, lineOf, type Source } from "./source.ts";

const MAX_LINES = 350;
const MAX_FUNCTION_LINES = 60;
const MAX_LEVELS = 5;
const SPACES_PER_LEVEL = 2;

export function shapeFaults(source: Source): Fault[] {
  return [
    ...lengthFaults(source),
    ...functionFaults(source),
    ...nestingFaults(source),
    ...nameFaults(source),
    ...headerFaults(source),
    ...PATTERNS.flatMap(({ pattern, message, only }) =>
      only && !only.test(source.path)
        ? []
        : [...source.code.matchAll(pattern)].map(({ index }) => faultAt(source, index, message))
    ),
  ];
}

function lengthFaults(source: Source): Fault[] {
  const lines = source.text.trimEnd().split("\n").length;
  if (lines <= MAX_LINES) return [];
  return [{ path: source.path, line: lines, message: `${lines} lines, at most ${MAX_LINES}` }];
}

function functionFaults(source: Source): Fault[] {
  return bodies(source.code).flatMap(({ start, end }) => {
    const lines = lineOf(source.text, end) - lineOf(source.text, start) + 1;
    const message = `a function of ${lines} lines, at most ${MAX_FUNCTION_LINES}`;
    return lines > MAX_FUNCTION_LINES ? [faultAt(source, start, message)] : [];
  });
}

interface Body {
  /** Where the function's head begins. */
  readonly start: number;
  readonly end: number;
}

const HEAD = new RegExp(
  [
    /\bfunction\b[^(;{]*\(/, // a declaration or an expression
    /^[ ]+(?:(?:static|async|override|private|get|set) +)*\*? ?(?!(?:if|for|while|switch|catch|with|return|await|super|function)\b)[#\w$]+(?:<[^(\n]*>)?\(/,
    /=>\s*\{/,
  ].map((part) => part.source).join("|"),
  "gm",
);

function bodies(code: string): Body[] {
  return [...code.matchAll(HEAD)].flatMap((match) => {
    const last = match.index + match[0].length - 1;
    const open = match[0].endsWith("{") ? last : bodyOffset(code, closingOffset(code, last) + 1);
    return open === undefined ? [] : [{ start: match.index, end: closingOffset(code, open) }];
  });
}

/** Where the body begins behind a parameter list; nothing for a call, an overload or a type. */
function bodyOffset(code: string, start: number): number | undefined {
  if (!/^\s*[:{]/.test(code.slice(start, start + 20))) return undefined;
  for (let at = start; at < code.length; at++) {
    const character = code.charAt(at);
    if (character === ";" || character === ")" || character === "}") return undefined;
    if (character === "{" && !isTypeBrace(code, at)) return at;
    if ("([{".includes(character)) at = closingOffset(code, at);
  }
  return undefined;
}

/** In a return type a brace follows a mark; the body's follows a name or a closing mark. */
function isTypeBrace(code: string, at: number): boolean {
  const before = code.slice(0, at).trimEnd();
  return /[:|&<,=]$/.test(before) || before.endsWith("=>");
}

/** The formatter indents by two spaces for each level; inside a template it does not. */
function nestingFaults(source: Source): Fault[] {
  const deepest = new RegExp(`^ {${(MAX_LEVELS + 1) * SPACES_PER_LEVEL},}(?=\\S)`, "gm");
  return [...source.code.matchAll(deepest)]
    .filter(({ index, 0: indent }) => source.text.startsWith(indent, index))
    .slice(0, 1)
    .map(({ index }) => faultAt(source, index, `deeper than ${MAX_LEVELS} levels`));
}

const VAGUE_NAMES = ["utils", "util", "helpers", "helper", "common", "types", "misc", "index"];

function nameFaults(source: Source): Fault[] {
  const name = source.path.slice(source.path.lastIndexOf("/") + 1).replace(/\.ts$/, "");
  const faults: Fault[] = [];
  if (VAGUE_NAMES.includes(name)) faults.push(faultAt(source, 0, `"${name}" says nothing`));
  if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) {
    faults.push(faultAt(source, 0, `"${name}" is not snake_case`));
  }
  return faults;
}

function headerFaults(source: Source): Fault[] {
  const header = /^(?:#![^\n]*\n)?\/\*\*([^]*?)\*\//.exec(source.text)?.[1];
  const words = header?.replaceAll(/^\s*\*/gm, "").trim() ?? "";
  return /[.:]$/.test(words) ? [] : [faultAt(source, 0, "no header sentence")];
}

const PATTERNS: readonly { pattern: RegExp; message: string; only?: RegExp }[] = [
  { pattern: /^export default\b|\bas default\b/gm, message: "a default export" },
  {
    pattern:
      /^(?:export )?const \w+(?::[^=\n]+)? = (?:async )?(?:\([^()\n]*\)|\w+)(?::[^=\n]+)? =>/gm,
    message: "an arrow function at top level",
  },
  {
    pattern: /^(?:export )?(?:let|var)\b/gm,
    message: "mutable state at top level",
    only: /^(src|tools)\//,
  },
];
