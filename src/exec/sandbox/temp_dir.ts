/** A session's own folder for temporary files: nobody else reads it, and it is gone at the end. */

import { realPlace } from "../real_place.ts";

export interface TempDir {
  readonly path: string;
  remove(): void;
}

/** Where one may be made: an absolute path without links, under a name that nobody can know before. */
export function newTempPath(environment: Readonly<Record<string, string>>): string {
  const name = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const parent = environment["TMPDIR"] || "/tmp";
  // Where it leads nowhere, nothing can be made in it either.
  return `${realPlace(parent) ?? parent}/decodex-${name}`;
}

/** Absent where the disk takes none; 0700. */
export function makeTempDir(at: string): TempDir | undefined {
  try {
    Deno.mkdirSync(at, { mode: 0o700 });
  } catch {
    return undefined;
  }
  return { path: at, remove: () => remove(at) };
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // What a command made unremovable stays; the system's own cleaning takes it.
  }
}
