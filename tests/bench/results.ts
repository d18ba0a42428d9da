/** What was measured, as a table: on the terminal, and in RESULTS.md. */

export interface Figure {
  /** What is measured, with its unit. */
  readonly what: string;
  readonly figure: string;
  /** What it is to reach, where there is such a figure. */
  readonly limit?: string;
  readonly holds?: boolean;
}

export interface Group {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** What could not be measured, and why. */
  readonly skipped: readonly string[];
}

const RESULTS = new URL("RESULTS.md", import.meta.url);

/** A figure that has to be at most `limit`; `shown` is what it was derived from. */
export function atMost(
  what: string,
  { value, limit, shown = "", digits = 2 }: {
    value: number;
    limit: number;
    shown?: string;
    digits?: number;
  },
): Figure {
  const text = value.toFixed(digits);
  return {
    what,
    figure: shown === "" ? text : `${text} (${shown})`,
    limit: `≤ ${limit}`,
    holds: value <= limit,
  };
}

export function print({ title, figures, skipped }: Group): void {
  console.log(`\n${title}`);
  const width = Math.max(0, ...figures.map(({ what }) => what.length));
  for (const { what, figure, limit = "", holds } of figures) {
    const mark = holds === undefined ? "" : holds ? "ok" : "NOT REACHED";
    console.log(`  ${what.padEnd(width)}  ${figure.padEnd(44)} ${limit.padEnd(8)} ${mark}`);
  }
  for (const reason of skipped) console.log(`  skipped: ${reason}`);
}

export interface Circumstances {
  readonly machine: string;
  readonly date: string;
  readonly versions: string;
}

export async function writeResults(
  groups: readonly Group[],
  { machine, date, versions }: Circumstances,
): Promise<void> {
  const sections = groups.map(({ title, figures, skipped }) =>
    [
      `## ${title}`,
      "",
      "| what | figure | to reach | |",
      "| --- | --- | --- | --- |",
      ...figures.map(({ what, figure, limit = "", holds }) =>
        `| ${what} | ${figure} | ${limit} | ${holds === undefined ? "" : holds ? "ok" : "no"} |`
      ),
      ...skipped.map((reason) => `\nNot measured: ${reason}`),
    ].join("\n")
  );
  const text = `# What was measured

Written by \`deno task bench\`. Medians of runs in turn; ratios are of one run of the script.

- machine: ${machine}
- date: ${date}
- versions: ${versions}

${sections.join("\n\n")}
`;
  await Deno.writeTextFile(RESULTS, text);
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "-q", RESULTS.pathname],
    stdin: "null",
  }).output();
}

export async function circumstances(versions: readonly string[]): Promise<Circumstances> {
  const cpuInfo = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /model name\s*: (.*)/.exec(cpuInfo)?.[1]?.trim() ?? "unknown processor";
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const processors = navigator.hardwareConcurrency;
  return {
    machine: `${processors} × ${model}, ${memory} GiB, Linux ${Deno.osRelease()}`,
    date: new Date().toISOString().slice(0, 10),
    versions: versions.join(", "),
  };
}
