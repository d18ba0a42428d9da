/** What CHANGELOG.md says of one version. */

/** The section's text without its heading; nothing where there is none, or an empty one. */
export function sectionOf(changelog: string, version: string): string | undefined {
  const lines = changelog.split("\n");
  const start = lines.findIndex((line) => versionOf(line) === version);
  if (start === -1) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith("## "));
  const text = rest.slice(0, end === -1 ? undefined : end).join("\n").trim();
  return text === "" ? undefined : text;
}

/** Of a heading as `## [1.2.3] - 2026-01-31` or `## 1.2.3`. */
function versionOf(line: string): string | undefined {
  return /^## \[?([^\]\s]+)/.exec(line)?.[1];
}
