/** OpenAI's own SDK for driving Codex, brought from npm without the program that comes with it. */

const VERSION = "0.163.0";

export interface SdkEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface SdkTurn {
  readonly items: readonly { readonly type: string }[];
  readonly finalResponse: string;
  readonly usage: Readonly<Record<string, number>> | null;
}

export type SdkInput =
  | string
  | readonly (
    | { type: "text"; text: string }
    | { type: "local_image"; path: string }
  )[];

interface TurnOptions {
  readonly outputSchema?: unknown;
  readonly signal?: AbortSignal;
}

export interface SdkThread {
  readonly id: string | null;
  run(input: SdkInput, options?: TurnOptions): Promise<SdkTurn>;
  runStreamed(input: SdkInput, options?: TurnOptions): Promise<{ events: AsyncIterable<SdkEvent> }>;
}

/** What the tests use of it. */
export interface Sdk {
  Codex: new (options: Readonly<Record<string, unknown>>) => {
    startThread(options?: Readonly<Record<string, unknown>>): SdkThread;
    resumeThread(id: string, options?: Readonly<Record<string, unknown>>): SdkThread;
  };
}

/** Fails where npm is missing or cannot fetch it. */
export async function loadSdk(): Promise<Sdk> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const folder = `${cache}/decodex/codex-sdk-${VERSION}`;
  const entry = `${folder}/node_modules/@openai/codex-sdk/dist/index.js`;
  if (!await Deno.stat(entry).then(() => true, () => false)) await install(folder);
  return await import(entry);
}

/** A hundred kilobytes: the optional packages are the programs. */
async function install(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const flags = ["--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
  const npm = new Deno.Command("npm", {
    args: [
      "install",
      ...flags,
      "--fetch-retries=1",
      "--prefix",
      folder,
      `@openai/codex-sdk@${VERSION}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  });
  const { success, stderr } = await npm.output();
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim().split("\n")[0];
  throw new Error(`Cannot install the SDK from npm: ${reason}`);
}
