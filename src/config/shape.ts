/** Whether a table is as config.toml may be, told from a plain description of it. Pure. */

import { isTable } from "./table.ts";

/**
 * What `scripts/write_config_shape.ts` makes of the schema: `number` is a whole one with the least
 * and the most that it may be, `any` is anything. A table's keys are optional; with `rest` others may
 * stand beside them.
 */
export type Shape =
  | "any"
  | "text"
  | "flag"
  | { readonly number: readonly number[] }
  | { readonly words: readonly string[] }
  | { readonly list: Shape }
  | { readonly record: Shape }
  | { readonly either: readonly Shape[] }
  | { readonly table: Readonly<Record<string, Shape>>; readonly rest?: true };

/** False says nothing but that: what is wrong, and whether it matters, is the schema's to say. */
export function fits(value: unknown, shape: Shape): boolean {
  if (shape === "any") return true;
  if (shape === "text") return typeof value === "string";
  if (shape === "flag") return typeof value === "boolean";
  if ("number" in shape) {
    const [least = 0, most = 0] = shape.number;
    return Number.isSafeInteger(value) && least <= Number(value) && Number(value) <= most;
  }
  if ("words" in shape) return typeof value === "string" && shape.words.includes(value);
  if ("list" in shape) {
    return Array.isArray(value) && value.every((item) => fits(item, shape.list));
  }
  if ("either" in shape) return shape.either.some((each) => fits(value, each));
  if (!isTable(value)) return false;
  return Object.entries(value).every(([key, inner]) => {
    if ("record" in shape) return fits(inner, shape.record);
    const known = Object.hasOwn(shape.table, key) ? shape.table[key] : undefined;
    return known === undefined ? shape.rest === true : fits(inner, known);
  });
}
