/** `user-agent`: the shape of codex-cli 0.115.0, ending in our own name. */

import { CODEX_VERSION, VERSION } from "./version.ts";

export interface UserAgentOptions {
  readonly originator: string;
  readonly term: string | undefined;
  /** The text of os-release, where there is one. */
  readonly osRelease: string;
}

export function userAgent({ originator, term, osRelease }: UserAgentOptions): string {
  const field = (name: string) =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "";
  const system = field("NAME").replace(/ GNU\/Linux$/, "") || Deno.build.os;
  const [major = "0", minor = "0", patch = "0"] = field("VERSION_ID").split(".");
  const version = [major, minor, patch].map((part) => part.replace(/^0+(?=\d)/, "") || "0").join(
    ".",
  );
  const terminal = (term ?? "").replace(/[^\w.\-/]/g, "_") || "unknown";
  const agent = `${originator}/${CODEX_VERSION} (${system} ${version}; ${Deno.build.arch}) ` +
    `${terminal} (decodex; ${VERSION})`;
  return agent.replace(/[^\x20-\x7e]/g, "_");
}
