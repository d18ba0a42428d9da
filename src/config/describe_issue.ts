/** What a value has to be, and what it is, in words: the schema library brings none. */

import type * as z from "zod/mini";
import { isTable } from "./table.ts";

/** `has to be a list, not 5`. */
export function describeIssue(issue: z.core.$ZodIssue, found: unknown): string {
  return `has to be ${expectation(issue)}, not ${describeValue(found, issue)}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return joinChoices(issue.values.map((value) => JSON.stringify(value)));
    case "too_small":
      return `at least ${issue.minimum}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    case "invalid_union":
      return joinChoices([
        ...new Set(issue.errors.flatMap(([first]) => first ? [expectation(first)] : [])),
      ]);
    default:
      return "another value";
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text in quotes",
  // No key takes a fraction.
  number: "a whole number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a table",
  record: "a table",
};

function joinChoices(choices: readonly string[]): string {
  const last = choices.at(-1) ?? "";
  return choices.length < 2 ? last : `${choices.slice(0, -1).join(", ")} or ${last}`;
}

/** Text is shown only where one of a few words is expected: elsewhere it may be a secret. */
function describeValue(value: unknown, issue: z.core.$ZodIssue): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  if (isTable(value)) return "a table";
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value !== "string") return "a date";
  return issue.code === "invalid_value" && value.length <= 60 ? JSON.stringify(value) : "text";
}
