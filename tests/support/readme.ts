/** README's own words, for tests that hold it to them. */

const README = new URL("../../README.md", import.meta.url);

/** The text of `### title`, up to the next heading of its rank or above. */
export async function section(title: string): Promise<string> {
  const text = await Deno.readTextFile(README);
  const [, after] = text.split(`\n### ${title}\n`);
  if (after === undefined) throw new Error(`README has no section "${title}"`);
  return after.split(/^#{2,3} /m)[0] ?? "";
}

/** The cells of a section's first table, without its head and the line below that. */
export function tableRows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** What the section's `sh` block says, by the comment above each line. */
export function commandLines(text: string): Map<string, string[]> {
  const block = /```sh\n([^]*?)```/.exec(text)?.[1] ?? "";
  const lines = block.trim().split("\n");
  const found = new Map<string, string[]>();
  for (let at = 0; at < lines.length; at += 2) {
    found.set((lines[at] ?? "").replace("# ", ""), (lines[at + 1] ?? "").split(" "));
  }
  return found;
}
