/** A tool's parameters: one zod object gives the type, the check and the wire schema. */

import * as z from "zod/mini";
import { ToolError } from "./error.ts";

export type ParameterSchema = z.ZodMiniObject;
export type Infer<S extends ParameterSchema> = z.infer<S>;

/** JSON Schema in the key order of the captures: properties sorted, prose beside its type. */
export function toWireSchema(schema: ParameterSchema): Readonly<Record<string, unknown>> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  return rest;
}

/** Reads a `function_call`'s argument string; what is wrong is said in upstream's words. */
export function parseArguments<S extends ParameterSchema>(schema: S, json: string): Infer<S> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ToolError(`failed to parse function arguments: ${cause}`);
  }
  const result = z.safeParse(schema, value);
  if (!result.success) throw new ToolError(`failed to parse function arguments: ${result.error}`);
  return result.data as Infer<S>;
}
