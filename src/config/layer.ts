/** One source of settings: a file or a `-c`, with what is needed to name a place in it. */

import { ConfigError, UsageError } from "../protocol/error.ts";
import { isTable, type Table, valueAt } from "./table.ts";
import { joinKey, lineOfKey } from "./toml_key.ts";

export interface Layer {
  readonly table: Table;
  /** Absent for a layer of the command line. */
  readonly file?: {
    readonly path: string;
    readonly text: string;
    /** What stands before the table's keys in the file: those of a profile. */
    readonly prefix?: readonly string[];
  };
}

/** `"…/config.toml" line 3: key`, or `-c: key`. */
export function placeOf(layer: Layer, path: readonly PropertyKey[]): string {
  if (!layer.file) return `-c: ${joinKey(path)}`;
  const full = [...layer.file.prefix ?? [], ...path.map(String)];
  const line = lineOfKey(layer.file.text, full);
  return `"${layer.file.path}"${line === undefined ? "" : ` line ${line}`}: ${joinKey(full)}`;
}

/** The place of the layer that decides a key; the key alone where none sets it. */
export function placeInLayers(layers: readonly Layer[], path: readonly string[]): string {
  const layer = layers.findLast(({ table }) => valueAt(table, path) !== undefined);
  return layer ? placeOf(layer, path) : joinKey(path);
}

/** Who typed it has to change it: a file is configuration, a flag is usage. */
export function layerError(layer: Layer, message: string): ConfigError | UsageError {
  return layer.file ? new ConfigError(message) : new UsageError(message);
}

/** Keys whose values are paths, relative to the file that holds them. */
const PATH_KEYS = [
  ["model_instructions_file"],
  ["experimental_instructions_file"],
  ["experimental_compact_prompt_file"],
  ["model_catalog_json"],
  ["ca_certs"],
  ["sandbox_workspace_write", "writable_roots"],
];

/** Makes the paths of a table absolute, in place; also those of its profiles. */
export function anchorPaths(table: Table, base: PathBase): Table {
  const profiles = isTable(table["profiles"]) ? Object.values(table["profiles"]) : [];
  for (const settings of [table, ...profiles]) {
    for (const key of PATH_KEYS) anchorPath(settings, key, base);
  }
  return table;
}

export interface PathBase {
  readonly folder: string;
  /** What `~` means. */
  readonly userHome: string | undefined;
}

export function absolutePath(path: string, { folder, userHome }: PathBase): string {
  if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(path)) return path;
  if (userHome !== undefined && (path === "~" || path.startsWith("~/"))) {
    return `${userHome.replace(/\/+$/, "")}${path.slice(1)}`;
  }
  return `${folder.replace(/\/+$/, "")}/${path.replace(/^\.\//, "")}`;
}

function anchorPath(settings: unknown, key: readonly string[], base: PathBase): void {
  const parent = isTable(settings) ? valueAt(settings, key.slice(0, -1)) : undefined;
  const name = key.at(-1) ?? "";
  if (!isTable(parent) || !Object.hasOwn(parent, name)) return;
  const value = parent[name];
  if (typeof value === "string" && value !== "") parent[name] = absolutePath(value, base);
  if (!Array.isArray(value)) return;
  parent[name] = value.map((path) => typeof path === "string" ? absolutePath(path, base) : path);
}
