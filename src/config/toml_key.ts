/** Dotted keys as TOML writes them, and the line on which a file sets one. */

const PART = `"(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s."'=\\[\\]#]+`;
const DOTTED = `(?:${PART})(?:\\s*\\.\\s*(?:${PART}))*`;

/** `a."b.c" = d` → the key's parts and what follows the sign; nothing for what is no assignment. */
export function splitAssignment(text: string): { path: string[]; value: string } | undefined {
  const match = new RegExp(`^\\s*(${DOTTED})\\s*=([^]*)$`).exec(text);
  return match ? { path: keyParts(match[1] ?? ""), value: match[2] ?? "" } : undefined;
}

/** Counted from 1. Of a key inside an inline table it is that table's line. */
export function lineOfKey(text: string, path: readonly string[]): number | undefined {
  const header = new RegExp(`^\\s*\\[\\[?\\s*(${DOTTED})\\s*\\]`);
  let table: string[] = [];
  let best = { line: 0, depth: 0 };
  let openString: string | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (openString !== undefined) {
      if (line.includes(openString)) openString = undefined;
      continue;
    }
    const headed = header.exec(line);
    const assigned = headed ? undefined : splitAssignment(line);
    if (headed) table = keyParts(headed[1] ?? "");
    const names = assigned ? [...table, ...assigned.path] : headed ? table : [];
    const isAbove = names.every((name, depth) => name === path[depth]);
    if (isAbove && names.length > best.depth) best = { line: index + 1, depth: names.length };
    openString = unclosedQuotes(assigned?.value ?? "");
  }
  return best.depth > 0 ? best.line : undefined;
}

/** `a."b"` as it may be typed again. */
export function joinKey(path: readonly PropertyKey[]): string {
  return path.map(String).map((part) => /^[\w-]+$/.test(part) ? part : JSON.stringify(part))
    .join(".");
}

function keyParts(key: string): string[] {
  return [...key.matchAll(new RegExp(PART, "g"))].map(([part]) => {
    if (part.startsWith("'")) return part.slice(1, -1);
    return part.startsWith('"') ? unquote(part) : part;
  });
}

function unquote(part: string): string {
  return part.slice(1, -1).replace(/\\(["\\])/g, "$1");
}

/** The quotes that a value opens and that only a later line closes. */
function unclosedQuotes(value: string): string | undefined {
  const opened = /^\s*("""|''')/.exec(value)?.[1];
  if (opened === undefined) return undefined;
  return value.indexOf(opened, value.indexOf(opened) + 3) < 0 ? opened : undefined;
}
