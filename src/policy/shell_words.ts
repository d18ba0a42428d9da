/**
 * The plain commands of a shell script: words and quoted strings, joined by `&&`, `||`, `;` and
 * `|`. Whatever a shell could make something else of is not plain. It decides what is asked, never
 * what is confined.
 */

/** Shells by the names and places that nobody but the machine's owner fills. */
const SHELL = /^(?:\/(?:usr\/)?bin\/)?(?:bash|zsh|sh)$/;

/** Of `[shell, "-lc" or "-c", script]`, or of an argument vector itself; absent where it is not plain. */
export function plainCommands(command: readonly string[]): string[][] | undefined {
  const [program = "", flag = "", script] = command;
  if (!SHELL.test(program)) return command.length === 0 ? undefined : [[...command]];
  if (command.length !== 3 || script === undefined || !/^-l?c$/.test(flag)) return undefined;
  return splitScript(script);
}

/** A word's piece: bare, in single or in double quotes. */
const PIECE = /([A-Za-z0-9_./:@%+,=^*?~-]+)|'([^']*)'|"([^"$`\\!]*)"/y;
const OPERATOR = /[ \t]*(&&|\|\||;|\|(?!&))[ \t]*/y;
const BLANK = /[ \t]+/y;

/** What a shell reads as something else than the name of a command. */
const RESERVED: ReadonlySet<string> = new Set([
  ...["!", "time", "if", "then", "else", "elif", "fi", "for", "foreach", "while", "until", "do"],
  ...["done", "case", "esac", "select", "function", "coproc", "repeat", "end", "nocorrect"],
  ...["noglob", "-", "in"],
]);

function splitScript(script: string): string[][] | undefined {
  const text = script.replaceAll(/^[ \t\n]+|[ \t\n]+$/g, "");
  const commands: string[][] = [];
  let words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const operator = matchAt(OPERATOR, text, at);
    if (operator) {
      if (words.length === 0) return undefined;
      commands.push(words);
      words = [];
      at += operator[0].length;
      continue;
    }
    at += matchAt(BLANK, text, at)?.[0].length ?? 0;
    const word = wordAt(text, at, { isFirst: words.length === 0 });
    if (!word) return undefined;
    words.push(word.text);
    at = word.end;
  }
  return words.length === 0 ? undefined : [...commands, words];
}

function wordAt(
  text: string,
  start: number,
  { isFirst }: { isFirst: boolean },
): { text: string; end: number } | undefined {
  let word = "";
  let bare = "";
  let at = start;
  for (let piece = matchAt(PIECE, text, at); piece; piece = matchAt(PIECE, text, at)) {
    const [whole, unquoted = ""] = piece;
    word += unquoted || (piece[2] ?? piece[3] ?? "");
    bare += unquoted || "'";
    at += whole.length;
  }
  const isWhole = at > start && (at === text.length || /[ \t;|&]/.test(text.charAt(at)));
  return isWhole && isPlain(bare, isFirst) ? { text: word, end: at } : undefined;
}

/**
 * `bare` has a quote in the place of each quoted piece. A name pattern may stand where it can only
 * become names that begin with what is written: not an option, and not the command itself.
 */
function isPlain(bare: string, isFirst: boolean): boolean {
  if (/^'*=/.test(bare) || /(?<![A-Za-z0-9^~])~/.test(bare.replace(/^~(?=\/|$)/, ""))) return false;
  if (/[*?]/.test(bare) && (isFirst || !/^[A-Za-z0-9_./]/.test(bare))) return false;
  if (!isFirst) return true;
  return !RESERVED.has(bare) && !/^[A-Za-z_]\w*\+?=/.test(bare);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
