/** The one place that starts processes: each in a group of its own, without our terminal. */

import { toFileError } from "./file_error.ts";
import { descendants, type ProcessTable } from "./process_table.ts";
import type { Terminal, Terminals } from "./terminal.ts";
import { launchOnTerminal, throughScript } from "./terminal_command.ts";
import { wholeCharacters } from "../protocol/utf8.ts";
import { settledWithin } from "./wait.ts";

const READ_BYTES = 64 * 1024;
/** From the polite signal to the other one. */
const TERM_GRACE_MS = 2000;
/** How long output is awaited that a grandchild may still hold open. */
const DRAIN_MS = 500;

export interface SpawnRequest {
  /** An argument vector, its program first. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** All that the process sees of an environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A pipe that stays open for `write`, or a terminal to type on; else it is empty. */
  readonly stdin: "empty" | "open" | "terminal";
  /** Only its standard output is heard. */
  readonly dropsErrors?: boolean;
  readonly table: ProcessTable;
  readonly terminals: Pick<Terminals, "open">;
  /** Is lent what the process writes, whole characters at a time. */
  onOutput(bytes: Uint8Array): void;
}

export interface ProcessExit {
  /** 128 + n after signal n. */
  readonly code: number;
  readonly signal?: number;
}

/** A started process with all that belongs to it. */
export interface RunningProcess {
  /**
   * Once it has ended and its output is read; where something that it left behind holds the output
   * open, a moment later. Never fails.
   */
  readonly ended: Promise<ProcessExit>;
  /** What is written is typed: line ends, Ctrl-C and Ctrl-D mean what they mean there. */
  readonly hasTerminal: boolean;
  /** Whether anything of the group still runs. */
  isAlive(): boolean;
  /** False where its standard input is closed. Does not wait for the process to read. */
  write(bytes: Uint8Array): boolean;
  closeStdin(): void;
  /** What Ctrl-C does. */
  interrupt(): void;
  /** Asks the group to end, and ends what has not followed two seconds later. */
  terminate(): void;
  /** Ends what is left now, and lets go of the output. */
  kill(): void;
}

/**
 * Fails with a `FileError` whose path is the folder or the program that is not there. Where there is
 * no terminal to be had, a pipe that stays open stands in for it.
 */
export function spawnProcess(request: SpawnRequest): RunningProcess {
  if (request.stdin !== "terminal") return spawnPiped(request);
  const terminal = request.terminals.open();
  if (terminal) return spawnOnTerminal(request, terminal);
  const piped = { ...request, stdin: "open" } as const;
  // Elsewhere it goes by the same name and other options.
  if (Deno.build.os !== "linux") return spawnPiped(piped);
  try {
    return spawnPiped({ ...piped, ...throughScript(request) }, { hasTerminal: true });
  } catch {
    return spawnPiped(piped);
  }
}

function spawnPiped(request: SpawnRequest, { hasTerminal = false } = {}): RunningProcess {
  const [program = "", ...args] = request.command;
  try {
    const child = new Deno.Command(program, {
      args,
      cwd: request.cwd,
      env: { ...request.env },
      clearEnv: true,
      detached: true,
      stdin: request.stdin === "empty" ? "null" : "piped",
      stdout: "piped",
      stderr: request.dropsErrors ? "null" : "piped",
    }).spawn();
    return new ProcessGroup(child, { ...request, hasTerminal });
  } catch (error) {
    throw toSpawnError(error, request);
  }
}

function spawnOnTerminal(request: SpawnRequest, terminal: Terminal): RunningProcess {
  try {
    const child = launchOnTerminal(terminal, request);
    return new ProcessGroup(child, { ...request, hasTerminal: true, terminal });
  } catch (error) {
    terminal.close();
    throw toSpawnError(error, request);
  }
}

/** The runtime tells a missing folder from a missing program by its words alone. */
function toSpawnError(error: unknown, request: SpawnRequest): unknown {
  const message = error instanceof Error ? error.message : "";
  const { cwd, command: [program = ""] } = request;
  if (message.includes("No such cwd")) return toFileError(new Deno.errors.NotFound(), cwd);
  if (message.includes("cwd is not a directory")) {
    return toFileError(new Deno.errors.NotADirectory(), cwd);
  }
  return toFileError(error, program);
}

type GroupRequest = SpawnRequest & { readonly hasTerminal: boolean; readonly terminal?: Terminal };

class ProcessGroup implements RunningProcess {
  readonly ended: Promise<ProcessExit>;
  readonly hasTerminal: boolean;
  readonly #child: Deno.ChildProcess;
  readonly #readers: ReadableStreamBYOBReader[] = [];
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | undefined;
  readonly #terminal: Terminal | undefined;
  readonly #onOutput: (bytes: Uint8Array) => void;
  readonly #table: ProcessTable;
  /** Seen below the leader when it was told to end, in whatever session they are. */
  #tree: readonly number[] = [];
  #stdinOpen: boolean;
  #listening = true;
  #leaderEnded = false;
  #gone = false;
  #killTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(child: Deno.ChildProcess, request: GroupRequest) {
    this.#child = child;
    this.hasTerminal = request.hasTerminal;
    this.#terminal = request.terminal;
    this.#onOutput = (bytes) => {
      if (this.#listening) request.onOutput(bytes);
    };
    this.#table = request.table;
    this.#stdinOpen = !request.terminal && request.stdin !== "empty";
    if (this.#stdinOpen) this.#stdin = child.stdin.getWriter();
    this.ended = this.#end(Promise.allSettled([
      this.#terminal?.read(this.#onOutput) ?? this.#pump(child.stdout),
      // On a terminal it is what the launch has to say, and ends where the command begins.
      request.dropsErrors || this.#pump(child.stderr).finally(() => this.#terminal?.taken()),
    ]));
  }

  isAlive(): boolean {
    return this.#signal(0) && (!this.#leaderEnded || this.#hasLivingMember());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#terminal) return this.#terminal.write(bytes);
    if (!this.#stdinOpen) return false;
    this.#stdin?.write(bytes.slice()).catch(() => this.#stdinOpen = false);
    return true;
  }

  closeStdin(): void {
    if (!this.#stdinOpen) return;
    this.#stdinOpen = false;
    // The reader may have gone before us.
    this.#stdin?.close().catch(() => {});
  }

  interrupt(): void {
    this.#signal("SIGINT");
  }

  terminate(): void {
    if (this.#killTimer !== undefined || this.#gone) return;
    this.#noteTree();
    // A shell that talks to somebody hears this one alone.
    if (this.#terminal) this.#signalAll("SIGHUP");
    this.#signalAll("SIGTERM");
    this.#killTimer = setTimeout(() => this.#signalAll("SIGKILL"), TERM_GRACE_MS);
  }

  kill(): void {
    clearTimeout(this.#killTimer);
    this.#noteTree();
    this.#signalAll("SIGKILL");
    this.#listening = false;
    for (const reader of this.#readers) reader.cancel().catch(() => {});
    this.#terminal?.close();
  }

  async #end(drained: Promise<unknown>): Promise<ProcessExit> {
    const { code, signal } = await this.#child.status;
    this.#leaderEnded = true;
    this.#terminal?.commandEnded();
    await settledWithin(drained, { ms: DRAIN_MS });
    this.#listening = false;
    this.closeStdin();
    if (this.#tree.length === 0 && !this.isAlive()) clearTimeout(this.#killTimer);
    return signal === null ? { code } : { code, signal: code - 128 };
  }

  /** Goes on after the end, so that what was left behind is not broken by a closed pipe. */
  async #pump(stream: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stream.getReader({ mode: "byob" });
    this.#readers.push(reader);
    let buffer = new Uint8Array(READ_BYTES);
    let held = 0;
    while (true) {
      const { value, done } = await reader.read(buffer.subarray(held));
      if (!value) return;
      buffer = new Uint8Array(value.buffer);
      const read = buffer.subarray(0, held + value.length);
      const whole = done ? read.length : wholeCharacters(read);
      if (whole > 0) this.#onOutput(read.subarray(0, whole));
      if (done) return;
      buffer.copyWithin(0, whole, read.length);
      held = read.length - whole;
    }
  }

  /**
   * What has left the group and its session is still below the leader, as long as that lives; what
   * a shell has put into a group of its own is in the session, whoever its parent is by now.
   */
  #noteTree(): void {
    if (this.#leaderEnded) return;
    const { pid: leader } = this.#child;
    const table = this.#table.read() ?? [];
    const inSession = table.filter(({ pid, session }) => session === leader && pid !== leader);
    const found = [...descendants(table, leader), ...inSession.map(({ pid }) => pid)];
    this.#tree = [...new Set([...this.#tree, ...found])];
  }

  #signalAll(signal: Deno.Signal): void {
    this.#signal(signal);
    if (this.#tree.length === 0) return;
    // A number that is not there any more may be another's soon.
    const living = new Map(this.#table.read()?.map((entry) => [entry.pid, entry]));
    this.#tree = this.#tree.filter((pid) => living.get(pid)?.isZombie === false);
    for (const pid of this.#tree) signalOne(pid, signal);
  }

  /** True where there is no table to ask. */
  #hasLivingMember(): boolean {
    const table = this.#table.read();
    return table?.some(({ group, isZombie }) => group === this.#child.pid && !isZombie) ?? true;
  }

  /** False once the group is gone; then its number may be another's, and is never used again. */
  #signal(signal: Deno.Signal | 0): boolean {
    if (this.#gone) return false;
    try {
      // The types know no signal 0, which only asks.
      Deno.kill(-this.#child.pid, signal as Deno.Signal);
    } catch (error) {
      this.#gone = error instanceof Deno.errors.NotFound;
    }
    return !this.#gone;
  }
}

/** One that has ended by itself is none to signal. */
export function signalOne(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // Gone.
  }
}
