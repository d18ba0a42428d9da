/** The completions of fish, one `complete` for each flag and command. */

import type { Flag } from "../flags.ts";
import { COMMANDS, type CommandWord, shownFlags, valueKind, valueSpellings } from "./words.ts";

export function fishCompletions(): string {
  return `# decodex completions for fish: decodex completions fish > ~/.config/fish/completions/decodex.fish

complete -c decodex -f

# Whether just these words stand before the one that is being written, flags and their values aside.
function __decodex_after
    set -l commands
    set -l is_value no
    for word in (commandline -opc)[2..]
        if test $is_value = yes
            set is_value no
            continue
        end
        switch $word
            case --
                return 1
            case ${valueSpellings().join(" ")}
                set is_value yes
            case '-*'
            case '*'
                set -a commands $word
        end
    end
    test "$commands" = "$argv"
end

${
    Object.entries(COMMANDS).flatMap(([path, words]) => words.map((word) => command(path, word)))
      .join("\n")
  }

${shownFlags().map(flagLine).join("\n")}`;
}

function command(path: string, { name, summary }: CommandWord): string {
  const condition = quoted(`__decodex_after ${path}`.trimEnd());
  return `complete -c decodex -n ${condition} -a ${name} -d ${quoted(summary)}`;
}

function flagLine(flag: Flag): string {
  const names = [
    ...flag.short ? [`-s ${flag.short}`] : [],
    `-l ${flag.name}`,
  ];
  const value = valueOption(flag);
  return ["complete -c decodex", ...names, ...value, `-d ${quoted(flag.summary)}`].join(" ");
}

function valueOption(flag: Flag): string[] {
  const kind = valueKind(flag);
  if (kind === undefined) return [];
  if (kind === "file") return ["-r -F"];
  if (kind === "folder") return ["-x -a '(__fish_complete_directories)'"];
  return kind === "free" ? ["-x"] : [`-x -a ${quoted(kind.join(" "))}`];
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
