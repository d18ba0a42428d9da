/** The commit that a release is made of. */

import { ReleaseError } from "./release_error.ts";

export interface Commit {
  /** Ends in `-dirty` where files differ from it. */
  readonly id: string;
  /** When it was made: the one time that a release's files tell. */
  readonly time: Date;
}

/** Fails where files differ from the commit's, unless `dirty` allows it. */
export async function commitOf(
  folder: string,
  { dirty }: { readonly dirty: boolean },
): Promise<Commit> {
  const [id = "", seconds = ""] = (await git(folder, ["log", "-1", "--format=%H %ct"])).split(" ");
  const changes = (await git(folder, ["status", "--porcelain"])).split("\n").filter(Boolean);
  if (changes.length > 0 && !dirty) {
    const shown = changes.slice(0, 5).map((line) => line.slice(3)).join(", ");
    throw new ReleaseError(
      "unclean",
      `Cannot release: ${changes.length} files differ from commit ${id.slice(0, 12)} (${shown}); ` +
        "commit them, or say --dirty",
    );
  }
  const time = new Date(Number(seconds) * 1000);
  return { id: changes.length > 0 ? `${id}-dirty` : id, time };
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["-C", folder, ...args],
    stdin: "null",
  }).output().catch((error: unknown) => {
    throw new ReleaseError("unclean", `Cannot ask git for the commit: ${error}`);
  });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
  if (success) return text(stdout);
  throw new ReleaseError("unclean", `Cannot ask git for the commit: ${text(stderr)}`);
}
