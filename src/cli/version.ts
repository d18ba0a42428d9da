/** Who decodex says it is. */

export const VERSION = "0.1.0";

/** The Codex whose requests and session files ours are equal to. */
export const CODEX_VERSION = "0.115.0";
