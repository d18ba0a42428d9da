/** A tool's parameters: one zod object gives the type, the check and the wire schema. */

import * as z from "zod/mini";
import { ToolError } from "./error.ts";
import { explainMismatch } from "./json_mismatch.ts";

export type ParameterSchema = z.ZodMiniObject;
export type Infer<S extends ParameterSchema> = z.infer<S>;

/** Text that the model is told what it is for. */
export function text(description: string): z.ZodMiniString {
  return described(z.string(), description);
}

/** Milliseconds, lines, tokens: whole and not negative. */
export function count(description: string): z.ZodMiniNumber {
  return described(z.number().check(z.int(), z.gte(0)), description);
}

/** A whole number of either sign. */
export function integer(description: string): z.ZodMiniNumber {
  return described(z.number().check(z.int()), description);
}

export function flag(description: string): z.ZodMiniBoolean {
  return described(z.boolean(), description);
}

export function list<T extends z.core.SomeType>(item: T, description?: string): z.ZodMiniArray<T> {
  return described(z.array(item), description);
}

/** One of a few words; on the wire a plain string, as codex-cli 0.115.0 sends it. */
export function choice<const T extends readonly string[]>(
  words: T,
  description: string,
): z.ZodMiniEnum<{ [K in T[number]]: K }> {
  return described(z.enum(words), description) as z.ZodMiniEnum<{ [K in T[number]]: K }>;
}

function described<T extends z.ZodMiniType>(schema: T, description: string | undefined): T {
  if (description !== undefined) z.globalRegistry.add(schema, { description });
  return schema;
}

export type WireSchema = Readonly<Record<string, unknown>>;

/**
 * JSON Schema in the key order of the captures: properties sorted, required ones as declared.
 * Limits stay with the check; the wire tells types alone.
 */
export function toWireSchema(schema: z.core.SomeType): WireSchema {
  const { def } = schema._zod as { def: z.core.$ZodTypeDef };
  const description = z.globalRegistry.get(schema as z.core.$ZodType)?.description;
  const prose = description === undefined ? {} : { description };
  switch (def.type) {
    case "optional":
      return toWireSchema((def as z.core.$ZodOptionalDef).innerType);
    case "array":
      return { type: "array", items: toWireSchema((def as z.core.$ZodArrayDef).element), ...prose };
    case "object":
      return { ...objectSchema((def as z.core.$ZodObjectDef).shape), ...prose };
    case "enum":
      return { type: "string", ...prose };
    default:
      return { type: def.type, ...prose };
  }
}

function objectSchema(shape: z.core.$ZodShape): WireSchema {
  const names = Object.keys(shape);
  const required = names.filter((name) => shape[name]?._zod.def.type !== "optional");
  const properties = Object.fromEntries(
    names.toSorted().flatMap((name) => {
      const property = shape[name];
      return property ? [[name, toWireSchema(property)]] : [];
    }),
  );
  return {
    type: "object",
    properties,
    ...required.length > 0 && { required },
    additionalProperties: false,
  };
}

/** Reads a `function_call`'s argument string; what is wrong is said in codex-cli 0.115.0's words. */
export function parseArguments<S extends ParameterSchema>(schema: S, json: string): Infer<S> {
  try {
    const result = z.safeParse(schema, JSON.parse(json, withoutNull));
    if (result.success) return result.data as Infer<S>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ToolError(`failed to parse function arguments: ${explainMismatch(schema, json)}`);
}

/** Models write `null` for what they leave out. */
function withoutNull(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}
