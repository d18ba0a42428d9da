/** `install.sh` with the address of the release that it comes with. */

import { UsageError } from "../../src/protocol/error.ts";

const UNSET = '\nDEFAULT_RELEASES=""\n';

/** `url` may be empty: then the installer has to be told where the release's files lie. */
export function installerFor(script: string, url: string): string {
  if (!script.includes(UNSET)) throw new Error("install.sh does not set DEFAULT_RELEASES");
  if (url === "") return script;
  if (!/^https:\/\/[\w.:/{}~-]+$/.test(url)) {
    throw new UsageError(`Cannot write "${url}" into install.sh: it is no plain https address`);
  }
  return script.replace(UNSET, `\nDEFAULT_RELEASES="${url}"\n`);
}
