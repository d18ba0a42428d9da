/** Where two pieces of plain data differ, as paths. */

export interface Difference {
  /** `requests[1].body.input[3].output` */
  readonly path: string;
  /** Absent where only the other program has something there. */
  readonly codex?: unknown;
  readonly decodex?: unknown;
}

export function differences(codex: unknown, decodex: unknown, path: string = ""): Difference[] {
  if (Array.isArray(codex) && Array.isArray(decodex)) {
    return Array.from({ length: Math.max(codex.length, decodex.length) }, (_, n) => n)
      .flatMap((n) => differences(codex[n], decodex[n], `${path}[${n}]`));
  }
  if (isObject(codex) && isObject(decodex)) {
    const keys = new Set([...Object.keys(codex), ...Object.keys(decodex)]);
    return [...keys].flatMap((key) =>
      differences(codex[key], decodex[key], path === "" ? key : `${path}.${key}`)
    );
  }
  if (Object.is(codex, decodex)) return [];
  return [{
    path,
    ...codex !== undefined && { codex },
    ...decodex !== undefined && { decodex },
  }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
