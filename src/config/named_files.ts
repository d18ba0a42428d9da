/** Files that config.toml names: prompts, the model catalogue, certificates. */

import { ConfigError, errorMessage } from "../protocol/error.ts";
import type { LoadedTable } from "./load_table.ts";
import type { ConfigTable } from "./schema.ts";

/** `base_instructions`, else a file's text, else the older `instructions`. */
export async function baseInstructionsOf(loaded: LoadedTable): Promise<string | undefined> {
  const { table } = loaded;
  if (table.base_instructions) return table.base_instructions;
  for (const key of ["model_instructions_file", "experimental_instructions_file"] as const) {
    if (table[key] !== undefined) return await readPrompt(loaded, key);
  }
  return table.instructions || undefined;
}

export async function compactPromptOf(loaded: LoadedTable): Promise<string | undefined> {
  const { table } = loaded;
  if (table.compact_prompt?.trim()) return table.compact_prompt.trim();
  if (table.experimental_compact_prompt_file === undefined) return undefined;
  return await readPrompt(loaded, "experimental_compact_prompt_file");
}

/** The PEM texts of `ca_certs`. */
export async function caCertsOf(loaded: LoadedTable): Promise<string[]> {
  const { ca_certs = [] } = loaded.table;
  const paths = typeof ca_certs === "string" ? [ca_certs] : ca_certs;
  return (await Promise.all(paths.map((path) => readCertificates(path, loaded)))).flat();
}

type PathKey =
  | "model_instructions_file"
  | "experimental_instructions_file"
  | "experimental_compact_prompt_file"
  | "model_catalog_json";

/** Fails with a `ConfigError` that names the key's place and the file. */
export async function readNamedFile(
  loaded: { readonly table: ConfigTable } & Pick<LoadedTable, "placeOf">,
  key: PathKey,
): Promise<{ path: string; text: string }> {
  const path = loaded.table[key] ?? "";
  return { path, text: await readText(path, loaded.placeOf([key])) };
}

async function readPrompt(loaded: LoadedTable, key: PathKey): Promise<string> {
  const { path, text } = await readNamedFile(loaded, key);
  if (text.trim() !== "") return text.trim();
  throw new ConfigError(`Cannot use ${loaded.placeOf([key])}: "${path}" is empty`);
}

async function readCertificates(path: string, loaded: LoadedTable): Promise<string[]> {
  const place = loaded.placeOf(["ca_certs"]);
  const text = await readText(path, place);
  const found = text.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g);
  if (found) return [...found];
  throw new ConfigError(`Cannot use ${place}: "${path}" holds no certificate in PEM form`);
}

async function readText(path: string, place: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : errorMessage(cause);
    throw new ConfigError(`Cannot read "${path}", which ${place} names: ${reason}`, { cause });
  }
}
