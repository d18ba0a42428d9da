/** What one turn has been granted, and what it was refused. */

import { CodexError } from "../protocol/error.ts";
import type { Emit } from "../protocol/event.ts";
import { type Denial, denialMessage, type RequestedPermissions } from "../protocol/policy.ts";
import type { TurnRights } from "../protocol/tool.ts";

export interface RightsDeps {
  readonly emit: Emit;
  /** Of the turn. */
  readonly abort: AbortController;
  /** Whether the first refusal ends the turn. */
  readonly onDenied: "continue" | "fail";
}

export class Rights implements TurnRights {
  readonly #deps: RightsDeps;
  readonly #told = new Set<string>();
  #granted: RequestedPermissions = {};

  constructor(deps: RightsDeps) {
    this.#deps = deps;
  }

  get granted(): RequestedPermissions {
    return this.#granted;
  }

  grant({ network, file_system = {} }: RequestedPermissions): void {
    const before = this.#granted;
    const { read = [], write = [] } = before.file_system ?? {};
    this.#granted = {
      network: { enabled: before.network?.enabled || network?.enabled },
      file_system: {
        read: [...new Set([...read, ...file_system.read ?? []])],
        write: [...new Set([...write, ...file_system.write ?? []])],
      },
    };
  }

  deny(denial: Denial): void {
    const message = denialMessage(denial);
    if (this.#told.has(message)) return;
    this.#told.add(message);
    const { emit, abort, onDenied } = this.#deps;
    emit({ type: "permission.denied", denial });
    if (onDenied === "fail") abort.abort(new CodexError("permission_refused", message));
  }
}
