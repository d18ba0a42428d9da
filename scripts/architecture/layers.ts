/** Which layer may import which, and what of the machine it may touch. */

import { type Fault, faultAt, type Source } from "./source.ts";

interface Layer {
  /** Itself aside. */
  readonly imports: readonly string[];
  readonly doors: readonly Door[];
}

type Door = "Deno" | "process start" | "fetch" | "console" | "node";

const LAYERS: Readonly<Record<string, Layer>> = {
  "src/jsr": { imports: [], doors: ["node"] },
  "src/protocol": { imports: [], doors: [] },
  "src/policy": { imports: ["src/protocol"], doors: [] },
  "src/session": { imports: ["src/protocol"], doors: [] },
  "tools": { imports: ["src/protocol"], doors: [] },
  "src/client": { imports: ["src/protocol"], doors: ["Deno", "fetch", "node"] },
  "src/context": { imports: ["src/protocol"], doors: ["Deno", "node"] },
  "src/exec": {
    imports: ["src/protocol", "src/policy"],
    doors: ["Deno", "process start", "node"],
  },
  "src/rollout": { imports: ["src/protocol"], doors: ["Deno", "node"] },
  "src/config": { imports: ["src/protocol"], doors: ["Deno", "node"] },
  "src/cli": {
    imports: [
      "src/protocol",
      "src/session",
      "src/client",
      "src/context",
      "src/exec",
      "src/rollout",
      "src/config",
      "src/policy",
      "tools",
      "deno.json",
    ],
    doors: ["Deno", "console", "node"],
  },
  "src/mod.ts": {
    imports: [
      "src/protocol",
      "src/session",
      "src/client",
      "src/context",
      "src/exec",
      "src/rollout",
      "src/config",
      "src/cli",
      "tools",
    ],
    doors: [],
  },
  "main.ts": { imports: ["src/cli"], doors: ["Deno", "console"] },
};

/** Read by one file alone. */
const PROMPTS = { folder: "prompts/", reader: "src/context/prompts.ts" } as const;

/** What of `node:` is pure, and open to every layer. */
const PURE_NODE = ["node:path", "node:util", "node:buffer", "node:string_decoder"];

/** Scripts and tests belong to no layer. */
export function layerFaults(source: Source): Fault[] {
  const name = layerOf(source.path);
  const layer = name === undefined ? undefined : LAYERS[name];
  if (name === undefined || layer === undefined) {
    const isFree = /^(scripts|tests)\//.test(source.path);
    return isFree ? [] : [faultAt(source, 0, "belongs to no layer")];
  }
  return [
    ...importsOf(source).flatMap(({ specifier, offset }) => {
      const message = importFault(source.path, { specifier, name, layer });
      return message === undefined ? [] : [faultAt(source, offset, message)];
    }),
    ...doorFaults(source, { name, layer }),
  ];
}

function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS).find((layer) => path === layer || path.startsWith(`${layer}/`));
}

export interface Import {
  readonly specifier: string;
  readonly offset: number;
}

/** Every module that a file names: imported, re-exported, as a type, or at run time. */
export function importsOf({ text, code }: Source): Import[] {
  return [...code.matchAll(/\b(?:from|import)(?:\s+|\s*\(\s*)(["'`])/g)].flatMap((match) => {
    if (match[0].startsWith("from") && match[0].includes("(")) return [];
    const start = match.index + match[0].length;
    const end = text.indexOf(match[1] ?? '"', start);
    return [{ specifier: text.slice(start, end), offset: match.index }];
  });
}

/** The file that a relative specifier names. */
export function resolveSpecifier(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function importFault(
  path: string,
  { specifier, name, layer }: { specifier: string; name: string; layer: Layer },
): string | undefined {
  if (specifier.startsWith("node:")) return nodeFault(specifier, { name, layer });
  if (!specifier.startsWith(".")) return undefined;
  const target = resolveSpecifier(path, specifier);
  if (target.startsWith(PROMPTS.folder)) {
    return path === PROMPTS.reader
      ? undefined
      : `imports "${target}", which only ${PROMPTS.reader} reads`;
  }
  const wanted = layerOf(target) ?? target;
  const isAllowed = wanted === name || layer.imports.includes(wanted);
  return isAllowed ? undefined : `${name} may not import "${target}"`;
}

function nodeFault(
  specifier: string,
  { name, layer }: { name: string; layer: Layer },
): string | undefined {
  if (specifier === "node:child_process") {
    return layer.doors.includes("process start") ? undefined : `${name} may not start processes`;
  }
  const isPure = PURE_NODE.some((pure) => specifier === pure || specifier.startsWith(`${pure}/`));
  return isPure || layer.doors.includes("node") ? undefined : `${name} may not use "${specifier}"`;
}

const DOORS: readonly { door: Door | "any"; pattern: RegExp; message: string }[] = [
  { door: "Deno", pattern: /(?<![.\w])Deno\b(?!\.Command\b)/g, message: "use Deno" },
  { door: "process start", pattern: /\bDeno\.Command\b/g, message: "start processes" },
  { door: "fetch", pattern: /(?<![.#\w])fetch\s*\(/g, message: "call fetch" },
  { door: "console", pattern: /(?<![.\w])console\b/g, message: "use console" },
  { door: "any", pattern: /\bimport\s*\((?!\s*["'])/g, message: "import what it does not name" },
  { door: "any", pattern: /(?<!\.)\bDeno\b(?!\.)/g, message: "use Deno but as Deno.x" },
  {
    door: "any",
    pattern: /\bglobalThis\.(?:Deno|fetch|console|process)\b/g,
    message: "reach a door by globalThis",
  },
];

function doorFaults(source: Source, { name, layer }: { name: string; layer: Layer }): Fault[] {
  return DOORS.filter(({ door }) => door === "any" || !layer.doors.includes(door)).flatMap((
    { pattern, message },
  ) =>
    [...source.code.matchAll(pattern)].map(({ index }) =>
      faultAt(source, index, `${name} may not ${message}`)
    )
  );
}
