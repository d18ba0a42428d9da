/** The completions of bash, of version 3.2 on, without the package bash-completion. */

import type { Flag } from "../flags.ts";
import { COMMANDS, offered, shownFlags, valueKind, valueSpellings } from "./words.ts";

export function bashCompletions(): string {
  const flags = shownFlags();
  return `# decodex completions for bash: source <(decodex completions bash)

_decodex() {
  local cur=\${COMP_WORDS[COMP_CWORD]} word='' flag='' commands='' kind='words' choices='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == [=:] ]]; then
      # bash makes three words of a=b; the last one may be the one that is being written.
      if ((i + 1 < COMP_CWORD)); then
        flag=''
        ((i++))
      fi
    elif [[ -n $flag ]]; then
      flag=''
    else
      case $word in
        --) return ;;
        ${valueSpellings().join("|")}) flag=$word ;;
        -*) ;;
        *) commands="$commands $word" ;;
      esac
    fi
  done
  if [[ $cur == [=:] ]]; then cur=''; fi
  case $flag in
    '') _decodex_words ;;
${flags.flatMap(valueCase).join("\n")}
    *) return ;;
  esac
  while IFS='' read -r word; do
    COMPREPLY+=("$word")
  done < <(
    case $kind in
      words) compgen -W "$choices" -- "$cur" ;;
      file) compgen -f -- "$cur" ;;
      folder) compgen -d -- "$cur" ;;
    esac
  )
  if [[ $kind != words ]]; then compopt -o filenames 2>/dev/null; fi
}

# Where no flag waits for its value.
_decodex_words() {
  case $cur in
    -*) choices='${flags.flatMap(offered).join(" ")}' ;;
    *)
      case $commands in
${Object.entries(COMMANDS).map(([path, words]) => commandCase(path, words)).join("\n")}
        *) return ;;
      esac
      ;;
  esac
}

complete -F _decodex decodex`;
}

function valueCase(flag: Flag): string[] {
  const kind = valueKind(flag);
  if (kind === undefined || kind === "free") return [];
  const pattern = offered(flag).join("|");
  const action = typeof kind === "string" ? `kind="${kind}"` : `choices='${kind.join(" ")}'`;
  return [`    ${pattern}) ${action} ;;`];
}

function commandCase(path: string, words: readonly { name: string }[]): string {
  const pattern = path === "" ? "''" : `' ${path}'`;
  return `        ${pattern}) choices='${words.map(({ name }) => name).join(" ")}' ;;`;
}
