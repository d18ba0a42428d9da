/** A search pattern, made ready to be tried on lines within a time. */

import { errorMessage, ToolError } from "../protocol/error.ts";

const LIMIT_MS = 2000;

export interface LineMatcher {
  /** Whether a line of `text` matches. Fails with a `ToolError` where that takes too long. */
  matches(text: string, path: string): boolean;
}

export async function createLineMatcher(pattern: string): Promise<LineMatcher> {
  const regex = compile(pattern);
  const anyLine = (text: string): boolean => hasMatchingLine(text, regex);
  if (isLinear(pattern)) {
    const whole = new RegExp(regex, `${regex.flags.replace("m", "")}m`);
    return { matches: (text) => whole.test(text) && anyLine(text) };
  }
  const guarded = await withTimeLimit(anyLine);
  return {
    matches: (text, path) => {
      const result = guarded(text);
      if (result !== undefined) return result;
      throw new ToolError(
        `rg failed: the pattern takes too long on ${path}: ` +
          "use a simpler pattern, or narrow path or include",
      );
    },
  };
}

/** A newline ends a line and begins none; a carriage return before it is no part of the line. */
function hasMatchingLine(text: string, regex: RegExp): boolean {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const hasReturn = end > start && text[end - 1] === "\r";
    if (regex.test(text.slice(start, hasReturn ? end - 1 : end))) return true;
    start = end + 1;
  }
  return false;
}

/**
 * Without repetition there is nothing to go back and forth over; without a look around, what
 * matches in a line matches in the whole text as well.
 */
function isLinear(pattern: string): boolean {
  return !/[*+{]|\(\?[=!<]/.test(pattern);
}

/** Undefined once the time is up; only a VM can stop a regular expression that is running. */
async function withTimeLimit(
  test: (text: string) => boolean,
): Promise<(text: string) => boolean | undefined> {
  const vm = await import("node:vm");
  const call = { text: "", test: () => test(call.text) };
  const context = vm.createContext(call);
  const script = new vm.Script("test()");
  return (text) => {
    call.text = text;
    try {
      return script.runInContext(context, { timeout: LIMIT_MS }) as boolean;
    } catch (error) {
      // The error is one of the VM's world, and no `Error` of ours.
      if (errorMessage(error).includes("timed out")) return undefined;
      throw error;
    }
  };
}

function compile(pattern: string): RegExp {
  const { source, flags } = translate(pattern);
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    // The strict reading knows fewer escapes than people write.
    return compileLoosely(source, { flags, pattern });
  }
}

function compileLoosely(source: string, options: { flags: string; pattern: string }): RegExp {
  const { flags, pattern } = options;
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new ToolError(
      `rg failed: regex parse error:\n    ${pattern}\nerror: ${errorMessage(error)}`,
    );
  }
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "a-zA-Z0-9",
  alpha: "a-zA-Z",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\s",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9a-fA-F",
};

/** From the syntax that ripgrep takes to the one that is ours, where the two differ. */
function translate(pattern: string): { source: string; flags: string } {
  const [lead = "", letters = ""] = /^\(\?([imsu]+)\)/.exec(pattern) ?? [];
  const flags = [..."ims"].filter((flag) => letters.includes(flag)).join("");
  const source = pattern.slice(lead.length).replace(
    /\\[\s\S]|\(\?P<|\[:(\w+):\]/g,
    (found: string, name: string | undefined) => {
      if (found === "(?P<") return "(?<";
      if (found === "\\A") return "^";
      if (found === "\\z") return "$";
      return name === undefined ? found : CLASSES[name] ?? found;
    },
  );
  return { source, flags };
}
