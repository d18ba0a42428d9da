/** A CODEX_HOME of a test's own, and a configuration resolved from it. */

import { type Config, type ConfigOptions, resolveConfig } from "../../src/config/config.ts";

export interface CodexHome extends AsyncDisposable {
  readonly path: string;
  /** Writes a file below it; its folders are made. */
  write(name: string, text: string): Promise<string>;
}

export async function makeCodexHome(files: Record<string, string> = {}): Promise<CodexHome> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex-config-" }));
  const write = async (name: string, text: string) => {
    const file = `${path}/${name}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
    return file;
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const remove = () => Deno.remove(path, { recursive: true });
  return { path, write, [Symbol.asyncDispose]: remove };
}

export interface Resolved {
  readonly config: Config;
  readonly warnings: string[];
}

/** With a key for OpenAI, in a folder that nothing is known of. */
export async function resolveIn(
  home: CodexHome | undefined,
  options: Partial<ConfigOptions> = {},
): Promise<Resolved> {
  const warnings: string[] = [];
  const config = await resolveConfig({
    home: home?.path,
    env: { OPENAI_API_KEY: "sk-env", HOME: "/home/somebody" },
    cwd: "/nowhere",
    overrides: [],
    flags: {},
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return { config, warnings };
}

/** What it failed with, the home's path written as HOME. */
export async function failureIn(
  home: CodexHome | undefined,
  options: Partial<ConfigOptions> = {},
): Promise<{ name: string; message: string }> {
  try {
    await resolveIn(home, options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = home ? error.message.replaceAll(home.path, "HOME") : error.message;
    return { name: error.name, message };
  }
  throw new Error("Expected the configuration to be refused");
}
