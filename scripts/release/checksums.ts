/** Lists by which others check that files are those of a release. */

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** In the form of `sha256sum`, sorted by name. */
export function sha256Sums(sums: ReadonlyMap<string, string>): string {
  return [...sums].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, sum]) => `${sum}  ${name}\n`).join("");
}

/**
 * The bundle's list. `sha256` is in hexadecimal digits, as Deno's lock file holds it for a module
 * from a URL; `integrity` is what a page or a module map names.
 */
export async function integrityList(
  files: readonly NamedBytes[],
  version: string,
): Promise<string> {
  const entries = files.map(async ({ name, bytes }) =>
    [name, {
      sha256: await sha256(bytes),
      integrity: `sha384-${(await digest("SHA-384", bytes)).toBase64()}`,
    }] as const
  );
  const list = { version, files: Object.fromEntries(await Promise.all(entries)) };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

/** In hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return (await digest("SHA-256", bytes)).toHex();
}

async function digest(algorithm: "SHA-256" | "SHA-384", bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, new Uint8Array(bytes)));
}
