/** What the program is made of, as a CycloneDX 1.6 document. */

import type { PackageInfo } from "./packages.ts";

export interface SbomInput {
  readonly version: string;
  /** In which the document says that it was made: the commit's. */
  readonly time: Date;
  readonly commit: string;
  /** Of the runtime in the executables. */
  readonly denoVersion: string;
  readonly packages: ReadonlyMap<string, PackageInfo>;
  /** Of the Deno that made the bundle. */
  readonly builtWith: string;
}

interface Component {
  readonly type: "application" | "library" | "platform";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

const OWN_LICENCE = [{ expression: "Apache-2.0" }];

/** The document's text: the same input gives the same bytes, its serial number among them. */
export async function sbom(input: SbomInput): Promise<string> {
  const root = program(input);
  const runtime = denoRuntime(input.denoVersion);
  const parts = new Map([...input.packages].map(([key, info]) => [key, partOf(info)]));
  const components = [...parts.values(), runtime].sort(byReference);
  const references = components.map((component) => component["bom-ref"]);
  const content = {
    version: 1,
    metadata: {
      timestamp: input.time.toISOString().replace(".000Z", "Z"),
      tools: { components: [{ type: "application", name: "deno", version: input.builtWith }] },
      component: root,
    },
    components,
    dependencies: [
      { ref: root["bom-ref"], dependsOn: references },
      ...[...input.packages].map(([key, { dependencies }]) => ({
        ref: parts.get(key)?.["bom-ref"] ?? key,
        dependsOn: dependencies.flatMap((dependency) => parts.get(dependency)?.["bom-ref"] ?? []),
      })),
    ],
  };
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${await uuidOf(JSON.stringify(content))}`,
    ...content,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function program({ version, commit }: SbomInput): Component {
  return {
    type: "application",
    "bom-ref": `decodex@${version}`,
    name: "decodex",
    version,
    purl: `pkg:generic/decodex@${version}`,
    licenses: OWN_LICENCE,
    properties: [{ name: "decodex:commit", value: commit }],
  };
}

function denoRuntime(version: string): Component {
  return {
    type: "platform",
    "bom-ref": `pkg:github/denoland/deno@v${version}`,
    name: "deno",
    version,
    description: "The runtime in the executables; the bundle runs on one that is there already",
    purl: `pkg:github/denoland/deno@v${version}`,
    licenses: [{ expression: "MIT" }],
  };
}

function partOf(info: PackageInfo): Component {
  const { name, version, origin, integrity, licence } = info;
  if (origin === "ours") return standIn(info);
  const purl = origin === "npm" ? `pkg:npm/${name.replace("@", "%40")}@${version}` : undefined;
  return {
    type: "library",
    "bom-ref": purl ?? `jsr:${name}@${version}`,
    name,
    version,
    ...purl === undefined ? {} : { purl },
    ...integrity === undefined ? {} : { hashes: [hashOf(integrity)] },
    ...licence === undefined ? {} : { licenses: [{ expression: licence }] },
  };
}

/** Without an address: that of the package would name other code. */
function standIn({ name, version }: PackageInfo): Component {
  return {
    type: "library",
    "bom-ref": `stand-in:${name}@${version}`,
    name,
    version,
    description: `Part of decodex, in the place of ${name}: what it calls of it`,
    licenses: OWN_LICENCE,
  };
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};

function hashOf(integrity: string): { alg: string; content: string } {
  if (/^[0-9a-f]{64}$/.test(integrity)) return { alg: "SHA-256", content: integrity };
  const [prefix = "", digest = ""] = integrity.split(/-(.*)/);
  const alg = ALGORITHMS[prefix];
  if (alg === undefined) throw new Error(`Cannot read the hash "${integrity}" of the lock file`);
  return { alg, content: Uint8Array.fromBase64(digest).toHex() };
}

/** In the form of version 8, which leaves all else to whoever makes it. */
async function uuidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const bytes = new Uint8Array(digest).slice(0, 16);
  bytes.set([((bytes[6] ?? 0) & 0x0f) | 0x80], 6);
  bytes.set([((bytes[8] ?? 0) & 0x3f) | 0x80], 8);
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function byReference(a: Component, b: Component): number {
  return a["bom-ref"] < b["bom-ref"] ? -1 : 1;
}
