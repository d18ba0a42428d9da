/** A thread at work: ops go in, events come out. */

import { CodexError, errorMessage, unreachable } from "../protocol/error.ts";
import type { Emit, Event } from "../protocol/event.ts";
import { uuidv7 } from "../protocol/id.ts";
import type { ModelClient, Prompt, TurnMetadata } from "../protocol/model_client.ts";
import type { Op, Submission, UserInput } from "../protocol/op.ts";
import {
  addUsage,
  type MessageItem,
  NO_USAGE,
  type ResponseItem,
  type TokenUsage,
  userMessage,
} from "../protocol/response_item.ts";
import { createRedactor, type Redactor } from "../protocol/redact.ts";
import { sleep } from "../protocol/retry.ts";
import { NO_RATE_LIMITS, type RecordLine } from "../protocol/rollout_line.ts";
import type { AnyTool, TurnContext } from "../protocol/tool.ts";
import { AsyncQueue } from "./async_queue.ts";
import { compact, type Compaction } from "./compact.ts";
import { History } from "./history.ts";
import { HiddenNotice } from "./hidden_notice.ts";
import { PendingInput } from "./pending_input.ts";
import { Questions } from "./questions.ts";
import { redactedConfig, redactedEmit } from "./redaction.ts";
import { ReportedItems } from "./reported_items.ts";
import { Rights, type RightsDeps } from "./rights.ts";
import { ToolCalls, toolKey } from "./tool_calls.ts";
import { runTurn, type TurnDeps } from "./turn.ts";

export type TurnDefaults = Omit<TurnContext, "turnId">;

export interface SessionConfig {
  readonly threadId: string;
  /** Base instructions. */
  readonly instructions: string;
  readonly turnDefaults: TurnDefaults;
  /** Parts of every request that the configuration settles. */
  readonly request: Pick<Prompt, "reasoning" | "service_tier" | "text">;
  readonly client: ModelClient;
  /** In the order in which the model is told of them. */
  readonly tools: readonly AnyTool[];
  /** How often a broken response is asked for again. */
  readonly streamMaxRetries: number;
  /** In tokens, as the rollout and `token_count` tell it. */
  readonly contextWindow: number;
  readonly compaction: Compaction;
  /** `continue` where absent. */
  readonly onDenied?: RightsDeps["onDenied"];
  /** What the model reads after an interrupt. */
  readonly turnAbortedNotice: string;
  /** What stands before the history of a new thread; called again by a compaction. */
  buildContext(turn: TurnContext): Promise<ResponseItem[]>;
  toMessage(items: UserInput[], turn: TurnContext): Promise<MessageItem>;
  turnMetadata(turn: TurnContext): Promise<TurnMetadata>;
  /** The payload of the rollout's `turn_context` line. */
  describeTurn(turn: TurnContext): Record<string, unknown>;
  readonly record: RecordLine;
  /** Takes out what is neither sent, shown nor stored. */
  readonly redactor?: Redactor;
  /** Of a resumed thread; they stand in its rollout already. */
  readonly initialHistory?: readonly ResponseItem[];
  /** What the resumed thread has cost so far. */
  readonly initialUsage?: TokenUsage;
  /** How long the resumed history was when the server counted it last. */
  readonly initialTokens?: number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface ActiveTurn {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class Session {
  readonly events = new AsyncQueue<Event>();
  readonly questions: Questions;
  readonly #submissions = new AsyncQueue<Submission>();
  readonly #history: History;
  readonly #config: SessionConfig;
  readonly #redactor: Redactor;
  readonly #emit: Emit;
  readonly #hiddenNotice: HiddenNotice;
  readonly #tools: ReadonlyMap<string, AnyTool>;
  readonly #pendingInput = new PendingInput();
  #turnDefaults: TurnDefaults;
  #totalUsage: TokenUsage;
  #active: ActiveTurn | undefined;

  constructor(given: SessionConfig) {
    this.#redactor = given.redactor ?? createRedactor([]);
    const config = this.#config = redactedConfig(given, this.#redactor);
    this.#emit = redactedEmit((event) => this.events.push(event), this.#redactor);
    this.#hiddenNotice = new HiddenNotice(this.#emit);
    this.#turnDefaults = config.turnDefaults;
    this.#totalUsage = config.initialUsage ?? NO_USAGE;
    this.#tools = new Map(config.tools.map((tool) => [toolKey(tool.kind, tool.name), tool]));
    this.#history = new History(config.record, config.initialHistory);
    if (config.initialTokens !== undefined) this.#history.noteUsage(config.initialTokens);
    this.questions = new Questions(this.#emit);
  }

  /** Gives the id of the submission, which is the turn's id where it starts one. */
  submit(op: Op): string {
    const id = uuidv7();
    this.#submissions.push({ id, op });
    return id;
  }

  /** The submission loop. Ends with `shutdown`, once the turn at work has ended. */
  async run(): Promise<void> {
    this.#emit({ type: "thread.started", thread_id: this.#config.threadId });
    for await (const { id, op } of this.#submissions) {
      switch (op.type) {
        case "user_input":
          this.#takeInput(id, op.items);
          break;
        case "interrupt":
          this.#active?.abort.abort(new DOMException("interrupted", "AbortError"));
          break;
        case "approval":
          this.#decide(op);
          break;
        case "user_input_answer":
          this.questions.answer(op.id, op.answers);
          break;
        case "override_turn_context":
          this.#turnDefaults = override(this.#turnDefaults, op);
          break;
        case "compact":
          this.#start(id, compactOnly);
          break;
        case "shutdown":
          await this.#active?.done;
          return this.events.close();
        default:
          unreachable(op);
      }
    }
  }

  /** An answer that nobody waits for any more ends nothing. */
  #decide({ id, decision }: Extract<Op, { type: "approval" }>): void {
    const isAwaited = this.questions.decide(id, decision);
    if (isAwaited && decision === "abort") this.#active?.abort.abort();
  }

  /** Input during a turn steers it; any other input starts one. */
  #takeInput(id: string, items: UserInput[]): void {
    this.#pendingInput.push(items);
    if (!this.#active) this.#start(id, runTurn);
  }

  #start(id: string, work: (deps: TurnDeps) => Promise<string | undefined>): void {
    if (this.#active) {
      return this.#emit({
        type: "warning",
        message: "Cannot compact while a turn is at work",
      });
    }
    const abort = new AbortController();
    const turn = Object.freeze({ ...this.#turnDefaults, turnId: id });
    this.#active = { abort, done: this.#runTurn(turn, { work, abort }) };
  }

  /** The one place where a turn's failure becomes an event. */
  async #runTurn(
    turn: TurnContext,
    { work, abort }: {
      work: (deps: TurnDeps) => Promise<string | undefined>;
      abort: AbortController;
    },
  ): Promise<void> {
    const turn_id = turn.turnId;
    const before = this.#totalUsage;
    const items = new ReportedItems(this.#emit);
    this.#emit({ type: "turn.started", turn_id });
    try {
      const answer = await work(await this.#prepare(turn, { items, abort }));
      items.closeAll();
      this.#recordEnd(turn_id, answer);
      const usage = subtractUsage(this.#totalUsage, before);
      const message = answer === undefined ? {} : { last_agent_message: answer };
      this.#end({ type: "turn.completed", turn_id, usage, ...message });
    } catch (error) {
      items.closeAll();
      const { aborted, reason } = abort.signal;
      if (aborted && !(reason instanceof CodexError)) this.#interrupted(turn_id);
      else this.#failed(turn_id, aborted ? reason : error);
    }
  }

  /** Records the turn's start, and what stands before the first one, while metadata is looked up. */
  async #prepare(
    turn: TurnContext,
    { items, abort }: { items: ReportedItems; abort: AbortController },
  ): Promise<TurnDeps> {
    const config = this.#config;
    const { signal } = abort;
    const emit = this.#emit;
    config.record({
      type: "event_msg",
      payload: {
        type: "task_started",
        turn_id: turn.turnId,
        model_context_window: config.contextWindow,
        collaboration_mode_kind: turn.collaborationMode,
      },
    });
    const [turnMetadata, context] = await Promise.all([
      config.turnMetadata(turn),
      this.#history.items.length === 0 ? config.buildContext(turn) : [],
    ]);
    this.#history.append(...context);
    config.record({ type: "turn_context", payload: config.describeTurn(turn) });
    return {
      ...config,
      sleep: config.sleep ?? sleep,
      turn,
      signal,
      emit,
      history: this.#history,
      pendingInput: this.#pendingInput,
      onUsage: (usage) => this.#noteUsage(usage),
      calls: new ToolCalls({
        tools: this.#tools,
        turn,
        signal,
        emit,
        items,
        redactor: this.#redactor,
        hiddenNotice: this.#hiddenNotice,
        now: () => performance.now(),
        requestApproval: (request) => this.questions.approve(request, signal),
        rights: new Rights({ emit, abort, onDenied: config.onDenied ?? "continue" }),
      }),
      toPrompt: (turn, input) => this.#toPrompt(turn, { input, turnMetadata }),
    };
  }

  #toPrompt(
    turn: TurnContext,
    { input, turnMetadata }: Pick<Prompt, "input"> & { turnMetadata: TurnMetadata },
  ): Prompt {
    return {
      ...this.#config.request,
      model: turn.model.slug,
      instructions: this.#config.instructions,
      input,
      tools: this.#config.tools.flatMap((tool) => tool.spec ? [tool.spec] : []),
      parallel_tool_calls: turn.model.supportsParallelToolCalls,
      turnMetadata,
    };
  }

  #noteUsage(usage: TokenUsage): void {
    this.#totalUsage = addUsage(this.#totalUsage, usage);
    this.#history.noteUsage(usage.total_tokens);
    const { contextWindow } = this.#config;
    this.#config.record({
      type: "event_msg",
      payload: {
        type: "token_count",
        info: {
          total_token_usage: this.#totalUsage,
          last_token_usage: usage,
          model_context_window: contextWindow,
        },
        rate_limits: NO_RATE_LIMITS,
      },
    });
    this.#emit({
      type: "token_count",
      usage,
      total: this.#totalUsage,
      context_window: contextWindow,
    });
  }

  #interrupted(turn_id: string): void {
    this.#history.append(userMessage(this.#config.turnAbortedNotice));
    this.#config.record({
      type: "event_msg",
      payload: { type: "turn_aborted", turn_id, reason: "interrupted" },
    });
    this.#end({ type: "turn.interrupted", turn_id });
  }

  #failed(turn_id: string, error: unknown): void {
    const info = error instanceof CodexError ? error.info : "other";
    const message = errorMessage(error);
    this.#config.record({ type: "event_msg", payload: { type: "error", message } });
    this.#recordEnd(turn_id, undefined);
    this.#end({ type: "turn.failed", turn_id, error: { info, message } });
  }

  #recordEnd(turn_id: string, answer: string | undefined): void {
    this.#config.record({
      type: "event_msg",
      payload: { type: "task_complete", turn_id, last_agent_message: answer ?? null },
    });
  }

  /** Input that came too late for the turn that has ended starts the next one. */
  #end(event: Event): void {
    this.#active = undefined;
    this.#emit(event);
    const goesOn = event.type !== "turn.failed" && !this.#pendingInput.isEmpty;
    if (goesOn) this.#start(uuidv7(), runTurn);
  }
}

async function compactOnly(deps: TurnDeps): Promise<undefined> {
  await compact(deps);
}

function override(
  defaults: TurnDefaults,
  changes: Extract<Op, { type: "override_turn_context" }>,
): TurnDefaults {
  return {
    ...defaults,
    cwd: changes.cwd ?? defaults.cwd,
    model: changes.model === undefined
      ? defaults.model
      : { ...defaults.model, slug: changes.model },
    approvalPolicy: changes.approval_policy ?? defaults.approvalPolicy,
    sandboxPolicy: changes.sandbox_policy ?? defaults.sandboxPolicy,
  };
}

function subtractUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    input_tokens: a.input_tokens - b.input_tokens,
    cached_input_tokens: a.cached_input_tokens - b.cached_input_tokens,
    output_tokens: a.output_tokens - b.output_tokens,
    reasoning_output_tokens: a.reasoning_output_tokens - b.reasoning_output_tokens,
    total_tokens: a.total_tokens - b.total_tokens,
  };
}
