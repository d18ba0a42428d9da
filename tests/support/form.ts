/** The form in which tests start decodex: from source, or one that the run of the forms has built. */

export type FormName = "source" | "bundle" | "compiled" | "url";

export interface Form {
  readonly name: FormName;
  /** The argument vector up to decodex's own arguments. */
  readonly command: readonly string[];
  /** What the form needs beside what every one does. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a run of the forms hands one to the tests: as JSON. */
export const FORM_VARIABLE = "DECODEX_FORM";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

export function currentForm(): Form {
  const given = Deno.env.get(FORM_VARIABLE);
  if (given) return JSON.parse(given);
  return { name: "source", command: [Deno.execPath(), "run", "-A", MAIN], env: {} };
}
