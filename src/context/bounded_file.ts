/** Reads regular files, and no more of one than a limit. */

export interface BoundedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The file goes on after `bytes`. */
  readonly isCut: boolean;
}

/**
 * Nothing where there is no regular file: a pipe would never end. Fails as the machine does where
 * it may not be read. At once: these are small files that the first request waits for, and each
 * wait for one would cost more than its reading.
 */
export function readBounded(path: string, limit: number): BoundedFile | undefined {
  if (!isRegularFile(path)) return undefined;
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  // Files below /proc tell no size; one byte more than wanted shows whether there is more.
  const buffer = new Uint8Array(Math.min(Math.max(size, 4096), limit) + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = file.readSync(buffer.subarray(length));
    if (read === null) break;
    length += read;
  }
  const kept = Math.min(length, buffer.length - 1);
  return { bytes: buffer.subarray(0, kept), isCut: length > kept };
}

/** Through symbolic links. */
function isRegularFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
