/** Names of a bundle's files that follow from their contents alone, wherever it was built. */

/** `stem-HASH.js`, as the bundler calls what it splits off. */
const CHUNK = /[\w.]+-[A-Z0-9]{8}\.js/g;
const HASH = /-[A-Z0-9]{8}\.js$/;
const HASH_CHARACTERS = 8;
const DIGEST_CHARACTERS = 32;

/**
 * The bundler's own hashes know the way from the project to the package cache, so two machines
 * would give one program under two sets of names. Chunks may import each other in a circle: their
 * hashes settle in rounds, each taking in those of the imported ones from the round before.
 */
export async function withStableNames(
  files: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const chunks = new Map([...files].filter(([name]) => HASH.test(name)));
  let hashes = new Map([...chunks.keys()].map((name) => [name, stemOf(name)]));
  for (let round = 0; round < chunks.size; round++) {
    const next = [...chunks].map(async ([name, text]) => {
      const digest = await sha256(`${stemOf(name)}\n${rename(text, hashes)}`);
      return [name, digest.slice(0, DIGEST_CHARACTERS)] as const;
    });
    hashes = new Map(await Promise.all(next));
  }
  const names = new Map(
    [...hashes].map(([name, hash]) => [
      name,
      `${stemOf(name)}-${hash.slice(0, HASH_CHARACTERS).toUpperCase()}.js`,
    ]),
  );
  // Two that are the same in all become one: modules here have no state that could be shared.
  return new Map(
    [...files]
      .map(([name, text]) => [names.get(name) ?? name, rename(text, names)] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

function rename(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(CHUNK, (name) => names.get(name) ?? name);
}

function stemOf(name: string): string {
  return name.replace(HASH, "");
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
