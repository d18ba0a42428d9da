/** A repository to work in, README's lines of permissions, and what the program says of its own. */

import { deepStrictEqual } from "node:assert/strict";
import type { PermissionsReport } from "../../src/cli/permissions/report.ts";
import { currentForm } from "./form.ts";
import { createPlace, type Place, type Run, run, sessionFiles } from "./program.ts";
import { commandLines, section } from "./readme.ts";
import type { Reply } from "./responses_server.ts";

export const FORM = currentForm();
export const README = await section("Permissions");
export const LINES = commandLines(README);
export const [DEMO = "", WORK = "", NO_SHELL = "", QUESTIONS = ""] = LINES.keys();

export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A repository with a file and an image, where nothing but it and a TMP of its own is writable. */
export async function createRepository(script: Parameters<typeof createPlace>[0]): Promise<Place> {
  const place = await createPlace(script, {
    config: "[sandbox_workspace_write]\nexclude_slash_tmp = true",
  });
  const TMPDIR = `${place.root}/tmp`;
  await Deno.mkdir(TMPDIR);
  await Deno.writeTextFile(`${place.cwd}/a.txt`, "one\ntwo\n");
  await Deno.mkdir(`${place.cwd}/docs`);
  await Deno.writeTextFile(`${place.cwd}/docs/b.md`, "");
  await Deno.writeFile(`${place.cwd}/dot.png`, Uint8Array.fromBase64(PIXEL));
  const git = (...args: string[]) =>
    new Deno.Command("git", {
      args: ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args],
      cwd: place.cwd,
    }).output();
  await git("init", "-q", "-b", "trunk");
  await git("add", "a.txt");
  await git("commit", "-q", "-m", "first");
  // What only git itself can tell: its branch is not read from files then.
  await git("config", "include.path", "none");
  return { ...place, env: { ...place.env, TMPDIR } };
}

/** `host:port`. */
export function server({ server }: Place): string {
  return new URL(server.url).host;
}

/** README's line with the places of the test in it, up to the program. */
export function flagsOf(name: string, place: Place): string[] {
  const places: Readonly<Record<string, string>> = {
    FOLDER: place.cwd,
    CODEX_HOME: place.home,
    TMP: place.env["TMPDIR"] ?? "",
    HOST: server(place),
  };
  const words = (LINES.get(name) ?? []).map((word) =>
    word.replace(/\b(FOLDER|CODEX_HOME|TMP|HOST)\b/g, (key) => places[key] ?? "")
  );
  return words.slice(2, words.indexOf("main.ts"));
}

/** What stands behind the program. */
function argsOf(name: string): string[] {
  const words = LINES.get(name) ?? [];
  return words.slice(words.indexOf("main.ts") + 1);
}

/** The program under other permissions than `-A`; an executable has its own. */
export function programWith(flags: readonly string[]): string[] {
  const [deno = "", , , ...entry] = FORM.command;
  return FORM.name === "compiled" ? [...FORM.command] : [deno, "run", ...flags, ...entry];
}

/** Whether the form can be run under other permissions; says so where it cannot. */
export function takesFlags(): boolean {
  if (FORM.name !== "compiled") return true;
  console.log("skipped: narrower permissions: an executable carries its own");
  return false;
}

export async function runAs(name: string, place: Place, { flags, args }: {
  flags?: readonly string[];
  args: readonly string[];
}): Promise<Run> {
  const program = programWith(flags ?? flagsOf(name, place));
  return await run([...argsOf(name), ...args], { cwd: place.cwd, env: place.env, program });
}

/** What `decodex permissions` says under `-A`. */
export async function permissions(
  place: Place,
  args: readonly string[] = [],
): Promise<PermissionsReport> {
  const { code, stdout, stderr } = await run(["permissions", "--json", ...args], place);
  deepStrictEqual([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}

export const PATCH = "*** Begin Patch\n*** Update File: a.txt\n@@\n-two\n+three\n*** End Patch";

/** Every tool of a session without commands, and a command, then an answer. */
export function allTools(cwd: string): (n: number) => Reply {
  const calls = [
    { call: "read_file", args: { file_path: `${cwd}/a.txt` }, id: "read" },
    { call: "list_dir", args: { dir_path: `${cwd}/docs` }, id: "list" },
    { call: "grep_files", args: { pattern: "two" }, id: "grep" },
    { call: "view_image", args: { path: "dot.png" }, id: "view" },
    { call: "update_plan", args: { plan: [{ step: "look", status: "pending" }] }, id: "plan" },
    { call: "exec_command", args: { cmd: "echo ran" }, id: "exec" },
    { call: "shell", args: { command: ["echo", "ran"] }, id: "shell" },
    { custom: "apply_patch", input: PATCH, id: "patch" },
  ];
  return (n) => n === 0 ? { items: calls } : { items: ["done"] };
}

/** What the model was told of each call. */
export function outputs({ server }: Place): Record<string, unknown> {
  const input = server.requests.at(-1)?.body.input ?? [];
  return Object.fromEntries(
    input.filter(({ type }) => /_output$/.test(String(type)))
      .map(({ call_id, output }) => [String(call_id), output]),
  );
}

/** Says so where it has not. */
export async function hasBubblewrap(): Promise<boolean> {
  await using place = await createRepository([]);
  const { level, faults } = (await permissions(place)).sandbox;
  if (level !== "bubblewrap") console.log(`skipped: bubblewrap: ${JSON.stringify(faults)}`);
  return level === "bubblewrap";
}

export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Of the session file's first line. */
export async function metaOf({ home }: Place): Promise<Record<string, unknown>> {
  const [path = ""] = await sessionFiles(home);
  const [first = "{}"] = (await Deno.readTextFile(path)).split("\n");
  return JSON.parse(first).payload.git ?? {};
}
