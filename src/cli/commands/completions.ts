/** `decodex completions SHELL`: the script that a shell reads to complete our command line. */

import { bashCompletions } from "../completions/bash.ts";
import { fishCompletions } from "../completions/fish.ts";
import type { Shell } from "../completions/shells.ts";
import { zshCompletions } from "../completions/zsh.ts";

export function completionsOf(shell: Shell): string {
  switch (shell) {
    case "bash":
      return bashCompletions();
    case "zsh":
      return zshCompletions();
    case "fish":
      return fishCompletions();
  }
}
