/** `exec`: one turn, from the prompt to the exit code. */

import type { Command } from "../args.ts";
import { EXIT, exitCodeOf, type Failure, failureOf } from "../exit_code.ts";
import { Output } from "../output.ts";
import { HumanRenderer } from "../render/human.ts";
import type { Renderer } from "../render/renderer.ts";
import type { LevelReport } from "../../exec/host_pool.ts";
import { errorMessage, UsageError } from "../../protocol/error.ts";
import type { Event } from "../../protocol/event.ts";
import type { UserInput } from "../../protocol/op.ts";
import type { GitLookup } from "../../context/turn_metadata.ts";
import { Stop } from "../stop.ts";
import { Opening } from "./opening.ts";
import { prepare, type Prepared } from "./prepare.ts";

export type ExecCommand = Extract<Command, { command: "exec" }>;

/** `git` is the look at the working folder's repository, begun before this file was loaded. */
export async function runExec(
  command: ExecCommand,
  { git, stop }: { git: GitLookup; stop: Stop },
): Promise<number> {
  const stderr = new Output(Deno.stderr, () => {});
  const stdout = new Output(Deno.stdout, (cause) => {
    if (cause instanceof Deno.errors.BrokenPipe) return stop.now(EXIT.brokenPipe);
    stderr.write(`error: Cannot write to standard output: ${errorMessage(cause)}\n`);
    stop.now(EXIT.failed);
  });
  const renderer = await rendererOf(command, { stdout, stderr });
  const flush = async () => {
    // In this order: what is wrong with the first is said by the second.
    await stdout.flush();
    await stderr.flush();
  };
  // Until a turn can be interrupted, a signal ends the run where it stands.
  stop.onRequest(async () => {
    renderer.failed(interruption(stop));
    await flush();
    Deno.exit(stop.exitCode);
  });
  let exitCode: number;
  try {
    exitCode = await run(command, { renderer, stop, git });
  } catch (error) {
    const failure = failureOf(error);
    renderer.failed(failure);
    exitCode = failure.exitCode;
  }
  await flush();
  stop.close();
  return stop.exitCode ?? exitCode;
}

interface Around {
  readonly git: GitLookup;
  readonly renderer: Renderer;
  readonly stop: Stop;
}

async function run(command: ExecCommand, { renderer, stop, git }: Around): Promise<number> {
  const prepared = await prepare(command, {
    git,
    onWarning: (message) => renderer.warning(message),
  });
  const { thread } = prepared;
  try {
    const end = await converse(prepared, { renderer, stop });
    const failure = await failureAt(end, { prepared, stop });
    await writeLastMessage(prepared, failure ? "" : answerOf(end));
    await settle(thread.close());
    if (failure && !hasLostReader(stop)) renderer.failed(failure);
    else if (end.type === "turn.completed") renderer.completed(end);
    return failure?.exitCode ?? EXIT.done;
  } finally {
    await settle(thread.close());
  }
}

type TurnEnd = Extract<Event, { type: "turn.completed" | "turn.failed" | "turn.interrupted" }>;

/** Says the prompt and shows what comes, until the turn has ended. */
async function converse(
  { thread, facts, prompt, images }: Prepared,
  { renderer, stop }: Omit<Around, "git">,
): Promise<TurnEnd> {
  const { session } = thread;
  const running = session.run();
  const items: UserInput[] = [
    ...images.map((path) => ({ type: "local_image" as const, path })),
    { type: "text", text: prompt },
  ];
  session.submit({ type: "user_input", items });
  stop.onRequest(() => session.submit({ type: "interrupt" }));
  const opening = new Opening(renderer);
  const opened = thread.confined.catch(withoutHost)
    .then((report) => opening.open(thread.id, facts, report));
  // Heard of where it is awaited.
  opened.catch(() => {});
  let end: TurnEnd | undefined;
  for await (const event of session.events) {
    if (isTurnEnd(event)) {
      end = event;
      thread.prepareHost(); // it may have ended before anything was asked
      session.submit({ type: "shutdown" });
    } else if (event.type === "approval.requested") {
      // Nobody is there to ask.
      session.submit({ type: "approval", id: event.id, decision: "denied" });
    } else {
      opening.event(event);
    }
  }
  await Promise.all([running, opened]);
  if (!end) throw new Error("The session ended before its turn");
  return end;
}

/** The calls of tools fail with the reason; a turn that makes none needs no host. */
function withoutHost(error: unknown): LevelReport {
  const reason = `the host process cannot start: ${errorMessage(error)}`;
  return { level: "none", faults: [{ level: "none", reason, remedy: "" }] };
}

function isTurnEnd(event: Event): event is TurnEnd {
  return event.type === "turn.completed" || event.type === "turn.failed" ||
    event.type === "turn.interrupted";
}

function answerOf(end: TurnEnd): string {
  return end.type === "turn.completed" ? end.last_agent_message ?? "" : "";
}

async function failureAt(
  end: TurnEnd,
  { prepared, stop }: { prepared: Prepared; stop: Stop },
): Promise<Failure | undefined> {
  switch (end.type) {
    case "turn.interrupted":
      return interruption(stop);
    case "turn.failed": {
      const { info, message } = end.error;
      return { exitCode: exitCodeOf(info), reason: info, message };
    }
    case "turn.completed": {
      const { schema } = prepared;
      if (answerOf(end).trim() === "") {
        const message = "The model ended the turn without an answer";
        return { exitCode: EXIT.failed, reason: "empty_answer", message };
      }
      if (!schema) return undefined;
      const { schemaFault } = await import("../output_schema.ts");
      const fault = schemaFault(answerOf(end), schema);
      if (fault === undefined) return undefined;
      return {
        exitCode: EXIT.schema,
        reason: "output_schema",
        message: `The answer does not fit --output-schema: ${fault}`,
      };
    }
  }
}

/** Whoever has gone is told nothing, and a full disk was told of. */
function hasLostReader({ exitCode }: Stop): boolean {
  return exitCode === EXIT.brokenPipe || exitCode === EXIT.failed;
}

function interruption({ exitCode = EXIT.interrupt }: Stop): Failure {
  return {
    exitCode,
    reason: "interrupted",
    message: "The turn was interrupted; `decodex exec resume --last` goes on with it",
  };
}

async function writeLastMessage({ lastMessageFile }: Prepared, text: string): Promise<void> {
  if (lastMessageFile === undefined) return;
  await Deno.writeTextFile(lastMessageFile, text).catch((cause) => {
    throw new UsageError(
      `Cannot write --output-last-message "${lastMessageFile}": ${cause.message}`,
    );
  });
}

/** Whatever happens to children, the end does not wait longer for them. */
async function settle(closing: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 1600);
  await Promise.race([closing, promise]).finally(() => clearTimeout(timer));
}

async function rendererOf(
  { flags }: ExecCommand,
  { stdout, stderr }: { stdout: Output; stderr: Output },
): Promise<Renderer> {
  if (flags.has("json")) {
    const { JsonRenderer } = await import("../render/json.ts");
    return new JsonRenderer((text) => stdout.write(text));
  }
  const progress = Deno.stderr.isTerminal();
  const when = flags.text("color") ?? "auto";
  const dumb = Deno.env.get("NO_COLOR") || Deno.env.get("TERM") === "dumb";
  return new HumanRenderer({
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
    live: Deno.stdout.isTerminal(),
    progress,
    color: when === "always" || when === "auto" && progress && !dumb,
  });
}
