/** One skill's `SKILL.md`: its name and description, read from the head between two `---`. */

import { readBounded } from "./bounded_file.ts";
import { parentOf } from "./path.ts";

const HEAD_BYTES = 16 * 1024;
const MAX_NAME = 64;
const MAX_DESCRIPTION = 1024;

export interface SkillHead {
  readonly name: string;
  readonly description: string;
}

/** Fails with what is wrong with the file. `path` is without symbolic links. */
export function readSkillHead(path: string): SkillHead {
  const file = readBounded(path, HEAD_BYTES);
  if (!file) throw new TypeError("it is not a regular file");
  const folder = parentOf(path);
  return parseHead(new TextDecoder().decode(file.bytes), folder.slice(folder.lastIndexOf("/") + 1));
}

/** A skill without a name is called after its folder. Fails with what is missing. */
export function parseHead(text: string, folderName: string): SkillHead {
  const head = /^---\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)/s.exec(text)?.[1];
  if (head === undefined) throw new TypeError('it does not begin with lines between two "---"');
  const values = readValues(head);
  const name = oneLine(values.get("name") ?? "") || folderName;
  const description = oneLine(values.get("description") ?? "");
  if (description === "") throw new TypeError("it has no description");
  if ([...name].length > MAX_NAME) {
    throw new TypeError(`its name is longer than ${MAX_NAME} characters`);
  }
  if ([...description].length > MAX_DESCRIPTION) {
    throw new TypeError(`its description is longer than ${MAX_DESCRIPTION} characters`);
  }
  return { name, description };
}

/** What skills use of YAML: `key: value`, where a value may go on in indented lines. */
function readValues(head: string): Map<string, string> {
  const raw = new Map<string, { text: string; isBlock: boolean }>();
  let key: string | undefined;
  for (const line of head.split(/\r?\n/)) {
    const [, name, text = ""] = /^([A-Za-z][\w-]*):(?:[ \t]+(.*))?$/.exec(line) ?? [];
    const last = key === undefined ? undefined : raw.get(key);
    if (name !== undefined) {
      const isBlock = /^[>|][+-]?\d?\s*$/.test(text);
      raw.set(key = name, { text: isBlock ? "" : text, isBlock });
    } else if (/^\s+\S/.test(line) && key !== undefined && last) {
      raw.set(key, { ...last, text: `${last.text} ${line.trim()}` });
    }
  }
  return new Map([...raw].map(([name, { text, isBlock }]) => [name, isBlock ? text : plain(text)]));
}

/** Without its quotes, or without the comment behind it. */
function plain(text: string): string {
  const value = text.trim();
  const [, double] = /^"((?:[^"\\]|\\.)*)"/s.exec(value) ?? [];
  if (double !== undefined) return double.replaceAll(/\\(["\\/])/g, "$1").replaceAll("\\n", " ");
  const [, single] = /^'((?:[^']|'')*)'/s.exec(value) ?? [];
  return single?.replaceAll("''", "'") ?? value.replace(/(?:^|\s)#.*$/s, "");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
}
