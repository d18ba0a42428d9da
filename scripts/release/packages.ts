/** The packages whose code is in the program, as the module graph and the lock file name them. */

export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  /** Whose code it is; `ours` stands under the name of a package that it stands in for. */
  readonly origin: "npm" | "jsr" | "ours";
  /** The lock file's: `sha512-` and base64, or the hexadecimal digits of a SHA-256. */
  readonly integrity?: string | undefined;
  /** An SPDX expression. */
  readonly licence?: string | undefined;
  /** The licence's own text, which has to go wherever the code goes. */
  readonly notice?: string | undefined;
  /** Keys of packages that this one calls. */
  readonly dependencies: readonly string[];
}

/** The part of `deno info --json` that is read here. */
export interface ModuleGraph {
  readonly roots: readonly string[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly modules: readonly GraphModule[];
  readonly npmPackages: Readonly<Record<string, GraphPackage>>;
}

interface GraphModule {
  readonly specifier: string;
  readonly npmPackage?: string;
  /** What gives types alone has no `code`. */
  readonly dependencies?: readonly { readonly code?: GraphImport }[];
}

interface GraphImport {
  readonly specifier?: string;
  readonly error?: string;
}

interface GraphPackage {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly localPath?: string;
}

/** The part of a lock file that is read here. */
export interface Lock {
  readonly npm?: LockedPackages;
  readonly jsr?: LockedPackages;
  readonly workspace?: { readonly links?: LockedPackages };
}

type LockedPackages = Readonly<Record<string, { readonly integrity?: string }>>;

/** Of `main.ts` in the project's folder. */
export async function moduleGraph(root: string): Promise<ModuleGraph> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`Cannot read the module graph: ${text(stderr)}`);
  return JSON.parse(text(stdout));
}

/** Licences are read from the package cache, as far as it has them. */
export async function runtimePackages(
  graph: ModuleGraph,
  lock: Lock,
): Promise<ReadonlyMap<string, PackageInfo>> {
  const { modules, packages } = reached(graph);
  const found = new Map<string, PackageInfo>();
  for (const key of packages) {
    const { name, version, dependencies, localPath } = packageOf(graph, key);
    found.set(key, {
      name,
      version,
      origin: "npm",
      integrity: lock.npm?.[key]?.integrity,
      ...localPath === undefined ? {} : await licenceAt(localPath),
      dependencies,
    });
  }
  for (const info of scopedPackages(modules, lock)) found.set(`jsr:${info.name}`, info);
  return found;
}

/** Packages of JSR, whose modules are part of the graph, and what `links` puts in their place. */
function scopedPackages(modules: ReadonlySet<string>, lock: Lock): PackageInfo[] {
  const foreign = Object.entries(lock.jsr ?? {}).map(([key, { integrity }]) => {
    const [name, version] = nameAndVersion(key);
    const place = `/${name}/${version}/`;
    return { place, info: { name, version, origin: "jsr", integrity, dependencies: [] } as const };
  });
  const ours = Object.keys(lock.workspace?.links ?? {}).map((key) => {
    const [name, version] = nameAndVersion(key);
    const place = `/src/jsr/${name.replace(/^@std\//, "")}/`;
    return { place, info: { name, version, origin: "ours", dependencies: [] } as const };
  });
  return [...foreign, ...ours]
    .filter(({ place }) => [...modules].some((module) => module.includes(place)))
    .map(({ info }) => info);
}

function nameAndVersion(key: string): [string, string] {
  const [name = "", version = ""] = key.replace(/^jsr:/, "").split(/@(?=[^@]+$)/);
  return [name, version];
}

/** Follows what is imported as code: a package that gives types alone is not in the program. */
function reached(graph: ModuleGraph): { modules: ReadonlySet<string>; packages: string[] } {
  const known = new Map(graph.modules.map((module) => [module.specifier, module]));
  const packages = new Set<string>();
  const modules = new Set<string>();
  const waiting = [...graph.roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const specifier = graph.redirects[next] ?? next;
    if (modules.has(specifier)) continue;
    modules.add(specifier);
    const module = known.get(specifier);
    if (!module) throw new Error(`The module graph does not tell what "${specifier}" is`);
    if (module.npmPackage !== undefined) addPackage(module.npmPackage, { graph, packages });
    for (const { code } of module.dependencies ?? []) {
      if (code?.error) throw new Error(`Cannot tell what "${specifier}" imports: ${code.error}`);
      if (code?.specifier !== undefined) waiting.push(code.specifier);
    }
  }
  return { modules, packages: [...packages].sort() };
}

function addPackage(
  key: string,
  { graph, packages }: { graph: ModuleGraph; packages: Set<string> },
): void {
  if (packages.has(key)) return;
  packages.add(key);
  for (const next of packageOf(graph, key).dependencies) addPackage(next, { graph, packages });
}

function packageOf({ npmPackages }: ModuleGraph, key: string): GraphPackage {
  const found = npmPackages[key];
  if (!found) throw new Error(`The module graph does not tell what package "${key}" is`);
  return found;
}

async function licenceAt(folder: string): Promise<Pick<PackageInfo, "licence" | "notice">> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  const file = entries.find(({ name }) => /^licen[cs]e(?:\.|-|$)/i.test(name))?.name;
  const notice = file === undefined ? undefined : await Deno.readTextFile(`${folder}/${file}`);
  const text = await Deno.readTextFile(`${folder}/package.json`).catch(() => "{}");
  const licence: unknown = JSON.parse(text).license;
  return { licence: typeof licence === "string" ? licence : undefined, notice };
}
