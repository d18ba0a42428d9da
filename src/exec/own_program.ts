/** Whether this program is still the one that was started: its processes begin outside of a sandbox. */

import { isBelow } from "../policy/writable_roots.ts";
import { realPlace } from "./real_place.ts";
import { parentOf } from "./real_path.ts";
import { isSource, mainModule } from "./self_command.ts";

/** Of a checkout. */
const SOURCES: readonly string[] = ["main.ts", "deno.json", "deno.lock", "src", "tools", "prompts"];

/** As far as this process may look; what is loaded from a URL is not looked at. */
export class OwnProgram {
  /** By file: what changes with whatever is done to it. */
  readonly #noted = new Map<string, string>();
  readonly #roots = new Set<string>();

  /** Whether any of it lies where commands write. */
  get isExposed(): boolean {
    return this.#noted.size > 0;
  }

  /** Before anything is run that may write in `roots`. */
  note(roots: readonly string[]): void {
    const added = roots.filter((root) => !this.#roots.has(root));
    if (added.length === 0) return;
    for (const root of added) this.#roots.add(root);
    const lies = (path: string): boolean => added.some((root) => isBelow(path, root));
    for (const path of places()) {
      if (!lies(path)) continue;
      for (const file of filesIn(path)) this.#noted.set(file, stampOf(file));
    }
  }

  /** Fails where a file of it has been changed, exchanged or taken away. */
  assertUnchanged(): void {
    for (const [path, stamp] of this.#noted) {
      if (stampOf(path) === stamp) continue;
      throw new Error(
        `decodex itself has changed at "${path}" since it was started, and starts nothing of ` +
          "itself any more: start it again",
      );
    }
  }
}

/** Real paths of files and folders. */
function places(): string[] {
  const program = Deno.execPath();
  const main = Deno.build.standalone ? undefined : mainModule();
  if (!main?.startsWith("file:")) return real([program]);
  const folder = parentOf(decodeURIComponent(new URL(main).pathname));
  if (!isSource()) return real([program, ...piecesIn(folder)]);
  return real([program, ...SOURCES.map((name) => `${folder}/${name}`)]);
}

function real(paths: readonly string[]): string[] {
  return paths.flatMap((path) => realPlace(path) ?? []);
}

/** The folder may be anybody's: of it only what may be a piece of the program. */
function piecesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`)
      .filter((path) => path.endsWith(".js"));
  } catch {
    return [];
  }
}

/** What goes away meanwhile, or cannot be looked into, counts as a file. */
function filesIn(path: string): string[] {
  try {
    if (!Deno.lstatSync(path).isDirectory) return [path];
    return [...Deno.readDirSync(path)].flatMap(({ name }) => filesIn(`${path}/${name}`));
  } catch {
    return [path];
  }
}

/** Of a link also what it leads to. */
function stampOf(path: string): string {
  return [Deno.lstatSync, Deno.statSync].map((look) => {
    try {
      const { dev, ino, size, mtime, ctime } = look(path);
      return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
    } catch {
      return "not there";
    }
  }).join(", ");
}
