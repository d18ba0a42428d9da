/** The program as JavaScript: `decodex.js` and the chunks that it loads when they are needed. */

import { withStableNames } from "./chunk_names.ts";

export const BUNDLE_ENTRY = "decodex.js";

const ROOT = new URL("../..", import.meta.url);
const MAIN = new URL("main.ts", ROOT);

/** Fills the folder, which is made where it is not there; its other files stay. */
export async function writeBundle(
  folder: string,
  options: BundleOptions = {},
): Promise<readonly string[]> {
  const files = await bundle(options);
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of files) await Deno.writeTextFile(`${folder}/${name}`, text);
  return [...files.keys()];
}

export interface BundleOptions {
  /** False leaves the name of each module above its text. Default: true. */
  readonly minify?: boolean;
}

/** Name to text, in the order of their names. */
export async function bundle(
  { minify = true }: BundleOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "decodex_bundle_" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        ...minify ? ["--minify"] : [],
        "--code-splitting",
        "--outdir",
        folder,
        MAIN.pathname,
      ],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    if (!success) throw new Error(`Cannot bundle: ${new TextDecoder().decode(stderr).trim()}`);
    const files = new Map<string, string>();
    for await (const { name } of Deno.readDir(folder)) {
      const text = await Deno.readTextFile(`${folder}/${name}`);
      files.set(name === "main.js" ? BUNDLE_ENTRY : name, text);
    }
    return await withStableNames(files);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
