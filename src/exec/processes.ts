/** `exec_command` sessions: processes that outlive the call that started them. */

import { ToolError } from "../protocol/error.ts";
import type { ProcessOutput, ProcessWrite } from "../protocol/host.ts";
import type { HostCall } from "./host_call.ts";
import type { LocalProcesses, StartRequest } from "./local_host.ts";
import { OutputBuffer } from "./output_buffer.ts";
import type { ProcessGroups } from "./process_groups.ts";
import type { ProcessExit, RunningProcess } from "./spawn.ts";
import { Spool, type SpoolFolder } from "./spool.ts";
import { settledWithin } from "./wait.ts";

const MOST_SESSIONS = 64;
/** From here on the user is told that sessions will be closed. */
const WARN_SESSIONS = 60;

interface Session {
  readonly id: number;
  readonly process: RunningProcess;
  readonly unread: OutputBuffer;
  readonly everything: OutputBuffer;
  readonly spool: Spool;
  readonly startedBy: { readonly callId: string; readonly command: readonly string[] };
  exit?: ProcessExit;
  /** Of the call that waits. */
  onOutput?: HostCall["onOutput"];
  lastUsed: number;
  /** Calls that wait for it now. */
  lookers: number;
  /** One call at a time reads; each waits for the one before. */
  turn: Promise<unknown>;
}

export interface SessionsDeps {
  readonly groups: ProcessGroups;
  readonly spools: SpoolFolder;
  readonly environment: Readonly<Record<string, string>>;
}

export class ProcessSessions implements LocalProcesses {
  readonly #deps: SessionsDeps;
  readonly #sessions = new Map<number, Session>();
  /** Of any session; the next one is another promise. */
  #lookEnded = Promise.withResolvers<void>();

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  async start(request: StartRequest, call: HostCall): Promise<ProcessOutput> {
    call.signal.throwIfAborted();
    // What other calls wait for is not ended to make room; every look has its own end.
    while (this.#sessions.size - this.#idle().length >= MOST_SESSIONS) {
      await settledWithin(this.#lookEnded.promise, { ms: Infinity, signal: call.signal });
    }
    const startedAt = performance.now();
    const session = this.#spawn(request, call);
    this.#makeRoom(session, call);
    return await this.#lookAfter(session, { startedAt, ms: request.yieldTimeMs, call });
  }

  async write(request: ProcessWrite, call: HostCall): Promise<ProcessOutput> {
    const startedAt = performance.now();
    const session = this.#find(request.sessionId);
    session.lastUsed = startedAt;
    const before = session.turn;
    const looked = before.then(() => {
      this.#find(session.id);
      if (request.chars !== "" && !session.exit) type(session.process, request.chars);
      return this.#lookAfter(session, { startedAt, ms: request.yieldTimeMs, call });
    });
    session.turn = looked.catch(() => {});
    return await looked;
  }

  #find(id: number): Session {
    const session = this.#sessions.get(id);
    if (!session) throw new ToolError(`write_stdin failed: Unknown process id ${id}`);
    return session;
  }

  #spawn(request: StartRequest, call: HostCall): Session {
    const { groups, spools, environment } = this.#deps;
    const buffers = [new OutputBuffer(), new OutputBuffer()] as const;
    const spool = new Spool(spools);
    const process = groups.spawn({
      command: request.command,
      cwd: request.cwd,
      env: environment,
      stdin: request.tty ? "terminal" : "empty",
      onOutput: (bytes) => {
        for (const buffer of buffers) buffer.append(bytes);
        spool.append(bytes);
        session.onOutput?.(bytes);
      },
    });
    const session: Session = {
      id: request.sessionId,
      process,
      unread: buffers[0],
      everything: buffers[1],
      spool,
      startedBy: { callId: call.callId, command: request.command },
      lastUsed: performance.now(),
      lookers: 0,
      turn: Promise.resolve(),
    };
    process.ended.then((exit) => {
      session.exit = exit;
      spool.close();
    });
    this.#sessions.set(session.id, session);
    return session;
  }

  #idle(): Session[] {
    return [...this.#sessions.values()].filter(({ lookers }) => lookers === 0);
  }

  /** An ended session that nobody asked for goes first, then the one unused for longest. */
  #makeRoom(latest: Session, call: HostCall): void {
    const others = this.#idle().filter((session) => session !== latest);
    if (this.#sessions.size > MOST_SESSIONS) {
      const [first] = others.sort((a, b) =>
        Number(b.exit !== undefined) - Number(a.exit !== undefined) || a.lastUsed - b.lastUsed
      );
      if (first) this.#end(first);
      if (first && !first.exit) {
        const message = `Process ${first.id} was ended for a new one: ${MOST_SESSIONS} may be open`;
        call.report({ type: "error", message }, `${call.callId}-ended`);
      }
    }
    const running = this.#idle().length;
    if (running < WARN_SESSIONS) return;
    const message = `${running} processes are open and ${MOST_SESSIONS} may be: ` +
      "the ones unused for longest are ended first";
    call.report({ type: "error", message }, `${call.callId}-sessions`);
  }

  /** Waits for the end of the process or of the time, then reads what is new. */
  async #lookAfter(
    session: Session,
    wait: { startedAt: number; ms: number; call: HostCall },
  ): Promise<ProcessOutput> {
    const { signal, onOutput } = wait.call;
    session.onOutput = onOutput;
    if (session.unread.totalBytes > 0) {
      onOutput?.(new TextEncoder().encode(session.unread.read().output));
    }
    session.lookers++;
    try {
      await settledWithin(session.process.ended, { ms: wait.ms, signal });
    } finally {
      session.onOutput = undefined;
      session.lookers--;
      this.#lookEnded.resolve();
      this.#lookEnded = Promise.withResolvers();
      // An interrupt ends what the user was made to wait for.
      if (signal.aborted) this.#end(session);
    }
    const { exit, spool } = session;
    if (exit) this.#sessions.delete(session.id);
    return {
      ...session.unread.take(),
      wallTimeMs: performance.now() - wait.startedAt,
      startedBy: session.startedBy,
      ...exit === undefined ? { sessionId: session.id } : { exit: this.#exitOf(session, exit) },
      ...spool.path !== undefined && { fullOutputPath: spool.path },
    };
  }

  #exitOf(session: Session, exit: ProcessExit): NonNullable<ProcessOutput["exit"]> {
    return {
      code: exit.code,
      aggregatedOutput: session.everything.read().output,
    };
  }

  #end(session: Session): void {
    this.#sessions.delete(session.id);
    session.process.terminate();
  }
}

/** Without a terminal, what its keys would do: Enter, Ctrl-C and Ctrl-D; the rest is text. */
function type(process: RunningProcess, chars: string): void {
  if (process.hasTerminal) return void process.write(new TextEncoder().encode(chars));
  let text = "";
  const send = (): void => {
    if (text !== "" && !process.write(new TextEncoder().encode(text))) throw stdinClosed();
    text = "";
  };
  for (const char of chars.replaceAll("\r\n", "\n")) {
    if (char !== "\u0003" && char !== "\u0004") {
      text += char === "\r" ? "\n" : char;
      continue;
    }
    send();
    if (char === "\u0004") process.closeStdin();
    else process.interrupt();
  }
  send();
}

function stdinClosed(): ToolError {
  return new ToolError(
    "write_stdin failed: stdin is closed for this session; " +
      "rerun exec_command with tty=true to keep stdin open",
  );
}
