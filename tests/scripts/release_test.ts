/** What the release decides without touching anything: notes, sums, archives, the SBOM. */

import { deepStrictEqual, match, rejects, throws } from "node:assert/strict";
import { unzipSync } from "fflate";
import { unpackTar } from "modern-tar";
import { type Entry, tar, tarGz, zip } from "../../scripts/release/archive.ts";
import { sectionOf } from "../../scripts/release/changelog.ts";
import { integrityList, sha256Sums } from "../../scripts/release/checksums.ts";
import { installerFor } from "../../scripts/release/installer.ts";
import { type ModuleGraph, runtimePackages } from "../../scripts/release/packages.ts";
import { sbom } from "../../scripts/release/sbom.ts";

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("a version's notes are what stands between its heading and the next", () => {
  const changelog = `# Changelog

## [Unreleased]

## [1.10.0] - 2026-02-01

### Added

- Ten.

## 1.1.0

- One.
`;
  deepStrictEqual(sectionOf(changelog, "1.10.0"), "### Added\n\n- Ten.");
  deepStrictEqual(sectionOf(changelog, "1.1.0"), "- One.");
  for (const version of ["Unreleased", "1.1", "1.10.0]", "2.0.0"]) {
    deepStrictEqual(sectionOf(changelog, version), undefined, version);
  }
});

Deno.test("sums are lines of sha256sum, by name", () => {
  const sums = new Map([["b", "22"], ["a/c", "11"]]);
  deepStrictEqual(sha256Sums(sums), "11  a/c\n22  b\n");
});

Deno.test("the integrity list has both forms of each file's hash", async () => {
  deepStrictEqual(JSON.parse(await integrityList([{ name: "a.js", bytes: encode("") }], "1.0.0")), {
    version: "1.0.0",
    files: {
      "a.js": {
        sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        integrity: "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb",
      },
    },
  });
});

const ENTRIES: readonly Entry[] = [
  { name: "program", bytes: encode("#!"), executable: true },
  { name: "LICENSE", bytes: encode("free") },
];
const OPTIONS = { folder: "top", modifiedAt: new Date("2026-03-04T05:06:08Z") };

Deno.test("a tar has its files by name, nobody's, at the time that was given", async () => {
  const found = (await unpackTar(await tar(ENTRIES, OPTIONS))).map(({ header, data }) => ({
    name: header.name,
    mode: header.mode,
    owner: [header.uid, header.gid, header.uname, header.gname],
    time: header.mtime?.toISOString(),
    text: data && new TextDecoder().decode(data),
  }));
  const every = { owner: [0, 0, "", ""], time: "2026-03-04T05:06:08.000Z" };
  deepStrictEqual(found, [
    { name: "top/", mode: 0o755, ...every, text: undefined },
    { name: "top/LICENSE", mode: 0o644, ...every, text: "free" },
    { name: "top/program", mode: 0o755, ...every, text: "#!" },
  ]);
});

Deno.test("archives do not depend on the order of what is put in", async () => {
  const reversed = ENTRIES.toReversed();
  deepStrictEqual(await tarGz(ENTRIES, OPTIONS), await tarGz(reversed, OPTIONS));
  deepStrictEqual(zip(ENTRIES, OPTIONS), zip(reversed, OPTIONS));
});

Deno.test("a zip has the time as a clock in UTC would show it", () => {
  const bytes = zip(ENTRIES, OPTIONS);
  deepStrictEqual(Object.keys(unzipSync(bytes)), ["top/LICENSE", "top/program"]);
  const [time, date] = [10, 12].map((at) => new DataView(bytes.buffer).getUint16(at, true));
  deepStrictEqual(time, (5 << 11) | (6 << 5) | (8 / 2));
  deepStrictEqual(date, ((2026 - 1980) << 9) | (3 << 5) | 4);
});

Deno.test("the installer is told where its release lies, and nothing that a shell would run", () => {
  const script = '#!/bin/sh\nDEFAULT_RELEASES=""\nmain\n';
  const at = (url: string) => installerFor(script, { url, version: "1.2.3" });
  deepStrictEqual(at(""), script);
  deepStrictEqual(
    at("https://a.example/r/v{version}"),
    '#!/bin/sh\nDEFAULT_RELEASES="https://a.example/r/v1.2.3"\nmain\n',
  );
  for (const url of ["http://a.example", 'https://a"; rm -rf', "https://$(id)", "https://a`id`"]) {
    throws(() => at(url), /Cannot write ".*" into install\.sh/);
  }
  throws(() => installerFor("main\n", { url: "", version: "1" }), /does not set DEFAULT_RELEASES/);
});

/** A program that calls `b` of npm, which calls `c`; takes types from `t`; and has a stand-in. */
const GRAPH: ModuleGraph = {
  roots: ["file:///x/main.ts"],
  redirects: { "npm:b@^1": "npm:/b@1.0.0" },
  modules: [
    {
      specifier: "file:///x/main.ts",
      dependencies: [
        { code: { specifier: "npm:b@^1" } },
        { code: { specifier: "file:///x/src/jsr/toml/mod.ts" } },
        {}, // a type
      ],
    },
    { specifier: "file:///x/src/jsr/toml/mod.ts" },
    { specifier: "npm:/b@1.0.0", npmPackage: "b@1.0.0" },
    { specifier: "npm:/t@1.0.0", npmPackage: "t@1.0.0" },
  ],
  npmPackages: {
    "b@1.0.0": { name: "b", version: "1.0.0", dependencies: ["@s/c@2.0.0"] },
    "@s/c@2.0.0": { name: "@s/c", version: "2.0.0", dependencies: [] },
    "t@1.0.0": { name: "t", version: "1.0.0", dependencies: [] },
  },
};
const LOCK = {
  npm: { "b@1.0.0": { integrity: "sha512-AAEC" } },
  workspace: { links: { "jsr:@std/toml@1.0.0": {}, "jsr:@std/assert@1.0.0": {} } },
};

Deno.test("packages are those whose code the program reaches", async () => {
  deepStrictEqual(
    await runtimePackages(GRAPH, LOCK),
    new Map(Object.entries({
      "@s/c@2.0.0": {
        name: "@s/c",
        version: "2.0.0",
        origin: "npm",
        integrity: undefined,
        dependencies: [],
      },
      "b@1.0.0": {
        name: "b",
        version: "1.0.0",
        origin: "npm",
        integrity: "sha512-AAEC",
        dependencies: ["@s/c@2.0.0"],
      },
      "jsr:@std/toml": { name: "@std/toml", version: "1.0.0", origin: "ours", dependencies: [] },
    })),
  );
});

Deno.test("where JSR's own packages are used, they are listed with their hash", async () => {
  const module = "https://jsr.example/@std/toml/1.0.9/mod.ts";
  const graph = {
    ...GRAPH,
    modules: [
      { specifier: "file:///x/main.ts", dependencies: [{ code: { specifier: module } }] },
      { specifier: module },
    ],
  };
  const integrity = "ab".repeat(32);
  const lock = { jsr: { "@std/toml@1.0.9": { integrity }, "@std/cli@1.0.0": { integrity } } };
  const info = { name: "@std/toml", version: "1.0.9", origin: "jsr", integrity, dependencies: [] };
  deepStrictEqual(await runtimePackages(graph, lock), new Map([["jsr:@std/toml", info]]));
});

Deno.test("an import that leads nowhere leaves no package out in silence", async () => {
  const fault = { code: { error: 'Import "b" not a dependency' } };
  const unresolved = [{ specifier: "file:///x/main.ts", dependencies: [fault] }];
  const unknown = GRAPH.modules.slice(0, 1);
  for (const modules of [unresolved, unknown]) {
    await rejects(runtimePackages({ ...GRAPH, modules }, LOCK), /^Error: (?:Cannot|The module)/);
  }
  await rejects(runtimePackages({ ...GRAPH, npmPackages: {} }, LOCK), /"b@1\.0\.0"/);
});

const INPUT = {
  version: "1.2.3",
  time: new Date("2026-03-04T05:06:07Z"),
  commit: "c0ffee",
  denoVersion: "9.9.9",
  builtWith: "9.9.8",
} as const;

Deno.test("the SBOM names program, runtime, packages and who calls whom", async () => {
  const packages = await runtimePackages(GRAPH, LOCK);
  const document = JSON.parse(await sbom({ ...INPUT, packages }));
  const { bomFormat, specVersion, serialNumber, version, metadata } = document;
  deepStrictEqual([bomFormat, specVersion, version], ["CycloneDX", "1.6", 1]);
  match(
    serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  deepStrictEqual(metadata.timestamp, "2026-03-04T05:06:07Z");
  deepStrictEqual(metadata.component.properties, [{ name: "decodex:commit", value: "c0ffee" }]);
  deepStrictEqual(
    document.components.map(({ type, name, version }: Record<string, unknown>) => [
      type,
      name,
      version,
    ]),
    [
      ["platform", "deno", "9.9.9"],
      ["library", "@s/c", "2.0.0"],
      ["library", "b", "1.0.0"],
      ["library", "@std/toml", "1.0.0"],
    ],
  );
  deepStrictEqual(document.components[2].hashes, [{ alg: "SHA-512", content: "000102" }]);
  const references = document.components.map((part: Record<string, unknown>) => part["bom-ref"]);
  deepStrictEqual(document.dependencies, [
    { ref: "decodex@1.2.3", dependsOn: references },
    { ref: "pkg:npm/%40s/c@2.0.0", dependsOn: [] },
    { ref: "pkg:npm/b@1.0.0", dependsOn: ["pkg:npm/%40s/c@2.0.0"] },
    { ref: "stand-in:@std/toml@1.0.0", dependsOn: [] },
  ]);
});

Deno.test("the SBOM's serial number follows from what it says", async () => {
  const packages = await runtimePackages(GRAPH, LOCK);
  const one = await sbom({ ...INPUT, packages });
  deepStrictEqual(await sbom({ ...INPUT, packages }), one);
  const other = await sbom({ ...INPUT, commit: "decade", packages });
  deepStrictEqual(JSON.parse(other).serialNumber === JSON.parse(one).serialNumber, false);
});
