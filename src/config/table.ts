/** Tables of TOML: nested records that are laid one over the other. */

export type Table = Record<string, unknown>;

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

/** Tables are merged key by key; anything else replaces what was there. */
export function mergeTables(base: Table, over: Table): Table {
  const result: Table = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = Object.hasOwn(result, key) ? result[key] : undefined;
    setOwn(result, key, isTable(before) && isTable(value) ? mergeTables(before, value) : value);
  }
  return result;
}

/** `["a", "b"]` and 1 → `{ a: { b: 1 } }`. */
export function nestValue(path: readonly string[], value: unknown): Table {
  const [key = "", ...rest] = path;
  return setOwn({}, key, rest.length === 0 ? value : nestValue(rest, value));
}

export function valueAt(table: unknown, path: readonly PropertyKey[]): unknown {
  let at = table;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** A key named `__proto__` is a key like any other. */
function setOwn(table: Table, key: string, value: unknown): Table {
  const attributes = { value, enumerable: true, writable: true, configurable: true };
  return Object.defineProperty(table, key, attributes);
}
