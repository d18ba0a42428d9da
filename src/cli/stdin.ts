/** The prompt: words of the command line, standard input, or both. */

import { UsageError } from "../protocol/error.ts";

export interface StdinOptions {
  readonly prompt?: string;
  /** `-` was given: standard input is the prompt, also on a terminal. */
  readonly promptIsStdin: boolean;
  readonly stdin: Stdin;
  /** Told when the run waits for standard input. */
  onWaiting(message: string): void;
  /** With a prompt: the longest silence, in milliseconds. */
  readonly idleMs?: number;
  readonly maxBytes?: number;
}

export interface Stdin {
  readonly readable: ReadableStream<Uint8Array>;
  isTerminal(): boolean;
}

const IDLE_MS = 300;
const MAX_BYTES = 64 * 1024 * 1024;

/** Fails with a `UsageError` where there is no prompt at all. */
export async function readPrompt(options: StdinOptions): Promise<string> {
  const { prompt, promptIsStdin, stdin } = options;
  if (prompt !== undefined) {
    return stdin.isTerminal() ? prompt : appendStdin(prompt, await readAdditional(options));
  }
  if (stdin.isTerminal() && !promptIsStdin) throw new UsageError(noPrompt());
  if (!promptIsStdin) options.onWaiting("Reading prompt from stdin...");
  const text = decode(await readBytes(options, undefined));
  if (text.trim() === "") throw new UsageError("No prompt provided via stdin.");
  return text;
}

function noPrompt(): string {
  return [
    "There is no prompt. For example:",
    '  decodex "fix the failing test"',
    "  decodex exec - < task.md",
    "  decodex --demo",
    "decodex --help explains more",
  ].join("\n");
}

export function appendStdin(prompt: string, text: string): string {
  if (text === "") return prompt;
  return `${prompt}\n\n<stdin>\n${text}${text.endsWith("\n") ? "" : "\n"}</stdin>`;
}

/** Whoever started us may have left a pipe open and forgotten: silence ends the reading. */
async function readAdditional(options: StdinOptions): Promise<string> {
  const idleMs = options.idleMs ?? IDLE_MS;
  const notice = setTimeout(
    () => options.onWaiting("Reading additional input from stdin..."),
    idleMs / 3,
  );
  try {
    return decode(await readBytes(options, idleMs));
  } finally {
    clearTimeout(notice);
  }
}

async function readBytes(
  { stdin, maxBytes = MAX_BYTES }: StdinOptions,
  idleMs: number | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = stdin.readable.getReader();
  let size = 0;
  for (let chunk = await next(reader, idleMs); chunk; chunk = await next(reader, idleMs)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) {
      throw new UsageError(
        `Standard input holds more than ${Math.floor(maxBytes / 1024 / 1024)} MB: name a file ` +
          "in the prompt instead, and let the model read what it needs",
      );
    }
  }
  return joined(chunks, size);
}

/** The next bytes; nothing at the end, after too long a silence, or where stdin is closed. */
async function next(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  idleMs: number | undefined,
): Promise<Uint8Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = idleMs === undefined ? undefined : setTimeout(resolve, idleMs);
  const read = reader.read().then(({ value }) => value, () => undefined);
  const chunk = await Promise.race([read, promise]);
  clearTimeout(timer);
  return chunk;
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** A BOM is no part of the prompt. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
