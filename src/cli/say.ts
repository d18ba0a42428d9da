/** Prints what is all there is to say: a version, a help text, a report. */

import { errorMessage } from "../protocol/error.ts";
import { EXIT } from "./exit_code.ts";

/** Gives the exit code. A reader that has gone is told nothing, a full disk is. */
export function say(text: string): number {
  try {
    console.log(text);
    return EXIT.done;
  } catch (cause) {
    if (cause instanceof Deno.errors.BrokenPipe) return EXIT.brokenPipe;
    console.error(`error: Cannot write to standard output: ${errorMessage(cause)}`);
    return EXIT.failed;
  }
}
