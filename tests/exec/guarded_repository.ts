/** A folder with a repository in it, for what looks after protected paths. */

/** Where bubblewrap is. */
export const SEARCH_PATH = Deno.env.get("PATH") ?? "/usr/bin:/bin";

export interface Repository extends AsyncDisposable {
  readonly path: string;
  at(name: string): string;
  /** Folders as `null`, links as `-> target`, with the mode of all but links. */
  tree(): Record<string, string>;
}

export async function openRepository(): Promise<Repository> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_guard_" }));
  const at = (name: string): string => `${path}/${name}`;
  await Deno.mkdir(at("ws/.git/hooks"), { recursive: true });
  await Deno.mkdir(at("out"));
  await Deno.writeTextFile(at("out/secret"), "untouched");
  await Deno.writeTextFile(at("ws/.git/config"), "[core]", { mode: 0o640 });
  await Deno.writeTextFile(at("ws/.git/HEAD"), "ref");
  await Deno.symlink("HEAD", at("ws/.git/link"));
  return {
    path,
    at,
    tree: () => treeOf(path),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

function treeOf(root: string, folder = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(`${root}/${folder}`)) {
    const path = `${folder}${name}`;
    const info = Deno.lstatSync(`${root}/${path}`);
    const mode = ((info.mode ?? 0) & 0o7777).toString(8);
    if (info.isSymlink) found[path] = `-> ${Deno.readLinkSync(`${root}/${path}`)}`;
    else if (info.isDirectory) Object.assign(found, { [path]: mode }, treeOf(root, `${path}/`));
    else found[path] = `${mode} ${Deno.readTextFileSync(`${root}/${path}`)}`;
  }
  return found;
}
