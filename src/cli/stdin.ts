/** The prompt: words, standard input, or both. */

import { UsageError } from "../protocol/error.ts";

export interface PromptInput {
  /** `-`, or `-` as its last word: standard input is waited for, however long it takes. */
  readonly prompt: string | undefined;
  /** Told when a person may be waiting for us to begin, or why we did not wait. */
  readonly onWaiting: (message: string) => void;
  /** No clock runs before this settles: until then nobody waits for the prompt. */
  readonly needed?: Promise<void>;
  /** Our own where absent. */
  readonly stdin?: Stdin;
  readonly limits?: Partial<Limits>;
}

export interface Stdin {
  read(into: Uint8Array): Promise<number | null>;
  isTerminal(): boolean;
}

interface Limits {
  readonly bytes: number;
  /** Beside a prompt: how long nothing may come before it is given up, in milliseconds. */
  readonly firstByteMs: number;
  /** The same once something has come: whoever writes is at work. */
  readonly silenceMs: number;
}

const LIMITS: Limits = { bytes: 64 * 1024 * 1024, firstByteMs: 400, silenceMs: 5000 };

/** Fails with a `UsageError` where there is nothing to ask. */
export async function readPrompt(input: PromptInput): Promise<string> {
  const { prompt, onWaiting, stdin = Deno.stdin } = input;
  if (prompt !== undefined && prompt !== "-") {
    if (prompt.trim() === "") throw new UsageError("The prompt is empty");
    return stdin.isTerminal() ? prompt : await withStdin(prompt, input);
  }
  if (stdin.isTerminal()) {
    if (prompt === undefined) {
      throw new UsageError('No prompt: decodex "what to do", or pipe one in; decodex --help');
    }
    onWaiting("Reading the prompt from standard input; Ctrl-D ends it");
  }
  const { text } = await readText(input, undefined);
  if (text.trim() === "") throw new UsageError("No prompt provided via stdin.");
  return text;
}

/** Whoever started us may have left a pipe open and forgotten it: that must not hold up a prompt. */
async function withStdin(prompt: string, input: PromptInput): Promise<string> {
  const waits = prompt.endsWith(" -");
  const words = waits ? prompt.slice(0, -2) : prompt;
  const limits = { ...LIMITS, ...input.limits };
  const { text, ended } = await readText(input, waits ? undefined : limits);
  if (!ended) {
    const what = text === "" ? "Nothing came from stdin" : "stdin went silent without an end";
    input.onWaiting(`${what}; going on (a prompt that ends in " -" waits for the end of stdin)`);
  }
  return text === "" ? words : `${words}\n\n<stdin>\n${text.replace(/\n$/, "")}\n</stdin>`;
}

interface Read {
  readonly text: string;
  /** False where a silence has ended the reading. */
  readonly ended: boolean;
}

const PIECE_BYTES = 64 * 1024;

async function readText(input: PromptInput, waiting: Limits | undefined): Promise<Read> {
  const maxBytes = input.limits?.bytes ?? LIMITS.bytes;
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0;;) {
    const isFirst = size === 0;
    const ms = isFirst ? waiting?.firstByteMs : waiting?.silenceMs;
    const piece = await next(input, { ms, isFirst });
    if (!(piece instanceof Uint8Array)) {
      return { text: text + decoder.decode(), ended: piece === "end" };
    }
    size += piece.length;
    if (size > maxBytes) {
      throw new UsageError(
        `Standard input holds more than ${Math.floor(maxBytes / 1024 / 1024)} MB; name a file ` +
          "in the prompt instead",
      );
    }
    text += decoder.decode(piece, { stream: true });
  }
}

/** A closed or broken standard input holds nothing more. */
async function next(
  { stdin = Deno.stdin, needed, onWaiting, prompt }: PromptInput,
  { ms, isFirst }: { readonly ms: number | undefined; readonly isFirst: boolean },
): Promise<Uint8Array | "end" | "silence"> {
  const buffer = new Uint8Array(PIECE_BYTES);
  const read = stdin.read(buffer).then(
    (length) => length === null ? "end" as const : buffer.subarray(0, length),
    () => "end" as const,
  );
  const early = await Promise.race([read, needed]);
  if (early !== undefined) return early;
  const { promise: silence, resolve } = Promise.withResolvers<"silence">();
  const timer = ms === undefined ? undefined : setTimeout(() => resolve("silence"), ms);
  const what = prompt === undefined || prompt === "-" ? "the prompt" : "additional input";
  const notice = isFirst && !stdin.isTerminal()
    ? setTimeout(() => onWaiting(`Reading ${what} from stdin...`), (ms ?? LIMITS.firstByteMs) / 3)
    : undefined;
  return await Promise.race([read, silence]).finally(() => {
    clearTimeout(timer);
    clearTimeout(notice);
  });
}
