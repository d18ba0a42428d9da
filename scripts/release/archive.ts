/** Archives whose bytes follow from what is in them alone: order, owner and time are fixed. */

import { type Zippable, zipSync } from "fflate";
import { packTar } from "modern-tar";

export interface Entry {
  /** Within the archive's one folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

export interface ArchiveOptions {
  /** The one folder at the archive's top. */
  readonly folder: string;
  readonly modifiedAt: Date;
}

export async function tarGz(
  entries: readonly Entry[],
  options: ArchiveOptions,
): Promise<Uint8Array> {
  const body = new Blob([await tar(entries, options)]).stream();
  const packed = body.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

export async function tar(
  entries: readonly Entry[],
  { folder, modifiedAt: mtime }: ArchiveOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const owner = { uid: 0, gid: 0, uname: "", gname: "" };
  const bytes = await packTar([
    { header: { name: `${folder}/`, size: 0, type: "directory", mode: 0o755, mtime, ...owner } },
    ...sorted(entries).map(({ name, bytes, executable }) => ({
      header: {
        name: `${folder}/${name}`,
        size: bytes.length,
        mode: executable ? 0o755 : 0o644,
        mtime,
        ...owner,
      },
      body: bytes,
    })),
  ]);
  return new Uint8Array(bytes);
}

const UNIX = 3;

export function zip(
  entries: readonly Entry[],
  { folder, modifiedAt }: ArchiveOptions,
): Uint8Array {
  const mtime = localTimeOf(modifiedAt);
  const files: Zippable = Object.fromEntries(
    sorted(entries).map(({ name, bytes, executable }) => [
      `${folder}/${name}`,
      [bytes, { mtime, os: UNIX, attrs: (executable ? 0o100755 : 0o100644) << 16 }],
    ]),
  );
  return zipSync(files);
}

/** A zip holds the time of a wall clock, which must not depend on where it was made. */
function localTimeOf(date: Date): Date {
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000);
}

function sorted(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => a.name < b.name ? -1 : 1);
}
