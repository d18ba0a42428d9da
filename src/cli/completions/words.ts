/** What can stand where on the command line, as a shell needs to know it. */

import { type Flag, FLAGS } from "../flags.ts";
import { SHELLS } from "./shells.ts";

export interface CommandWord {
  readonly name: string;
  readonly summary: string;
}

/** The commands that may follow the words before them; an empty key: the first word of all. */
export const COMMANDS: Readonly<Record<string, readonly CommandWord[]>> = {
  "": [
    { name: "exec", summary: "Run one turn without asking anybody" },
    { name: "permissions", summary: "Print what decodex needs, and what it holds" },
    { name: "completions", summary: "Print the completions of a shell" },
    { name: "help", summary: "Show help" },
  ],
  exec: [{ name: "resume", summary: "Go on with a session" }],
  completions: SHELLS.map((name) => ({ name, summary: `Completions for ${name}` })),
  help: [
    { name: "exec", summary: "Help about exec" },
    { name: "permissions", summary: "Help about permissions" },
  ],
  "help exec": [{ name: "resume", summary: "Help about exec resume" }],
};

/** What a flag's value is chosen from: words, files, folders, or nothing that can be foreseen. */
export type ValueKind = readonly string[] | "file" | "folder" | "free";

export function shownFlags(): Flag[] {
  return FLAGS.filter(({ hidden }) => !hidden);
}

/** Nothing for a switch. */
export function valueKind({ value, choices }: Flag): ValueKind | undefined {
  if (value === undefined) return undefined;
  if (choices) return choices;
  if (value === "FILE" || value === "PATH") return "file";
  return value === "DIR" ? "folder" : "free";
}

/** `-m`, `--model`: what is offered. */
export function offered({ name, short }: Flag): string[] {
  return [...short ? [`-${short}`] : [], `--${name}`];
}

/** Of the flags that take a value, every way to write them. */
export function valueSpellings(): string[] {
  return FLAGS.filter(({ value }) => value !== undefined).flatMap((flag) => [
    ...offered(flag),
    ...(flag.aliases ?? []).map((alias) => `--${alias}`),
  ]);
}
