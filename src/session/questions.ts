/** What a turn has asked the user and not been answered: approvals and questions. */

import type { Emit, Question } from "../protocol/event.ts";
import { uuidv7 } from "../protocol/id.ts";
import type { ApprovalRequest, ReviewDecision } from "../protocol/policy.ts";

export class Questions {
  readonly #emit: Emit;
  readonly #approvals = new Map<string, (decision: ReviewDecision) => void>();
  readonly #answers = new Map<string, (answers: Record<string, string[]> | undefined) => void>();
  readonly #approvedForSession = new Set<string>();
  readonly #approvedPrefixes: (readonly string[])[] = [];

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Waits for the `approval` op with this id; `abort` once the signal fires. */
  async approve(request: ApprovalRequest, signal: AbortSignal): Promise<ReviewDecision> {
    if (signal.aborted) return "abort";
    const key = keyOf(request);
    if (this.#approvedForSession.has(key) || this.#beginsAsApproved(request)) {
      return "approved_for_session";
    }
    const id = uuidv7();
    const { promise, resolve } = Promise.withResolvers<ReviewDecision>();
    this.#approvals.set(id, resolve);
    const abort = () => resolve("abort");
    signal.addEventListener("abort", abort, { once: true });
    this.#emit({ type: "approval.requested", id, request });
    const decision = await promise.finally(() => {
      this.#approvals.delete(id);
      signal.removeEventListener("abort", abort);
    });
    if (decision === "approved_for_session") {
      if (request.type === "exec" && request.prefix_rule) {
        this.#approvedPrefixes.push(request.prefix_rule);
      } else this.#approvedForSession.add(key);
    }
    return decision;
  }

  /** Every command of the script, each by the whole words of an approved prefix. */
  #beginsAsApproved(request: ApprovalRequest): boolean {
    if (request.type !== "exec" || !request.escalated) return false;
    const { plain_commands = [] } = request;
    return plain_commands.length > 0 &&
      plain_commands.every((command) =>
        this.#approvedPrefixes.some((prefix) => prefix.every((word, i) => command[i] === word))
      );
  }

  /** The options chosen for each question; absent when the signal fires first. */
  ask(questions: Question[], signal: AbortSignal): Promise<Record<string, string[]> | undefined> {
    const id = uuidv7();
    const { promise, resolve } = Promise.withResolvers<Record<string, string[]> | undefined>();
    this.#answers.set(id, resolve);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    this.#emit({ type: "user_input.requested", id, questions });
    return promise.finally(() => this.#answers.delete(id));
  }

  /** Gives whether anybody was waiting for it. */
  decide(id: string, decision: ReviewDecision): boolean {
    const resolve = this.#approvals.get(id);
    resolve?.(decision);
    return resolve !== undefined;
  }

  answer(id: string, answers: Record<string, string[]>): void {
    this.#answers.get(id)?.(answers);
  }
}

/** What is the same request again, whatever reason is given for it. */
function keyOf(request: ApprovalRequest): string {
  const { type } = request;
  if (type !== "exec") return JSON.stringify({ ...request, reason: undefined });
  const { command, cwd, escalated, permissions } = request;
  return JSON.stringify({ type, command, cwd, escalated, permissions });
}
