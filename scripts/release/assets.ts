/** The files of a release, written one after the other, and last the sums of all. */

import { VERSION } from "../../src/cli/version.ts";
import { type Built, outputName } from "../build.ts";
import { BUNDLE_ENTRY } from "../build/bundle.ts";
import { type Entry, tar, tarGz, zip } from "./archive.ts";
import { integrityList, type NamedBytes, sha256, sha256Sums } from "./checksums.ts";
import type { Commit } from "./commit.ts";
import { type Lock, moduleGraph, type PackageInfo, runtimePackages } from "./packages.ts";
import { sbom } from "./sbom.ts";

/** The first file that is written: a folder that has it holds a release. */
export const ASSET_MARK = "RELEASE_NOTES.md";

const SUMS = "SHA256SUMS";
const INSTALLER = "install.sh";

export interface AssetOptions {
  /** The project's folder. */
  readonly root: string;
  /** The folder of the build. */
  readonly dist: string;
  /** Empty: the release goes there. */
  readonly out: string;
  /** The text of `install.sh`. */
  readonly installer: string;
  readonly built: readonly Built[];
  readonly commit: Commit;
  /** What CHANGELOG.md says of the version. */
  readonly changes: string;
  /** The version of the runtime in the executables. */
  readonly deno: string;
}

/** The names of what was written, in that order, relative to `out`. */
export async function writeAssets(options: AssetOptions): Promise<readonly string[]> {
  const { root, dist, out, built } = options;
  const { time: modifiedAt } = options.commit;
  const assets = assetFolder(out);
  await assets.write(ASSET_MARK, notes(options));
  await assets.write(INSTALLER, options.installer);
  const packages = await packagesOf(root);
  await assets.write(`decodex-${VERSION}.cdx.json`, await bill(options, packages));

  const texts = [
    await readEntry(root, "LICENSE"),
    await readEntry(root, "README.md"),
    { name: "NOTICES.txt", bytes: new TextEncoder().encode(notices(packages)) },
  ];
  const bundle = await bundleFiles(dist, built);
  for (const { name, bytes } of bundle) await assets.write(`bundle/${name}`, bytes);
  const folder = `decodex-${VERSION}-bundle`;
  const bundled = await tarGz([...bundle, ...texts], { folder, modifiedAt });
  await assets.write(`${folder}.tar.gz`, bundled);

  for (const { target, outcome } of built) {
    if (outcome.type !== "compiled") continue;
    const bytes = await Deno.readFile(outcome.path);
    const entries = [{ name: target.file, bytes, executable: true }, ...texts];
    const folder = `decodex-${VERSION}-${target.name}`;
    const archive = target.archive === "zip" ? zip : tarGz;
    const packed = await archive(entries, { folder, modifiedAt });
    await assets.write(`${folder}.${target.archive}`, packed);
  }
  await assets.write(...await airGap(assets, { out, texts, modifiedAt }));
  await assets.write(SUMS, sha256Sums(assets.sums));
  return [...assets.sums.keys()];
}

interface AssetFolder {
  /** Of what was written, by name, in hexadecimal digits. */
  readonly sums: ReadonlyMap<string, string>;
  write(name: string, content: string | Uint8Array): Promise<void>;
}

function assetFolder(out: string): AssetFolder {
  const sums = new Map<string, string>();
  return {
    sums,
    async write(name, content): Promise<void> {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const path = `${out}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(path, bytes, { mode: name === INSTALLER ? 0o755 : 0o644 });
      sums.set(name, await sha256(bytes));
    },
  };
}

/** The files beside executables, with the list of their hashes. */
async function bundleFiles(dist: string, built: readonly Built[]): Promise<NamedBytes[]> {
  const executables = built.map(({ target }) => outputName(target));
  const files: NamedBytes[] = [];
  for (const { name } of await Array.fromAsync(Deno.readDir(dist))) {
    if (!executables.includes(name)) files.push(await readEntry(dist, name));
  }
  files.sort((a, b) => a.name < b.name ? -1 : 1);
  const list = new TextEncoder().encode(await integrityList(files, VERSION));
  return [...files, { name: "integrity.json", bytes: list }];
}

/** What installs without a network: the release's own files in one, with their sums. */
async function airGap(
  { sums }: AssetFolder,
  { out, texts, modifiedAt }: { out: string; texts: readonly Entry[]; modifiedAt: Date },
): Promise<[name: string, bytes: Uint8Array]> {
  const names = [...sums.keys()].filter((name) => !name.startsWith("bundle/"));
  const entries: Entry[] = [
    ...texts,
    { name: "INSTALL.txt", bytes: new TextEncoder().encode(AIR_GAP_TEXT) },
  ];
  for (const name of names) {
    entries.push({ ...await readEntry(out, name), executable: name === INSTALLER });
  }
  const listed = new Map<string, string>();
  for (const { name, bytes } of entries) listed.set(name, await sha256(bytes));
  entries.push({ name: SUMS, bytes: new TextEncoder().encode(sha256Sums(listed)) });
  const folder = `decodex-${VERSION}-airgap`;
  // Its parts are compressed already.
  return [`${folder}.tar`, await tar(entries, { folder, modifiedAt })];
}

const AIR_GAP_TEXT = `decodex ${VERSION} for machines without a network

Everything is in this folder. Check it, then install:

  sha256sum -c SHA256SUMS
  sh install.sh --from .

install.sh takes the executable for this system. Where there is none, it installs the bundle, which
a Deno that is on this machine runs (2.7.11 or newer). "sh install.sh --help" lists what else it can.
`;

function notes({ changes, built }: AssetOptions): string {
  const has = (wanted: boolean) =>
    built.filter(({ outcome }) => (outcome.type === "compiled") === wanted)
      .map(({ target }) => target.name).join(", ");
  const lines = [
    `Executables: ${has(true) || "none"}.`,
    ...has(false)
      ? [`Not built for: ${has(false)}; the bundle (${BUNDLE_ENTRY}) runs there on Deno.`]
      : [],
  ];
  return `# decodex ${VERSION}\n\n${changes}\n\n### Files\n\n${lines.join("\n")}\n`;
}

type Packages = ReadonlyMap<string, PackageInfo>;

async function packagesOf(root: string): Promise<Packages> {
  const lock: Lock = JSON.parse(await Deno.readTextFile(`${root}/deno.lock`));
  return await runtimePackages(await moduleGraph(root), lock);
}

async function bill({ commit, deno }: AssetOptions, packages: Packages): Promise<string> {
  const { id, time } = commit;
  const builtWith = Deno.version.deno;
  return await sbom({ version: VERSION, time, commit: id, denoVersion: deno, builtWith, packages });
}

/** The licences of foreign code in the bundle, as most of them ask for. */
function notices(packages: Packages): string {
  const foreign = [...packages.values()].filter(({ origin }) => origin !== "ours");
  return foreign.map(({ name, version, licence, notice }) =>
    `${name} ${version} (${licence ?? "see its package"})\n\n${notice?.trim() ?? ""}\n`
  ).join(`\n${"-".repeat(80)}\n\n`);
}

async function readEntry(folder: string, name: string): Promise<NamedBytes> {
  return { name, bytes: await Deno.readFile(`${folder}/${name}`) };
}
