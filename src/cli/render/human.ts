/** A run as text: the answer on standard output, everything else on standard error. */

import type { Event, ThreadItem } from "../../protocol/event.ts";
import { denialMessage } from "../../protocol/policy.ts";
import type { Failure } from "../exit_code.ts";
import type { Renderer, ThreadFacts } from "./renderer.ts";
import { reveal, sanitize, Sanitizer } from "./sanitize.ts";

export interface HumanOptions {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Somebody watches standard output: the answer appears as it is written. */
  readonly live: boolean;
  /** Somebody watches standard error: progress is of use. */
  readonly progress: boolean;
  readonly color: boolean;
}

const MOST_LINES = 12;

export class HumanRenderer implements Renderer {
  readonly #options: HumanOptions;
  readonly #sanitizer = new Sanitizer();
  /** The message that is being written out, and whether it is the answer. */
  #streaming: string | undefined;
  #streamed = "";
  #written = "";
  #shownPlan: string | undefined;

  constructor(options: HumanOptions) {
    this.#options = options;
  }

  begin(threadId: string, { model, provider, sandbox }: ThreadFacts): void {
    this.#progress(`decodex · ${model} · ${provider} · ${sandbox} · ${threadId}`, "dim");
  }

  event(event: Event): void {
    switch (event.type) {
      case "item.delta":
        return this.#delta(event);
      case "item.started":
        return this.#started(event.item);
      case "item.updated":
        return event.item.type === "todo_list" ? this.#plan(event.item) : undefined;
      case "item.completed":
        return this.#completedItem(event.item);
      case "warning":
        return this.warning(event.message);
      case "permission.denied":
        return this.warning(denialMessage(event.denial));
      case "thread.compacted":
        return this.#progress("context compacted", "dim");
      default:
        // Nothing to see.
    }
  }

  warning(message: string): void {
    this.#breakLine();
    this.#options.stderr(`${this.#paint("warning:", "yellow")} ${sanitize(message)}\n`);
  }

  failed({ message }: Failure): void {
    this.#breakLine();
    this.#options.stderr(`${this.#paint("error:", "red")} ${sanitize(message)}\n`);
  }

  completed({ last_agent_message, usage }: Extract<Event, { type: "turn.completed" }>): void {
    const answer = sanitize(last_agent_message ?? "");
    if (answer !== "" && this.#written !== answer) this.#options.stdout(`${answer}\n`);
    const { input_tokens, output_tokens } = usage;
    this.#progress(`tokens: ${input_tokens} in, ${output_tokens} out`, "dim");
  }

  /** Only what is sure to be the answer may be written before the turn has ended. */
  #delta({ item_id, delta, phase }: Extract<Event, { type: "item.delta" }>): void {
    const { live, stdout } = this.#options;
    if (!live && phase !== "final_answer") return;
    if (phase === "commentary" && !live) return;
    if (this.#streaming !== item_id) {
      this.#breakLine();
      this.#streaming = item_id;
      this.#streamed = "";
    }
    const text = this.#sanitizer.push(delta);
    this.#streamed += text;
    stdout(text);
  }

  /** The message is whole: what was written of it is its text. */
  #endOfMessage(item: Extract<ThreadItem, { type: "agent_message" }>): void {
    const text = sanitize(item.text);
    if (this.#streaming === item.id) {
      const rest = this.#sanitizer.end();
      this.#streamed += rest;
      const missing = text.startsWith(this.#streamed)
        ? text.slice(this.#streamed.length)
        : `\n${text}`;
      this.#options.stdout(`${rest}${missing}\n`);
      this.#streaming = undefined;
      this.#written = text;
    } else if (this.#options.live) {
      this.#options.stdout(`${text}\n`);
      this.#written = text;
    } else {
      this.#progress(text);
    }
  }

  #breakLine(): void {
    if (this.#streaming === undefined) return;
    this.#options.stdout("\n");
    this.#sanitizer.end();
    this.#streaming = undefined;
  }

  #started(item: ThreadItem): void {
    if (item.type === "command_execution") this.#progress(`$ ${reveal(item.command)}`, "cyan");
    if (item.type === "todo_list") this.#plan(item);
  }

  #completedItem(item: ThreadItem): void {
    switch (item.type) {
      case "agent_message":
        return this.#endOfMessage(item);
      case "reasoning":
        return this.#progress(item.text, "dim");
      case "command_execution":
        return this.#commandEnd(item);
      case "file_change":
        for (const { kind, path } of item.changes) {
          this.#progress(`${kind} ${reveal(path)}`, "green");
        }
        return this.#diff(item.diff ?? "");
      case "todo_list":
        return this.#plan(item);
      case "web_search":
        return this.#progress(`searched: ${item.query}`, "cyan");
      case "error":
        return this.warning(item.message);
    }
  }

  #commandEnd(item: Extract<ThreadItem, { type: "command_execution" }>): void {
    const lines = item.aggregated_output.trimEnd().split("\n");
    const shown = lines.slice(-MOST_LINES);
    if (lines.length > shown.length) {
      this.#progress(`  … ${lines.length - shown.length} lines`, "dim");
    }
    for (const line of shown) if (line !== "") this.#progress(`  ${line}`, "dim");
    if (item.exit_code) this.#progress(`  exit code ${item.exit_code}`, "red");
  }

  /** Where it is another than before: a turn ends with the plan that was shown last. */
  #plan({ items }: Extract<ThreadItem, { type: "todo_list" }>): void {
    const lines = items.map(({ text, completed }) => `${completed ? "[x]" : "[ ]"} ${text}`);
    if (lines.join("\n") === this.#shownPlan) return;
    this.#shownPlan = lines.join("\n");
    for (const line of lines) this.#progress(line);
  }

  #diff(diff: string): void {
    for (const line of diff.trimEnd().split("\n")) {
      if (line === "") continue;
      const color = line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : "dim";
      this.#progress(`  ${line}`, color);
    }
  }

  #progress(text: string, color?: Color): void {
    if (!this.#options.progress) return;
    this.#breakLine();
    const safe = sanitize(text);
    this.#options.stderr(`${color ? this.#paint(safe, color) : safe}\n`);
  }

  #paint(text: string, color: Color): string {
    return this.#options.color ? `\x1b[${COLORS[color]}m${text}\x1b[0m` : text;
  }
}

type Color = keyof typeof COLORS;

const COLORS = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 } as const;
