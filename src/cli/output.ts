/** Standard output and error as text that is written whole and in order. */

export interface Output {
  readonly isTerminal: boolean;
  /** Queued behind what was written before. Nothing is written once the reader is gone. */
  write(text: string): void;
  /** Resolves when everything so far is with the system; false where the reader is gone. */
  flush(): Promise<boolean>;
}

interface Stream {
  isTerminal(): boolean;
  write(bytes: Uint8Array): Promise<number>;
}

/** `onClosed` hears once that nobody reads any more. */
export function createOutput(stream: Stream, onClosed: () => void = () => {}): Output {
  const encoder = new TextEncoder();
  let waiting = "";
  let writing: Promise<void> | undefined;
  let closed = false;

  async function drain(): Promise<void> {
    while (waiting !== "" && !closed) {
      const bytes = encoder.encode(waiting);
      waiting = "";
      if (!await writeAll(stream, bytes)) {
        closed = true;
        onClosed();
      }
    }
    writing = undefined;
  }

  return {
    isTerminal: stream.isTerminal(),
    write(text: string): void {
      if (closed || text === "") return;
      waiting += text;
      writing ??= drain();
    },
    async flush(): Promise<boolean> {
      while (writing) await writing;
      return !closed;
    },
  };
}

async function writeAll(stream: Stream, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
    return true;
  } catch {
    // Closed, full or gone: there is nobody to tell it to.
    return false;
  }
}
