/** `--output-schema`: read before anything is asked, held against the answer at the end. */

import { errorMessage, UsageError } from "../protocol/error.ts";

type Schema = Readonly<Record<string, unknown>>;

export async function readSchema(path: string): Promise<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    throw new UsageError(`Cannot read --output-schema "${path}": ${errorMessage(cause)}`);
  }
  if (isObject(value)) return value;
  throw new UsageError(`Cannot use --output-schema "${path}": it has to be a JSON object`);
}

/** What is wrong with the answer, or nothing. */
export function schemaFault(answer: string, schema: Schema): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return "the answer is no JSON";
  }
  return faultAt(value, schema, "the answer");
}

/** The part of JSON Schema that the Responses API's structured outputs take. */
function faultAt(value: unknown, schema: unknown, place: string): string | undefined {
  if (!isObject(schema)) return undefined;
  const { type, properties, required, additionalProperties, items } = schema;
  const options = Array.isArray(schema["enum"]) ? schema["enum"] : undefined;
  if (options && !options.some((option) => JSON.stringify(option) === JSON.stringify(value))) {
    return `${place} is none of ${JSON.stringify(options)}`;
  }
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type];
  if (types.length > 0 && !types.some((name) => isOfType(value, name))) {
    return `${place} is not of type ${types.join(" or ")}`;
  }
  if (Array.isArray(value)) {
    return firstFault(value.map((item, i) => () => faultAt(item, items, `${place}[${i}]`)));
  }
  if (!isObject(value)) return undefined;
  const known = isObject(properties) ? properties : {};
  const names = Array.isArray(required) ? required.map(String) : [];
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${place} lacks "${missing}"`;
  const extra = Object.keys(value).find((name) => !Object.hasOwn(known, name));
  if (extra !== undefined && additionalProperties === false) {
    return `${place} has "${extra}" too much`;
  }
  return firstFault(
    Object.entries(known).map(([name, inner]) => () =>
      Object.hasOwn(value, name) ? faultAt(value[name], inner, `${place}.${name}`) : undefined
    ),
  );
}

function firstFault(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const fault = check();
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isOfType(value: unknown, name: unknown): boolean {
  switch (name) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    default:
      return true; // a type that we do not know is the server's to check
  }
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
