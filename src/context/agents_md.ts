/** The user's and the project's standing instructions, merged from AGENTS.md files. */

import { type BoundedFile, readBounded } from "./bounded_file.ts";
import { warnOfHidden } from "./hidden_warning.ts";
import { realPath } from "./exists.ts";
import { projectFolders } from "./git_root.ts";
import { isWithin, joinPath } from "./path.ts";

const NAMES: readonly string[] = ["AGENTS.override.md", "AGENTS.md"];
const HOME_MAX_BYTES = 1024 * 1024;

export interface AgentsMdOptions {
  readonly codexHome: string | undefined;
  /** Without symbolic links. */
  readonly cwd: string;
  /** At or above `cwd`; `cwd` alone is searched without one. */
  readonly gitRoot: string | undefined;
  readonly userInstructions?: string | undefined;
  /** Of all project files together; 0 reads none. */
  readonly projectDocMaxBytes: number;
  /** Tried, in order, in a folder that has no AGENTS.md. */
  readonly projectDocFallbackFilenames: readonly string[];
  onWarning(message: string): void;
}

/** Nothing where nobody has given any. */
export function readAgentsMd(options: AgentsMdOptions): string | undefined {
  const [home, project] = [readHome(options), readProject(options)];
  const own = [options.userInstructions, home].filter((text) => text?.trim()).join("\n\n");
  if (project === "") return own === "" ? undefined : own;
  return own === "" ? project : `${own}\n\n--- project-doc ---\n\n${project}`;
}

/** The first file that says anything. */
function readHome({ codexHome, onWarning }: AgentsMdOptions): string {
  if (codexHome === undefined) return "";
  const files = NAMES.map((name) => {
    const path = joinPath(codexHome, name);
    const file = readOrWarn(path, { limit: HOME_MAX_BYTES, onWarning });
    if (file?.isCut) onWarning(`Read only the first ${HOME_MAX_BYTES} bytes of "${path}"`);
    return { path, text: file ? decode(file.bytes).trim() : "" };
  });
  const { path, text } = files.find((each) => each.text !== "") ?? { path: "", text: "" };
  warnOfHidden(text, { path, onWarning });
  return text;
}

function readProject(options: AgentsMdOptions): string {
  const { projectDocMaxBytes: limit, onWarning } = options;
  if (limit <= 0) return "";
  const found = projectFolders(options.cwd, options.gitRoot)
    .map((folder) => readFirst(folder, options));
  const texts: string[] = [];
  let left = limit;
  for (const { path, file } of found.filter((each) => each !== undefined)) {
    const bytes = file.bytes.subarray(0, left);
    if (file.isCut || bytes.length < file.bytes.length) {
      onWarning(
        `Used only ${bytes.length} bytes of "${path}": project_doc_max_bytes allows ${limit} in all`,
      );
    }
    left -= bytes.length;
    const text = decode(bytes);
    warnOfHidden(text, { path, onWarning });
    if (text.trim() !== "") texts.push(text);
  }
  return texts.join("\n\n");
}

function readFirst(
  folder: string,
  options: AgentsMdOptions,
): { path: string; file: BoundedFile } | undefined {
  const { projectDocMaxBytes, projectDocFallbackFilenames, onWarning } = options;
  for (const name of [...NAMES, ...projectDocFallbackFilenames]) {
    const path = joinPath(folder, name);
    const real = realPathInside(path, options);
    const file = real && readOrWarn(real, { limit: projectDocMaxBytes, onWarning });
    if (file) return { path, file };
  }
  return undefined;
}

/**
 * A link that leaves the project could name a key file, or our own environment below /proc, whose
 * content would then be sent and kept.
 */
function realPathInside(
  path: string,
  { cwd, gitRoot, onWarning }: AgentsMdOptions,
): string | undefined {
  const real = realPath(path);
  if (real === undefined || isWithin(real, gitRoot ?? cwd)) return real;
  onWarning(`Ignored "${path}": it is a link that leads out of the project, to "${real}"`);
  return undefined;
}

function readOrWarn(
  path: string,
  { limit, onWarning }: { limit: number; onWarning(message: string): void },
): BoundedFile | undefined {
  try {
    return readBounded(path, limit);
  } catch (error) {
    onWarning(`Cannot read "${path}": ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
