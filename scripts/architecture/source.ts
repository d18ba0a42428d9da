/** A TypeScript file as the rules see it: its code without what stands in strings and comments. */

export interface Source {
  /** Relative to the repository, `/` between parts. */
  readonly path: string;
  readonly text: string;
  /** `text` with blanks for the insides of strings, comments and patterns; offsets agree. */
  readonly code: string;
}

export interface Fault {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export function toSource(path: string, text: string): Source {
  return { path, text, code: maskText(text) };
}

/** A fault at an offset of the source's text. */
export function faultAt({ path, text }: Source, offset: number, message: string): Fault {
  return { path, line: lineOf(text, offset), message };
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** The offset of what closes the bracket at `open`, or the text's end. */
export function closingOffset(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if ("([{".includes(code.charAt(at))) depth += 1;
    else if (")]}".includes(code.charAt(at)) && --depth === 0) return at;
  }
  return code.length;
}

/** One piece at a time; what stands between the pieces is code. */
const PIECE = new RegExp(
  [
    /\/\/[^\n]*/, // a comment to the line's end
    /\/\*[^]*?\*\//, // a comment
    /"(?:[^"\\\n]|\\.)*"/,
    /'(?:[^'\\\n]|\\.)*'/,
    /(?<=(?:^|[=(,:;[!&|?{}>]|\breturn)\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//, // a pattern
    /[`{}]/,
  ].map((part) => part.source).join("|"),
  "gm",
);

function maskText(text: string): string {
  const masked = text.split("");
  /** What each open brace belongs to: code, or a hole of a template. */
  const braces: ("code" | "hole")[] = [];
  const pieces = new RegExp(PIECE);
  for (let match = pieces.exec(text); match; match = pieces.exec(text)) {
    const [piece] = match;
    if (piece === "{") braces.push("code");
    else if (piece === "`" || (piece === "}" && braces.pop() === "hole")) {
      const end = templateEnd(text, match.index + 1);
      blank(masked, match.index + 1, end);
      if (text.startsWith("${", end)) braces.push("hole");
      pieces.lastIndex = text.startsWith("${", end) ? end + 2 : end + 1;
    } else if (piece !== "}") {
      const isComment = /^\/[/*]/.test(piece);
      const end = match.index + piece.length;
      blank(masked, match.index + (isComment ? 0 : 1), isComment ? end : end - 1);
    }
  }
  return masked.join("");
}

/** Where a template's text ends: at its closing mark or at the next hole. */
function templateEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text.charAt(at) === "\\") at += 1;
    else if (text.charAt(at) === "`" || text.startsWith("${", at)) return at;
  }
  return text.length;
}

function blank(masked: string[], start: number, end: number): void {
  for (let at = start; at < end; at++) if (masked[at] !== "\n") masked[at] = " ";
}
