/** The prompt: words, standard input, or both. */

import { UsageError } from "../protocol/error.ts";

const MAX_BYTES = 64 * 1024 * 1024;
/** A pipe beside a prompt may never say anything: nobody waits for it longer than this. */
const SILENCE_MS = 400;

export interface PromptInput {
  readonly prompt: string | undefined;
  /** Told when a person may be waiting for us to begin. */
  readonly onWaiting: (message: string) => void;
}

/** Fails with a `UsageError` where there is nothing to ask. */
export async function readPrompt({ prompt, onWaiting }: PromptInput): Promise<string> {
  if (prompt !== undefined && prompt !== "-") {
    if (prompt.trim() === "") throw new UsageError("The prompt is empty");
    const piped = Deno.stdin.isTerminal() ? "" : await readBeside();
    return piped === "" ? prompt : `${prompt}\n\n<stdin>\n${piped}\n</stdin>`;
  }
  if (Deno.stdin.isTerminal()) {
    if (prompt === undefined) {
      throw new UsageError('No prompt: decodex "what to do", or pipe one in; decodex --help');
    }
    onWaiting("Reading the prompt from standard input; Ctrl-D ends it");
  }
  const text = await readAll(new AbortController().signal);
  if (text.trim() === "") throw new UsageError("No prompt provided via stdin.");
  return text;
}

/** What comes before the first silence; most often that is everything up to the end. */
async function readBeside(): Promise<string> {
  const silent = new AbortController();
  return (await readAll(silent.signal, () => silent.abort())).replace(/\n$/, "");
}

async function readAll(signal: AbortSignal, onSilence?: () => void): Promise<string> {
  const reader = Deno.stdin.readable.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    while (!signal.aborted) {
      const chunk = await next(reader, onSilence);
      if (chunk === undefined) break;
      size += chunk.length;
      if (size > MAX_BYTES) throw new UsageError("Standard input holds more than 64 MB");
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return text; // a closed or broken standard input holds nothing more
  } finally {
    reader.releaseLock();
  }
}

async function next(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  onSilence: (() => void) | undefined,
): Promise<Uint8Array | undefined> {
  const read = reader.read().then(({ done, value }) => done ? undefined : value);
  if (!onSilence) return await read;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    onSilence();
    resolve(undefined);
  }, SILENCE_MS);
  read.catch(() => {}); // nobody listens any more once the silence has won
  return await Promise.race([read, promise]).finally(() => clearTimeout(timer));
}
