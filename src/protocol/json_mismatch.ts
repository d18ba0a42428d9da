/** Where and how a JSON text misses a schema, in the words and positions that serde_json gives. */

import type * as z from "zod/mini";
import { JsonReader, JsonSyntaxError, type JsonToken } from "./json_reader.ts";

/** For a text that is known to be wrong: only then is it worth reading by hand. */
export function explainMismatch(schema: z.core.SomeType, json: string): string {
  const reader = new JsonReader(json);
  try {
    check(schema, reader, 0);
    reader.end();
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
  return "the arguments do not fit the tool's parameters";
}

const DEEPEST = 128;

function check(schema: z.core.SomeType, reader: JsonReader, depth: number): void {
  if (depth > DEEPEST) reader.fail("recursion limit exceeded");
  const def = schema._zod.def as z.core.$ZodTypeDef;
  if (def.type === "optional") {
    if (reader.takeNull()) return;
    return check((def as z.core.$ZodOptionalDef).innerType, reader, depth);
  }
  const token = reader.start();
  switch (def.type) {
    case "object":
      if (token.kind !== "map") mismatch(token, { expected: "a map", reader, depth });
      return checkObject((def as z.core.$ZodObjectDef).shape, reader, depth);
    case "array":
      if (token.kind !== "sequence") mismatch(token, { expected: "a sequence", reader, depth });
      return reader.items(() => check((def as z.core.$ZodArrayDef).element, reader, depth + 1));
    case "enum":
      return checkEnum((def as z.core.$ZodEnumDef).entries, { token, reader, depth });
    case "number":
      return checkNumber(token, { signed: isSigned(def), reader, depth });
    case "boolean":
      if (token.kind !== "boolean") mismatch(token, { expected: "a boolean", reader, depth });
      return;
    case "string":
      if (token.kind !== "string") mismatch(token, { expected: "a string", reader, depth });
      return;
    default:
      return skip(token, reader, depth);
  }
}

function checkObject(shape: z.core.$ZodShape, reader: JsonReader, depth: number): void {
  const seen = new Set<string>();
  reader.members((name) => {
    const property = shape[name];
    if (!property) return skip(reader.start(), reader, depth + 1);
    if (seen.has(name)) reader.fail(`duplicate field \`${name}\``);
    seen.add(name);
    check(property, reader, depth + 1);
  });
  const missing = Object.keys(shape).find((name) =>
    !seen.has(name) && shape[name]?._zod.def.type !== "optional"
  );
  if (missing !== undefined) reader.fail(`missing field \`${missing}\``);
}

function checkEnum(
  entries: Readonly<Record<string, string | number>>,
  { token, reader, depth }: { token: JsonToken; reader: JsonReader; depth: number },
): void {
  if (token.kind !== "string") mismatch(token, { expected: "a string", reader, depth });
  const words = Object.values(entries).map(String);
  if (words.includes(token.text)) return;
  const known = words.map((word) => `\`${word}\``).join(", ");
  reader.fail(`unknown variant \`${token.text}\`, expected one of ${known}`);
}

/** A number without a lower limit. */
function isSigned({ checks = [] }: z.core.$ZodTypeDef): boolean {
  return !checks.some((check) => check._zod.def.check === "greater_than");
}

function checkNumber(
  token: JsonToken,
  { signed, reader, depth }: { signed: boolean; reader: JsonReader; depth: number },
): void {
  if (token.kind === "integer" && (signed || !token.text.startsWith("-"))) return;
  if (token.kind === "integer") {
    reader.fail(`invalid value: integer \`${token.text}\`, expected u64`);
  }
  mismatch(token, { expected: signed ? "i32" : "u64", reader, depth });
}

function skip(token: JsonToken, reader: JsonReader, depth: number): void {
  if (depth > DEEPEST) reader.fail("recursion limit exceeded");
  if (token.kind === "map") reader.members(() => skip(reader.start(), reader, depth + 1));
  if (token.kind === "sequence") reader.items(() => skip(reader.start(), reader, depth + 1));
}

function mismatch(
  token: JsonToken,
  { expected, reader }: { expected: string; reader: JsonReader; depth: number },
): never {
  return reader.fail(`invalid type: ${describe(token)}, expected ${expected}`);
}

function describe(token: JsonToken): string {
  switch (token.kind) {
    case "string":
      return `string ${JSON.stringify(token.text)}`;
    case "integer":
      return `integer \`${token.text}\``;
    case "float":
      return `floating point \`${token.text}\``;
    case "boolean":
      return `boolean \`${token.text}\``;
    default:
      return token.kind;
  }
}
