/** What a turn has asked the user and not been answered: approvals and questions. */

import type { Emit, Question } from "../protocol/event.ts";
import { uuidv7 } from "../protocol/id.ts";
import type { ApprovalRequest, ReviewDecision } from "../protocol/policy.ts";

export class Questions {
  readonly #emit: Emit;
  readonly #approvals = new Map<string, (decision: ReviewDecision) => void>();
  readonly #answers = new Map<string, (answers: Record<string, string[]> | undefined) => void>();
  readonly #approvedForSession = new Set<string>();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Waits for the `approval` op with this id; `abort` once the signal fires. */
  async approve(request: ApprovalRequest, signal: AbortSignal): Promise<ReviewDecision> {
    const key = JSON.stringify({ ...request, reason: undefined });
    if (this.#approvedForSession.has(key)) return "approved_for_session";
    const id = uuidv7();
    const { promise, resolve } = Promise.withResolvers<ReviewDecision>();
    this.#approvals.set(id, resolve);
    signal.addEventListener("abort", () => resolve("abort"), { once: true });
    this.#emit({ type: "approval.requested", id, request });
    const decision = await promise.finally(() => this.#approvals.delete(id));
    if (decision === "approved_for_session") this.#approvedForSession.add(key);
    return decision;
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

  decide(id: string, decision: ReviewDecision): void {
    this.#approvals.get(id)?.(decision);
  }

  answer(id: string, answers: Record<string, string[]>): void {
    this.#answers.get(id)?.(answers);
  }
}
