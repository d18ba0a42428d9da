/** Somebody at a terminal: types, and reads on until something stands there. */

import type { ProcessOutput } from "../../src/protocol/host.ts";
import type { Workspace } from "./workspace.ts";

/** Long enough that it is never waited for to its end. */
export const LONG_MS = 30_000;

export class Typist {
  readonly #workspace: Workspace;
  readonly #id: number;
  /** What has come and is not read yet. */
  #output: string;
  #code: number | undefined;

  constructor(workspace: Workspace, { sessionId = 0, output, exit }: ProcessOutput) {
    this.#workspace = workspace;
    this.#id = sessionId;
    this.#output = output;
    this.#code = exit?.code;
  }

  async type(chars: string): Promise<void> {
    await this.#write(chars, 0);
  }

  /** Up to where `end` stands first; what there is where that does not come. */
  async until(end: string): Promise<string> {
    const deadline = performance.now() + LONG_MS;
    while (!this.#output.includes(end) && performance.now() < deadline) await this.#write("", 10);
    const at = this.#output.indexOf(end);
    const read = at < 0 ? this.#output : this.#output.slice(0, at + end.length);
    this.#output = this.#output.slice(read.length);
    return read;
  }

  /** What is still written, and the exit code. */
  async end(): Promise<[output: string, code: number | undefined]> {
    await this.#write("", LONG_MS);
    return [this.#output, this.#code];
  }

  async #write(chars: string, yieldTimeMs: number): Promise<void> {
    if (this.#code !== undefined) return;
    const request = { sessionId: this.#id, chars, yieldTimeMs };
    const ctx = this.#workspace.context();
    const { output, exit } = await this.#workspace.host.processes.write(request, ctx);
    this.#output += output;
    this.#code = exit?.code;
  }
}
