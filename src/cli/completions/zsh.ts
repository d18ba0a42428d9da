/** The completions of zsh: a file for its `fpath`, or to be sourced after `compinit`. */

import type { Flag } from "../flags.ts";
import { COMMANDS, type CommandWord, offered, shownFlags, valueKind } from "./words.ts";

export function zshCompletions(): string {
  return `#compdef decodex
# decodex completions for zsh: decodex completions zsh > DIR/_decodex, DIR being in your fpath

_decodex() {
  local curcontext=$curcontext state
  local -a line words_here
  _arguments -s -S -C \\
${shownFlags().map((flag) => `    ${flagSpec(flag)} \\`).join("\n")}
    '*: :->word' && return
  [[ $state == word ]] && (( \${words[(i)--]} >= CURRENT )) || return
  # The words before this one; the last of line is the one that is being written.
  case "\${(j: :)line[1,-2]}" in
${Object.entries(COMMANDS).map(([path, words]) => commandCase(path, words)).join("\n")}
    (*) return 1 ;;
  esac
  _describe command words_here
}

if [[ \${funcstack[1]} == _decodex ]]; then
  _decodex "$@"
else
  compdef _decodex decodex
fi`;
}

/** As `_arguments` wants it: what excludes it, its spellings, its summary, its value. */
function flagSpec(flag: Flag): string {
  const names = offered(flag);
  const kind = valueKind(flag);
  const attached = kind === undefined ? names : names.map(withValue);
  const excluded = flag.many ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
  const rest = `[${escaped(flag.summary)}]${valueSpec(flag)}`;
  return attached.length === 1
    ? quoted(`${excluded}${attached[0]}${rest}`)
    : `${quoted(excluded)}{${attached.join(",")}}${quoted(rest)}`;
}

/** `-m NAME` and `-mNAME`; `--model NAME` and `--model=NAME`. */
function withValue(name: string): string {
  return name.startsWith("--") ? `${name}=` : `${name}+`;
}

function valueSpec(flag: Flag): string {
  const kind = valueKind(flag);
  if (kind === undefined) return "";
  const what = `:${escaped(flag.value ?? "")}:`;
  if (kind === "free") return `${what} `;
  if (kind === "file") return `${what}_files`;
  return kind === "folder" ? `${what}_files -/` : `${what}(${kind.join(" ")})`;
}

function commandCase(path: string, words: readonly CommandWord[]): string {
  const list = words.map(({ name, summary }) => quoted(`${name}:${escaped(summary)}`));
  return `    (${quoted(path)}) words_here=(${list.join(" ")}) ;;`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
