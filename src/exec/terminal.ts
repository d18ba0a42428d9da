/** Pseudo-terminals for commands, as far as the system has them and lets us. Linux; needs FFI. */

import { type DescriptorState, DescriptorWatch, WATCH_CALLS } from "./descriptor_watch.ts";
import { type Bytes, bytesOf, type Libc, openLibc } from "./libc.ts";
import { wholeCharacters } from "../protocol/utf8.ts";

const O_RDWR = 0x2;
const O_NOCTTY = 0x100;
const O_NONBLOCK = 0x800;
const O_CLOEXEC = 0x80000;
/** TIOCSWINSZ. */
const SET_WINDOW_SIZE = 0x5414n;
const WINDOW = { rows: 24, columns: 80 } as const;

const READ_BYTES = 16 * 1024;
/** After so many the others have their turn. */
const READS_AT_ONCE = 16;
const PATH_BYTES = 64;

const CALLS = [
  ...["posix_openpt", "grantpt", "unlockpt", "ptsname_r", "ioctl"] as const,
  ...["open", "read", ...WATCH_CALLS] as const,
] as const;
type TerminalCalls = Libc<(typeof CALLS)[number]>;

/** Opens terminals, and has one thread wait for all of them. */
export class Terminals {
  #found: { readonly libc: TerminalCalls; readonly watch: DescriptorWatch } | undefined;
  #looked = false;

  /** Absent where there are none to be had. */
  open(): Terminal | undefined {
    const found = this.#find();
    if (!found) return undefined;
    const { libc, watch } = found;
    const master = libc.posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (master < 0) return undefined;
    const name = bytesOf(PATH_BYTES);
    const isOpen = libc.grantpt(master) === 0 && libc.unlockpt(master) === 0 &&
      libc.ptsname_r(master, name, BigInt(PATH_BYTES)) === 0;
    // Ours as well until the command has ended: before it has opened it, and when it closes it early.
    const slave = isOpen ? libc.open(name, O_RDWR | O_NOCTTY | O_CLOEXEC, 0) : -1;
    const path = new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
    const terminal = new Terminal({ libc, watch, master, slave, path });
    if (slave >= 0 && terminal.begin()) return terminal;
    terminal.close();
    return undefined;
  }

  #find() {
    if (!this.#looked) {
      this.#looked = true;
      const libc = openLibc(CALLS);
      if (libc) this.#found = { libc, watch: new DescriptorWatch(libc) };
    }
    return this.#found;
  }
}

function windowSize(): Bytes {
  const size = bytesOf(8);
  new Uint16Array(size.buffer).set([WINDOW.rows, WINDOW.columns]);
  return size;
}

interface TerminalParts {
  readonly libc: TerminalCalls;
  readonly watch: DescriptorWatch;
  /** Our end. */
  readonly master: number;
  /** The command's end, held by us as well; below zero where it could not be opened. */
  readonly slave: number;
  readonly path: string;
}

/** Our end of a terminal: what comes out of it, and what is typed. */
export class Terminal {
  /** Of the command's end. */
  readonly path: string;
  readonly #parts: TerminalParts;
  readonly #buffer = bytesOf(READ_BYTES);
  readonly #drained = Promise.withResolvers<void>();
  #onOutput: (bytes: Uint8Array) => void = () => {};
  /** Bytes at the buffer's front that begin a character. */
  #held = 0;
  #typed: Bytes[] = [];
  #isTaken = false;
  #holdsSlave = true;
  #closed = false;

  constructor(parts: TerminalParts) {
    this.path = parts.path;
    this.#parts = parts;
  }

  /** False where the system has no room for it. */
  begin(): boolean {
    const { libc, watch, master } = this.#parts;
    libc.ioctl(master, SET_WINDOW_SIZE, windowSize());
    return watch.add(master, (state) => this.#onReady(state));
  }

  /** Lends what comes, whole characters at a time; settles when nobody has it open any more. */
  read(onOutput: (bytes: Uint8Array) => void): Promise<void> {
    this.#onOutput = onOutput;
    return this.#drained.promise;
  }

  /** Does not wait for the command to read; false once the terminal is closed. */
  write(bytes: Uint8Array): boolean {
    if (this.#closed) return false;
    const own = bytesOf(bytes.length);
    own.set(bytes);
    this.#typed.push(own);
    this.#flush();
    return true;
  }

  /** The command is on it: before that, Ctrl-C would reach nobody. */
  taken(): void {
    this.#isTaken = true;
    this.#flush();
  }

  /** Whoever of the command's children has it open may go on with it. */
  commandEnded(): void {
    if (!this.#holdsSlave) return;
    this.#holdsSlave = false;
    const { libc, slave } = this.#parts;
    if (slave >= 0) libc.close(slave);
  }

  /** Hangs up. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { libc, watch, master } = this.#parts;
    if (this.#held > 0) this.#onOutput(this.#buffer.subarray(0, this.#held));
    this.commandEnded();
    watch.remove(master);
    libc.close(master);
    this.#drained.resolve();
  }

  #onReady({ hungUp }: DescriptorState): void {
    this.#flush();
    const { libc, master } = this.#parts;
    for (let reads = 0; reads < READS_AT_ONCE && !this.#closed; reads++) {
      const free = this.#buffer.subarray(this.#held);
      const count = Number(libc.read(master, free, BigInt(free.length)));
      if (count > 0) this.#take(count);
      // Nothing for now, or never again.
      else return hungUp ? this.close() : undefined;
    }
  }

  #take(count: number): void {
    const read = this.#buffer.subarray(0, this.#held + count);
    const whole = wholeCharacters(read);
    if (whole > 0) this.#onOutput(read.subarray(0, whole));
    this.#buffer.copyWithin(0, whole, read.length);
    this.#held = read.length - whole;
  }

  #flush(): void {
    if (!this.#isTaken || this.#typed.length === 0) return;
    const { libc, watch, master } = this.#parts;
    let isFull = false;
    while (!isFull && !this.#closed) {
      const [next] = this.#typed;
      if (!next) break;
      const count = Math.max(0, Number(libc.write(master, next, BigInt(next.length))));
      isFull = count < next.length;
      this.#typed.splice(0, 1, ...isFull ? [next.subarray(count)] : []);
    }
    watch.setWriting(master, isFull);
  }
}
