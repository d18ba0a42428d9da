/** config.toml as text and as a table. */

import { ConfigError, errorMessage } from "../protocol/error.ts";
import { anchorPaths, type Layer } from "./layer.ts";

export interface ReadOptions {
  /** Of the user, for `~`. */
  readonly userHome: string | undefined;
}

/** One layer; none for a file that is not there. Fails with a `ConfigError` that names file and line. */
export async function readConfigFile(
  path: string,
  { userHome }: ReadOptions,
): Promise<Layer[]> {
  const text = readText(path);
  return text === undefined ? [] : [await parseConfigFile(text, { path, userHome })];
}

/** At once: the first request waits for it. */
function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    const reason = cause instanceof Deno.errors.IsADirectory ? "is a folder" : errorMessage(cause);
    throw new ConfigError(`Cannot read "${path}": ${reason}`, { cause });
  }
}

async function parseConfigFile(
  text: string,
  { path, userHome }: ReadOptions & { path: string },
): Promise<Layer> {
  const { parse } = await import("./parse_toml.ts");
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  try {
    const table = parse(text.replace(/^\uFEFF/, ""));
    return { table: anchorPaths(table, { folder, userHome }), file: { path, text } };
  } catch (cause) {
    throw new ConfigError(`Cannot read "${path}": ${parseReason(errorMessage(cause))}`, { cause });
  }
}

/** Drops the excerpt of the file: a line of it may hold a key. */
function parseReason(message: string): string {
  const [first = ""] = message.split("\n");
  const match = /^Parse error on line (\d+), column (\d+): (.*)$/.exec(first);
  return match ? `line ${match[1]}, column ${match[2]}: ${match[3]}` : first;
}
