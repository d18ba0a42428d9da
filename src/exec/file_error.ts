/** The machine's refusals as `FileError`s, in the system's words. */

import { FileError, type FileErrorKind } from "../protocol/host.ts";

const REFUSALS = {
  NotFound: ["not_found", "No such file or directory (os error 2)"],
  PermissionDenied: ["denied", "Permission denied (os error 13)"],
  NotADirectory: ["not_a_directory", "Not a directory (os error 20)"],
  IsADirectory: ["is_directory", "Is a directory (os error 21)"],
} as const satisfies Record<string, readonly [FileErrorKind, string]>;

const SYSTEM_WORDS = /^(?:.*: )?([^:]*\(os error (\d+)\))/;
const KINDS: Readonly<Record<string, FileErrorKind>> = {
  2: "not_found",
  13: "denied",
  20: "not_a_directory",
  21: "is_directory",
};

/** Anything but an error of the machine is given back as it is. */
export function toFileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof FileError) return error;
  const [, words, number = ""] = SYSTEM_WORDS.exec(error.message) ?? [];
  if (words !== undefined) return new FileError(KINDS[number] ?? "other", path, words);
  // Deno itself keeps a process with fewer rights from `/proc`, `/dev` and the like.
  const name = error.name === "NotCapable" ? "PermissionDenied" : error.name;
  if (!(name in REFUSALS)) return error;
  const [kind, message] = REFUSALS[name as keyof typeof REFUSALS];
  return new FileError(kind, path, message);
}

export function refuse(name: keyof typeof REFUSALS, path: string): FileError {
  const [kind, message] = REFUSALS[name];
  return new FileError(kind, path, message);
}
