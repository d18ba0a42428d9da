/** The commands that decodex gives to itself: the halves of it that are other processes. */

import { errorMessage } from "../../protocol/error.ts";
import { EXIT } from "../exit_code.ts";

export type HiddenCommand = "__host" | "__exec";

/** As `env` and `nohup` say that they could not do what they are for. */
const CANNOT_LAUNCH = 125;

/** One line on standard error, for the process that started this one, where it fails. */
export async function runHidden(name: HiddenCommand): Promise<number> {
  try {
    switch (name) {
      case "__host": {
        const { runHostProcess } = await import("../../exec/host_process.ts");
        await runHostProcess();
        return EXIT.done;
      }
      case "__exec": {
        const { launchFromArguments } = await import("../../exec/sandbox/launch.ts");
        launchFromArguments(Deno.args.slice(1));
        return await runHidden("__host");
      }
    }
  } catch (error) {
    console.error(errorMessage(error));
    return name === "__exec" ? CANNOT_LAUNCH : EXIT.failed;
  }
}
