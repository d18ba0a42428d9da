/** decodex as a library: the agent loop for programs, with tools of their own. */

import { openThread } from "./cli/app.ts";
import { readSurroundings, workingFolder } from "./cli/surroundings.ts";
import { type ConfigFlags, resolveConfig } from "./config/config.ts";
import { CodexError, errorMessage } from "./protocol/error.ts";
import type { Event } from "./protocol/event.ts";
import type { ApprovalRequest, ReviewDecision } from "./protocol/policy.ts";
import type { TokenUsage } from "./protocol/response_item.ts";
import type { AnyTool } from "./protocol/tool.ts";
import type { Session } from "./session/session.ts";

export * as z from "zod/mini";
export { createModelClient, type ModelClientOptions } from "./client/mod.ts";
export { type Config, type ConfigFlags, resolveConfig } from "./config/config.ts";
export { CodexError, ConfigError, SandboxError, ToolError, UsageError } from "./protocol/error.ts";
export type { Event, ThreadItem } from "./protocol/event.ts";
export type { Host } from "./protocol/host.ts";
export type { ModelClient, Prompt, ResponseEvent } from "./protocol/model_client.ts";
export type { Op, UserInput } from "./protocol/op.ts";
export type { ApprovalRequest, Denial, ReviewDecision } from "./protocol/policy.ts";
export { createRedactor, type Redactor } from "./protocol/redact.ts";
export type { ResponseItem, TokenUsage } from "./protocol/response_item.ts";
export { choice, count, flag, list, text } from "./protocol/schema.ts";
export {
  type AnyTool,
  defineCustomTool,
  defineTool,
  type Tool,
  type ToolContext,
  type ToolOutput,
} from "./protocol/tool.ts";
export { Session, type SessionConfig } from "./session/session.ts";

export interface AgentOptions {
  /** Beside the built-in tools; one of the same name takes its place. */
  readonly tools?: readonly AnyTool[];
  /** The working folder; the process's own where absent. */
  readonly cwd?: string;
  /** `key=value` pairs over config.toml, as `-c` takes them. */
  readonly overrides?: readonly string[];
  readonly flags?: ConfigFlags;
  /** Instead of `CODEX_HOME/config.toml`. */
  readonly configFile?: string;
  /** Keep a session file. Default: no. */
  readonly keepSession?: boolean;
  /** Hears every event of every turn. */
  readonly onEvent?: (event: Event) => void;
  /**
   * Answers what a tool asks leave for. With it the approval policy is the configuration's, as for
   * somebody who is there; without it nobody is asked, unless `flags` name a policy: then all is denied.
   */
  readonly onApproval?: OnApproval;
}

export type OnApproval = (request: ApprovalRequest) => ReviewDecision | Promise<ReviewDecision>;

export interface Answer {
  /** The model's last message; empty where it said nothing. */
  readonly text: string;
  /** Of this turn. */
  readonly usage: TokenUsage;
}

export interface Agent extends AsyncDisposable {
  readonly threadId: string;
  /** Below `ask`: ops go in, events come out of `onEvent`. */
  readonly session: Session;
  /** One turn. Fails with a `CodexError` where the turn fails. */
  ask(prompt: string): Promise<Answer>;
  /** Ends every process that the agent has started. */
  close(): Promise<void>;
}

/**
 * A thread from the Codex configuration of this machine. Fails with a `SandboxError` where that
 * requires a level of confinement that cannot be had.
 */
export async function openAgent(options: AgentOptions = {}): Promise<Agent> {
  const { cwd = workingFolder(), tools = [], onEvent = () => {} } = options;
  const onWarning = (message: string) => onEvent({ type: "warning", message });
  const { home, env } = await readSurroundings(onWarning);
  const config = await resolveConfig({
    home,
    env,
    cwd,
    overrides: options.overrides ?? [],
    ...options.configFile !== undefined && { configFile: options.configFile },
    flags: options.flags ?? {},
    interactive: options.onApproval !== undefined,
    onWarning,
  });
  const thread = await openThread({
    config,
    env,
    cwd,
    home,
    ephemeral: !options.keepSession,
    originator: "decodex_library",
    tools,
    onWarning,
  });
  const running = thread.session.run();
  const turns = new Turns(thread.session, { onEvent, onApproval: options.onApproval });
  const close = async () => {
    thread.session.submit({ type: "interrupt" });
    thread.session.submit({ type: "shutdown" });
    await running;
    await thread.close();
  };
  return {
    threadId: thread.id,
    session: thread.session,
    ask: (prompt) => turns.ask(prompt),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Listeners {
  readonly onEvent: (event: Event) => void;
  readonly onApproval: OnApproval | undefined;
}

/** Hands each turn's end to who asked for it, in the order of asking. */
class Turns {
  readonly #session: Session;
  readonly #listeners: Listeners;
  readonly #waiting: { resolve(answer: Answer): void; reject(error: unknown): void }[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: Session, listeners: Listeners) {
    this.#session = session;
    this.#listeners = listeners;
    this.#read();
  }

  /** One after the other: text said during a turn would steer it. */
  ask(text: string): Promise<Answer> {
    const answer = this.#last.then(() => {
      const { promise, ...settle } = Promise.withResolvers<Answer>();
      this.#waiting.push(settle);
      this.#session.submit({ type: "user_input", items: [{ type: "text", text }] });
      return promise;
    });
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #read(): Promise<void> {
    for await (const event of this.#session.events) {
      this.#listeners.onEvent(event);
      if (event.type === "approval.requested") {
        this.#decide(event);
      } else if (event.type === "turn.completed") {
        const { last_agent_message: text = "", usage } = event;
        this.#waiting.shift()?.resolve({ text, usage });
      } else if (event.type === "turn.failed") {
        const { info, message } = event.error;
        this.#waiting.shift()?.reject(new CodexError(info, message));
      } else if (event.type === "turn.interrupted") {
        this.#waiting.shift()?.reject(new DOMException("The turn was interrupted", "AbortError"));
      }
    }
  }

  /** Nobody to say yes is a no, and so is one that fails. */
  async #decide({ id, request }: Extract<Event, { type: "approval.requested" }>): Promise<void> {
    const { onApproval, onEvent } = this.#listeners;
    let decision: ReviewDecision = "denied";
    try {
      decision = await onApproval?.(request) ?? "denied";
    } catch (error) {
      onEvent({ type: "warning", message: `onApproval failed: ${errorMessage(error)}` });
    }
    this.#session.submit({ type: "approval", id, decision });
  }
}
