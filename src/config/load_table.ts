/** All layers of the configuration, checked and laid over each other. */

import { ConfigError, UsageError } from "../protocol/error.ts";
import { checkLayer } from "./check_layer.ts";
import { readConfigFile } from "./config_file.ts";
import { absolutePath, anchorPaths, type Layer, placeInLayers } from "./layer.ts";
import { parseOverride } from "./overrides.ts";
import type { ConfigTable } from "./schema.ts";
import { isTable, mergeTables, type Table, valueAt } from "./table.ts";

export interface LoadOptions {
  /** CODEX_HOME; absent where there is no home at all. */
  readonly home: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** `-c key=value`. */
  readonly overrides: readonly string[];
  readonly profile?: string;
  /** Instead of `CODEX_HOME/config.toml`. */
  readonly configFile?: string;
  /** Unknown keys are errors. */
  readonly strict?: boolean;
  onWarning(message: string): void;
}

export interface LoadedTable {
  readonly table: ConfigTable;
  readonly profile?: string;
  /** Where a key was set, for messages. */
  placeOf(path: readonly string[]): string;
}

/** `-c` wins over the profile, that over the file. A project's own config.toml is not read. */
export async function loadTable(options: LoadOptions): Promise<LoadedTable> {
  const files = await mainFile(options);
  const flags = await Promise.all(options.overrides.map(parseOverride));
  for (const { table } of flags) anchorPaths(table, pathBase(options));
  if (files.length + flags.length === 0 && options.profile === undefined) {
    return loadedTable([], {});
  }
  const { strict = false, onWarning } = options;
  const check = (layer: Layer) => checkLayer(layer, { strict, onWarning });
  const main = mergeAll(await Promise.all(files.map(check)));
  const over = mergeAll(await Promise.all(flags.map(check)));
  const plain = mergeTables(main, over);
  const name = options.profile ?? profileName(plain);
  if (name === undefined) return loadedTable([...files, ...flags], plain);
  const profileFiles = await readProfileFile(name, options);
  const profile = profileTable(plain, name);
  if (!profile && profileFiles.length === 0) throw unknownProfile(name, plain, options);
  const table = mergeAll([
    main,
    profile ?? {},
    ...await Promise.all(profileFiles.map(check)),
    over,
  ]);
  const inner = files.map((file) => profileLayer(file, name));
  return { ...loadedTable([...files, ...inner, ...profileFiles, ...flags], table), profile: name };
}

function loadedTable(layers: readonly Layer[], table: Table): LoadedTable {
  return { table: table as ConfigTable, placeOf: (path) => placeInLayers(layers, path) };
}

function mergeAll(tables: readonly Table[]): Table {
  return tables.reduce(mergeTables, {});
}

/** One layer, or none. */
async function mainFile(options: LoadOptions): Promise<Layer[]> {
  const { home, configFile } = options;
  const base = pathBase(options);
  if (configFile === undefined) {
    return home === undefined ? [] : await readConfigFile(`${home}/config.toml`, base);
  }
  const path = absolutePath(configFile, base);
  const files = await readConfigFile(path, base);
  if (files.length > 0) return files;
  throw new UsageError(`Cannot read "${path}": there is no such file`);
}

function pathBase({ cwd, env }: LoadOptions): { folder: string; userHome: string | undefined } {
  return { folder: cwd, userHome: env["HOME"] };
}

function profileName(table: Table): string | undefined {
  const name = table["profile"];
  return typeof name === "string" && name !== "" ? name : undefined;
}

function profileTable(table: Table, name: string): Table | undefined {
  const profile = valueAt(table, ["profiles", name]);
  return isTable(profile) ? profile : undefined;
}

/** So that a place inside `[profiles.NAME]` is found by the setting's own path. */
function profileLayer({ table, file }: Layer, name: string): Layer {
  const path = ["profiles", name];
  const inner = valueAt(table, path);
  return {
    table: isTable(inner) ? inner : {},
    ...file && { file: { ...file, prefix: path } },
  };
}

/** `CODEX_HOME/NAME.config.toml`; a name that could leave the folder names no file. */
async function readProfileFile(name: string, options: LoadOptions): Promise<Layer[]> {
  const { home } = options;
  if (home === undefined || !/^[\w-][\w.-]*$/.test(name)) return [];
  return await readConfigFile(`${home}/${name}.config.toml`, pathBase(options));
}

function unknownProfile(name: string, table: Table, { home }: LoadOptions): ConfigError {
  const profiles = Object.keys(isTable(table["profiles"]) ? table["profiles"] : {});
  const known = profiles.length === 0 ? "" : `; known are ${profiles.join(", ")}`;
  const file = home === undefined ? "" : ` and there is no "${home}/${name}.config.toml"`;
  return new ConfigError(
    `Cannot use profile "${name}": config.toml has no [profiles.${name}]${file}${known}`,
  );
}
