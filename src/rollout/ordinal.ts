/** The numbers that newer versions of Codex give to the lines of a file, and insist on. */

const FIRST_WINDOW = 64 * 1024;
const NUMBERED = /^\{"timestamp":"[^"\n]*","ordinal":(\d+),/gm;

/** The number for the next line; nothing for a file whose lines have none. */
export function nextOrdinal(file: Deno.FsFile): number | undefined {
  const { size } = file.statSync();
  if (lastOrdinal(readText(file, { start: 0, end: Math.min(size, FIRST_WINDOW) })) === undefined) {
    return undefined;
  }
  // The last line may be long, so that the window grows until a line begins in it.
  for (let length = FIRST_WINDOW; true; length *= 4) {
    const start = Math.max(0, size - length);
    const last = lastOrdinal(readText(file, { start, end: size }));
    if (last !== undefined) return last + 1;
    if (start === 0) return undefined;
  }
}

function lastOrdinal(text: string): number | undefined {
  const last = [...text.matchAll(NUMBERED)].at(-1);
  return last && Number(last[1]);
}

function readText(file: Deno.FsFile, { start, end }: { start: number; end: number }): string {
  const bytes = new Uint8Array(end - start);
  file.seekSync(start, Deno.SeekMode.Start);
  let read = 0;
  while (read < bytes.length) {
    const n = file.readSync(bytes.subarray(read));
    if (n === null) break;
    read += n;
  }
  return new TextDecoder().decode(bytes.subarray(0, read));
}
