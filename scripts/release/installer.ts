/** `install.sh` with the address of the release that it comes with. */

import { UsageError } from "../../src/protocol/error.ts";

const UNSET = '\nDEFAULT_RELEASES=""\n';

/** `{version}` in it stands for the version; where it is empty the installer has to be told. */
export function installerFor(
  script: string,
  { url, version }: { readonly url: string; readonly version: string },
): string {
  if (!script.includes(UNSET)) throw new Error("install.sh does not set DEFAULT_RELEASES");
  if (url === "") return script;
  const address = url.replaceAll("{version}", version);
  if (!/^https:\/\/[\w.:/~+-]+$/.test(address)) {
    throw new UsageError(`Cannot write "${url}" into install.sh: it is no plain https address`);
  }
  return script.replace(UNSET, `\nDEFAULT_RELEASES="${address}"\n`);
}
