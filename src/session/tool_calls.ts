/** Runs the calls of one response as they arrive and answers each of them. */

import { CodexError, errorMessage, ToolError } from "../protocol/error.ts";
import type { Emit } from "../protocol/event.ts";
import { FileError } from "../protocol/host.ts";
import type { Redactor } from "../protocol/redact.ts";
import {
  callOutput,
  type FunctionCallOutputItem,
  type ToolCallItem,
} from "../protocol/response_item.ts";
import type { AnyTool, Tool, ToolContext, TurnContext } from "../protocol/tool.ts";
import { truncateText } from "../protocol/truncate.ts";
import type { HiddenNotice } from "./hidden_notice.ts";
import type { ReportedItems } from "./reported_items.ts";

export interface ToolRuntime {
  /** By `toolKey()`. */
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly turn: TurnContext;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly items: ReportedItems;
  readonly redactor: Redactor;
  readonly hiddenNotice: Pick<HiddenNotice, "mark">;
  readonly requestApproval: ToolContext["requestApproval"];
  readonly rights: ToolContext["rights"];
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

type Output = FunctionCallOutputItem["output"];

/**
 * Parallel calls run beside each other; an exclusive one waits for every earlier call and holds
 * back every later one. A call that the model repeats within the turn is answered with what the
 * first one gave.
 */
export class ToolCalls {
  readonly #runtime: ToolRuntime;
  readonly #answers = new Map<string, Promise<Output>>();
  readonly #unsettled: { call: ToolCallItem; answer: Promise<Output> }[] = [];
  #beforeParallel: Promise<unknown> = Promise.resolve();
  #beforeExclusive: Promise<unknown> = Promise.resolve();

  constructor(runtime: ToolRuntime) {
    this.#runtime = runtime;
  }

  /** Starts the call, or remembers to answer a repeated one as before. */
  start(call: ToolCallItem): void {
    const key = JSON.stringify([call.call_id, nameOf(call), inputOf(call)]);
    let answer = this.#answers.get(key);
    if (!answer) {
      answer = this.#schedule(call);
      this.#answers.set(key, answer);
    }
    this.#unsettled.push({ call, answer });
  }

  /** The outputs of all calls since the last time, in call order. Never fails. */
  async settle(): Promise<FunctionCallOutputItem[]> {
    const calls = this.#unsettled.splice(0);
    return await Promise.all(
      calls.map(async ({ call, answer }) => callOutput(call, await answer)),
    );
  }

  #schedule(call: ToolCallItem): Promise<Output> {
    const tool = findTool(call, this.#runtime.tools);
    if (typeof tool === "string") return Promise.resolve(this.#runtime.redactor.text(tool));
    const gate = tool.parallel ? this.#beforeParallel : this.#beforeExclusive;
    const answer = gate.then(() => runToolCall(call, tool, this.#runtime));
    this.#beforeExclusive = Promise.all([this.#beforeExclusive, answer]);
    if (!tool.parallel) this.#beforeParallel = this.#beforeExclusive;
    return answer;
  }
}

/** A name may stand for a function and for a free-form tool at once. */
export function toolKey(kind: AnyTool["kind"], name: string): string {
  return `${kind} ${name}`;
}

/** The tool, or what a call of something else is answered. */
function findTool(call: ToolCallItem, tools: ReadonlyMap<string, AnyTool>): Tool | string {
  const name = nameOf(call);
  const kind = call.type === "custom_tool_call" ? "custom" : "function";
  const tool = tools.get(toolKey(kind, name));
  if (tool && tool.kind !== "hosted") return tool;
  return kind === "custom" ? `unsupported custom tool call: ${name}` : `unsupported call: ${name}`;
}

function nameOf(call: ToolCallItem): string {
  return call.type === "local_shell_call" ? "local_shell" : call.name;
}

function inputOf(call: ToolCallItem): string {
  switch (call.type) {
    case "function_call":
      return call.arguments;
    case "custom_tool_call":
      return call.input;
    case "local_shell_call": {
      const { command, timeout_ms, working_directory } = call.action;
      return JSON.stringify({
        command,
        ...typeof timeout_ms === "number" && { timeout_ms },
        ...typeof working_directory === "string" && { workdir: working_directory },
      });
    }
  }
}

async function runToolCall(call: ToolCallItem, tool: Tool, runtime: ToolRuntime): Promise<Output> {
  const { signal, items, turn } = runtime;
  if (signal.aborted) return "aborted";
  const startedAt = runtime.now();
  let staysOpen = false;
  try {
    const running = tool.handle(inputOf(call), {
      callId: call.call_id,
      turn,
      signal,
      report: (details, itemId = call.call_id) => items.report(itemId, details),
      requestApproval: runtime.requestApproval,
      rights: runtime.rights,
    });
    const result = await abortable(running, signal);
    staysOpen = result.itemStaysOpen ?? false;
    return fitToSend(result.output, tool, runtime);
  } catch (error) {
    if (signal.aborted) {
      const { reason } = signal;
      if (reason instanceof CodexError) {
        return fitToSend(`aborted: ${reason.message}`, tool, runtime);
      }
      return `aborted by user after ${((runtime.now() - startedAt) / 1000).toFixed(1)}s`;
    }
    if (error instanceof ToolError || error instanceof FileError) {
      return fitToSend(error.message, tool, runtime);
    }
    // A fault of ours must not cost the user the turn; the model may find another way.
    runtime.emit({ type: "warning", message: `tool ${tool.name} failed: ${errorMessage(error)}` });
    return fitToSend(`tool ${tool.name} failed: ${errorMessage(error)}`, tool, runtime);
  } finally {
    if (!staysOpen) items.closeCall(call.call_id);
  }
}

/** An interrupt is not held up by a tool that is slow to hear of it. */
function abortable<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([running, promise]).finally(() => signal.removeEventListener("abort", abort));
}

/**
 * Without secrets, before a cut could leave half of one; no longer than a fifth over the model's
 * budget, as codex-cli 0.115.0 allows, so that no output fills the context; and marked where it
 * hides something.
 */
function fitToSend(
  output: Output,
  tool: Tool,
  { redactor, turn, hiddenNotice }: ToolRuntime,
): Output {
  const { mode, limit } = turn.model.truncation;
  const budget = { mode, limit: Math.floor(limit * 1.2) };
  const redacted = redactor.data(output);
  const fit = typeof redacted === "string"
    ? truncateText(redacted, budget).text
    : redacted.map((part) =>
      part.type === "input_text" ? { ...part, text: truncateText(part.text, budget).text } : part
    );
  return hiddenNotice.mark(fit, tool.name);
}
