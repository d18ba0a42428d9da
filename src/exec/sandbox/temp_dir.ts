/** A session's own folder for temporary files: nobody else reads it, and it is gone at the end. */

export interface TempDir {
  readonly path: string;
  remove(): void;
}

/** Absent where the disk takes none; 0700, with a name that nobody can know before. */
export function makeTempDir(): TempDir | undefined {
  let path: string;
  try {
    path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "decodex-" }));
    Deno.chmodSync(path, 0o700);
  } catch {
    return undefined;
  }
  return { path, remove: () => remove(path) };
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // What a command made unremovable stays; the system's own cleaning takes it.
  }
}
