/** The commands that decodex gives to itself: the halves of it that are other processes. */

import { errorMessage } from "../../protocol/error.ts";
import { EXIT } from "../exit_code.ts";

export type HiddenCommand = "__host";

/** One line on standard error, for the process that started this one, where it fails. */
export async function runHidden(name: HiddenCommand): Promise<number> {
  try {
    switch (name) {
      case "__host": {
        const { runHostProcess } = await import("../../exec/host_process.ts");
        await runHostProcess();
        return EXIT.done;
      }
    }
  } catch (error) {
    console.error(errorMessage(error));
    return EXIT.failed;
  }
}
