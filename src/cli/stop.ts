/** Signals that end a run: the first asks for an orderly end, the second takes it. */

import { mayUse } from "../exec/permissions.ts";
import { EXIT } from "./exit_code.ts";

const CODES = {
  SIGINT: EXIT.interrupt,
  SIGTERM: EXIT.terminate,
  SIGHUP: EXIT.hangup,
} as const satisfies Partial<Record<Deno.Signal, number>>;

/** An orderly end that takes longer is not one: the whole run is gone two seconds after a signal. */
const GRACE_MS = 1900;

export class Stop {
  /** Set once a stop was asked for. */
  exitCode: number | undefined;
  #request: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners: [Deno.Signal, () => void][] = [];

  /** `ignoresHangup`: whoever started this program wants it to outlive the terminal (`nohup`). */
  constructor({ ignoresHangup = false } = {}) {
    for (const [signal, code] of Object.entries(CODES) as [Deno.Signal, number][]) {
      // Deno itself ends a program that listens to some signals and not to this one.
      const isIgnored = signal === "SIGHUP" && ignoresHangup;
      const listener = () => isIgnored ? undefined : this.now(code);
      try {
        Deno.addSignalListener(signal, listener);
        this.#listeners.push([signal, listener]);
      } catch {
        // A system without this signal cannot send it.
      }
    }
  }

  /** What asks the turn to end; called at once where the stop came earlier. */
  onRequest(request: () => void): void {
    this.#request = request;
    if (this.exitCode !== undefined) request();
  }

  now(code: number): void {
    if (this.exitCode !== undefined || !this.#request) {
      if (code !== EXIT.brokenPipe) Deno.exit(code);
    }
    if (this.exitCode !== undefined) return;
    this.exitCode = code;
    this.#timer = setTimeout(() => Deno.exit(code), GRACE_MS);
    this.#request?.();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}

const STATUS = "/proc/self/status";

/** Whether a hang-up was being ignored when this program was started. Known on Linux alone. */
export function ignoresHangup(): boolean {
  if (Deno.build.os !== "linux" || !mayUse("read", STATUS)) return false;
  try {
    const mask = /^SigIgn:\s*[0-9a-f]*([0-9a-f])$/m.exec(
      Deno.readTextFileSync(STATUS),
    );
    return (parseInt(mask?.[1] ?? "0", 16) & 1) === 1;
  } catch {
    return false;
  }
}
