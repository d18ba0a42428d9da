/** The folder that a build or a release fills. */

import { UsageError } from "../../src/protocol/error.ts";

/** Where `deno task release` puts what it makes, below the folder of builds. */
export const RELEASE_FOLDER = "release";

export interface Emptying {
  /** A file that tells that the folder was filled by a run before. */
  readonly mark: string;
  /** What that run was, in a word. */
  readonly what: string;
}

/**
 * Makes the folder, or deletes what a run before left in it. One that was named by mistake keeps
 * what it holds, and a build leaves a release alone.
 */
export async function emptyFolder(folder: string, { mark, what }: Emptying): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .filter((name) => name !== RELEASE_FOLDER);
  if (names.length > 0 && !names.includes(mark)) {
    throw new UsageError(`Cannot empty "${folder}": it holds no ${mark}, so no ${what} is in it`);
  }
  for (const name of names) await Deno.remove(`${folder}/${name}`, { recursive: true });
}
