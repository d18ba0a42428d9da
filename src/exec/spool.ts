/** Private files with the whole output of commands that print more than a model is shown. */

/** The smallest budget to which a model's output is cut. */
const SHOWN_WHOLE_BYTES = 10_000;
/** The temporary folder may be memory, so that there has to be an end. */
const LARGEST_FILE_BYTES = 256 * 1024 * 1024;

/** A folder of ours, made when the first long output needs it. */
export class SpoolFolder {
  readonly #parent: string | undefined;
  #path: string | undefined;
  #closed = false;

  constructor(parent?: string) {
    this.#parent = parent;
  }

  /** The path of a new file's, in a folder that only we may enter. */
  newPath(): string {
    if (this.#closed) throw new Error("The session has ended");
    this.#path ??= Deno.makeTempDirSync({
      prefix: "decodex-",
      ...this.#parent !== undefined && { dir: this.#parent },
    });
    const name = crypto.getRandomValues(new Uint8Array(8)).toHex();
    return `${this.#path}/${name}.txt`;
  }

  close(): void {
    this.#closed = true;
    if (this.#path === undefined) return;
    try {
      Deno.removeSync(this.#path, { recursive: true });
    } catch {
      // Someone else has cleaned up; there is nothing left for us to do.
    }
    this.#path = undefined;
  }
}

/** One command's file. Output that cannot be written is let go: the command matters more. */
export class Spool {
  readonly #folder: SpoolFolder;
  #early: Uint8Array[] = [];
  #total = 0;
  #file: Deno.FsFile | undefined;
  #path: string | undefined;
  #closed = false;

  constructor(folder: SpoolFolder) {
    this.#folder = folder;
  }

  /** Where everything stands; absent as long as it is short. */
  get path(): string | undefined {
    return this.#path;
  }

  append(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#total += bytes.length;
    if (this.#total <= SHOWN_WHOLE_BYTES) {
      this.#early.push(bytes.slice());
      return;
    }
    try {
      this.#write(bytes);
    } catch {
      this.#discard();
    }
  }

  close(): void {
    this.#closed = true;
    this.#early = [];
    this.#file?.close();
    this.#file = undefined;
  }

  #write(bytes: Uint8Array): void {
    if (!this.#file) {
      this.#path = this.#folder.newPath();
      this.#file = Deno.openSync(this.#path, { write: true, createNew: true, mode: 0o600 });
      for (const chunk of this.#early.splice(0)) writeAll(this.#file, chunk);
    }
    if (this.#total <= LARGEST_FILE_BYTES) return writeAll(this.#file, bytes);
    writeAll(this.#file, new TextEncoder().encode("\n... the rest was not kept ...\n"));
    this.close();
  }

  #discard(): void {
    const path = this.#path;
    this.close();
    this.#path = undefined;
    if (path === undefined) return;
    try {
      Deno.removeSync(path);
    } catch {
      // It was never made.
    }
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(file.writeSync(rest));
}
