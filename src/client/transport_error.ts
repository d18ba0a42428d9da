/** What went wrong below HTTP, and what to do about it. */

import { CodexError, errorMessage } from "../protocol/error.ts";
import { placeOf } from "./secrets.ts";

/** `cause` is what `fetch` failed with. */
export function toTransportError(cause: unknown, url: string): CodexError {
  const reason = reasonOf(cause).replaceAll(url, placeOf(url));
  const permanent = PERMANENT.find(({ pattern }) => pattern.test(reason));
  const remedy = permanent?.remedy ?? "check base_url, network and proxy settings";
  return new CodexError(
    "http_connection_failed",
    `error sending request for url (${placeOf(url)}): ${reason}; ${remedy}`,
    { cause, ...permanent && { retryable: false } },
  );
}

/** The runtime puts the detail into the cause, and older ones into the message. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return errorMessage(cause)
    .replace(
      /^error sending request (?:for url )?(?:\([^)]*\)|from \S+ for \S+ \([^)]*\))?:? ?/,
      "",
    )
    .replace(/^client error \(\w+\): /, "");
}

/** What trying again does not mend. */
const PERMANENT: readonly { pattern: RegExp; remedy: string }[] = [
  {
    pattern: /certificate|UnknownIssuer|CaUsedAsEndEntity|NotValidForName/i,
    remedy: "if a proxy or the server has its own certificate authority, name its file with " +
      "SSL_CERT_FILE or NODE_EXTRA_CA_CERTS",
  },
  {
    pattern: /^Requires net access|NotCapable/i,
    remedy: "decodex was started without the permission to reach this host",
  },
  { pattern: /^Url scheme|Requests to port \d+ are blocked/i, remedy: "check base_url" },
];
