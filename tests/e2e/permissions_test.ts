/** What the two halves hold, and README's lines of permissions: the running program is asked. */

import { deepStrictEqual, doesNotMatch, match, ok } from "node:assert/strict";
import {
  allTools,
  createRepository,
  DEMO,
  flagsOf,
  FORM,
  hasBubblewrap,
  LINES,
  metaOf,
  namesIn,
  NO_SHELL,
  outputs,
  PATCH,
  permissions,
  PIXEL,
  programWith,
  QUESTIONS,
  README,
  runAs,
  server,
  takesFlags,
  WORK,
} from "../support/permission_lines.ts";
import { events, run, sessionFiles } from "../support/program.ts";
import { tableRows } from "../support/readme.ts";
import type { RequestBody } from "../support/responses_server.ts";

/** What the model is told, the patch aside. */
function noShellOutputs(cwd: string): Record<string, unknown> {
  return {
    read: "L1: one\nL2: two",
    list: `Absolute path: ${cwd}/docs\nb.md`,
    grep: `${cwd}/a.txt`,
    view: [{ type: "input_image", image_url: `data:image/png;base64,${PIXEL}` }],
    plan: "Plan updated",
    exec: "unsupported call: exec_command",
    shell: "unsupported call: shell",
  };
}

function allowedTools(body: RequestBody | undefined): unknown[] {
  return (body?.tools ?? []).map(({ name }) => name);
}

Deno.test("each half holds what README's table says of it", async () => {
  await using place = await createRepository([]);
  const { held } = await permissions(place);
  const said = tableRows(README).map(([name = "", front, host]) => ({
    name: name.replaceAll("`", ""),
    front: front === "-" ? "none" : "all",
    host: host === "-" ? "none" : "all",
  }));
  const half = (which: "front" | "host") =>
    Object.fromEntries(said.map((row) => [row.name, row[which]]));
  deepStrictEqual(held, { front: half("front"), host: half("host") });
});

Deno.test("README's lines are those that the program prints", async () => {
  await using place = await createRepository([]);
  const { form, lines } = await permissions(place);
  deepStrictEqual(form, FORM.name);
  const printed = lines.map((
    { summary, permissions },
  ) => [summary, permissions.map(({ flag }) => sorted(flag))]);
  const written = [...LINES.keys()].map((name) => [
    name,
    flagsOf(name, place).filter((flag) => flag !== "--no-prompt").map(sorted),
  ]);
  deepStrictEqual(printed, written);
  deepStrictEqual(
    lines.map(({ at_hand }) => at_hand),
    [false, true, false, false],
  );
});

/** The program that starts the host process is Deno, by whatever path. */
function sorted(flag: string): string {
  const [name, list = ""] = flag.split("=");
  const values = list.split(",").map((value) => value.endsWith("/deno") ? "deno" : value);
  return list === "" ? flag : `${name}=${values.sort().join(",")}`;
}

Deno.test("the demo works with README's line", async () => {
  await using place = await createRepository([]);
  const { code, stdout, stderr } = await runAs(DEMO, place, { args: ["my task"] });
  deepStrictEqual([code, stderr], [0, ""]);
  match(stdout, /my task/);
  match(stdout, /Patch: applied/);
});

Deno.test("real work works with README's line, in the strongest sandbox, and nothing is left", async () => {
  const cmd = "cat a.txt && echo four >> b.txt && ! echo x >> .git/config";
  const calls = [
    { call: "exec_command", args: { cmd }, id: "exec" },
    { custom: "apply_patch", input: PATCH, id: "patch" },
  ];
  await using place = await createRepository([{ items: calls }, { items: ["done"] }]);
  const { level } = (await permissions(place)).sandbox;
  const { code, stdout, stderr } = await runAs(WORK, place, { args: ["--json", "go"] });
  deepStrictEqual([code, stderr], [0, ""]);
  deepStrictEqual(events(stdout)[0]?.["sandbox"], `workspace-write (${level})`);
  const { exec, patch } = outputs(place);
  match(String(exec), /exited with code 0[^]*one\ntwo\n/);
  match(String(patch), /Success. Updated the following files:\nM a.txt/);
  deepStrictEqual(await namesIn(place.cwd), [".git", "a.txt", "b.txt", "docs", "dot.png"]);
  deepStrictEqual((await metaOf(place))["branch"], "trunk");
});

Deno.test("each program of README's line is one that is started, and missed by what it is for", async () => {
  if (!takesFlags() || !await hasBubblewrap()) return;
  const [flag = ""] = (LINES.get(WORK) ?? []).filter((word) => word.startsWith("--allow-run="));
  const programs = flag.replace("--allow-run=", "").split(",");
  deepStrictEqual(programs, ["deno", "bwrap", "git"]);
  const seen: Record<string, unknown> = {};
  for (const left of programs) {
    await using place = await createRepository([{ items: ["done"] }]);
    const list = programs.filter((name) => name !== left).join(",");
    const flags = flagsOf(WORK, place).map((word) =>
      word.startsWith("--allow-run=") ? `--allow-run=${list}` : word
    );
    const { code, stdout } = await runAs(WORK, place, { flags, args: ["--json", "go"] });
    const started = events(stdout).find(({ type }) => type === "thread.started");
    seen[left] = [
      code,
      started?.["sandbox"],
      (await metaOf(place))["branch"],
      allowedTools(place.server.requests[0]?.body).includes("exec_command"),
    ];
  }
  deepStrictEqual(seen, {
    deno: [0, "workspace-write (none)", "trunk", false],
    bwrap: [0, "workspace-write (landlock)", "trunk", true],
    git: [0, "workspace-write (bubblewrap)", undefined, true],
  });
});

Deno.test("with the line without commands every tool works but those that run something", async () => {
  await using place = await createRepository((n) => allTools(place.cwd)(n));
  const { code, stdout, stderr } = await runAs(NO_SHELL, place, { args: ["go"] });
  deepStrictEqual([code, stdout, stderr], [0, "done\n", ""]);
  const { patch, ...others } = outputs(place);
  deepStrictEqual(others, noShellOutputs(place.cwd));
  match(String(patch), /Success. Updated the following files:\nM a.txt/);
  deepStrictEqual(await Deno.readTextFile(`${place.cwd}/a.txt`), "one\nthree\n");
  deepStrictEqual((await sessionFiles(place.home)).length, 1);
  const [first] = place.server.requests;
  match(first?.text ?? "", /There is no shell in this session/);
  deepStrictEqual(
    allowedTools(first?.body).filter((name) => /exec|shell|stdin/.test(String(name))),
    [],
  );
});

Deno.test("with the line for questions files are read, and nothing is written", async () => {
  await using place = await createRepository((n) => allTools(place.cwd)(n));
  const before = await namesIn(place.root);
  const { code, stdout, stderr } = await runAs(QUESTIONS, place, { args: ["go"] });
  deepStrictEqual([code, stdout], [0, "done\n"]);
  match(stderr, /^warning: Refused to write "[^"]*\/a\.txt" \(path policy: [^\n]*\n$/);
  const { patch, ...others } = outputs(place);
  deepStrictEqual(others, noShellOutputs(place.cwd));
  doesNotMatch(String(patch), /Success/);
  deepStrictEqual(await Deno.readTextFile(`${place.cwd}/a.txt`), "one\ntwo\n");
  deepStrictEqual(await sessionFiles(place.home), []);
  deepStrictEqual(await namesIn(place.root), before);
});

Deno.test("nothing of the line without commands can be left out", async () => {
  if (!takesFlags()) return;
  await using whole = await createRepository([]);
  const names = flagsOf(NO_SHELL, whole).filter((flag) => flag !== "--no-prompt");
  const scopes = names.flatMap((flag) => {
    const [name = "", list] = flag.split("=");
    return (list ?? "").split(",").map((_, index) => ({ name, index }));
  });
  const seen: Record<string, unknown> = {};
  for (const { name, index } of scopes) {
    await using place = await createRepository((n) => allTools(place.cwd)(n));
    const flags = flagsOf(NO_SHELL, place).flatMap((flag) => without(flag, { name, index }));
    const { code } = await runAs(NO_SHELL, place, { flags, args: ["go"] });
    const { read, patch } = outputs(place);
    const works = code === 0 && /^L1/.test(String(read)) &&
      /^Success|\nSuccess/.test(String(patch)) &&
      (await sessionFiles(place.home)).length === 1;
    seen[`${name} ${index}`] = works;
  }
  deepStrictEqual(seen, {
    "--allow-read 0": false,
    "--allow-read 1": false,
    "--allow-write 0": false,
    "--allow-write 1": false,
    "--allow-env 0": false,
    "--allow-net 0": false,
  });
});

/** The flag without one of its values; nothing where none is left. */
function without(flag: string, { name, index }: { name: string; index: number }): string[] {
  const [own, list = ""] = flag.split("=");
  if (own !== name) return [flag];
  const left = list.split(",").filter((_, at) => at !== index);
  return left.length === 0 ? [] : [`${own}=${left.join(",")}`];
}

Deno.test("under a narrow line the program tells what it holds in part, and of no host process", async () => {
  if (!takesFlags()) return;
  await using place = await createRepository([]);
  const program = programWith(flagsOf(NO_SHELL, place));
  const { code, stdout, stderr } = await run(["permissions", "--json", "--no-shell"], {
    cwd: place.cwd,
    env: place.env,
    program,
  });
  deepStrictEqual([code, stderr], [0, ""]);
  const { held, sandbox, no_shell } = JSON.parse(stdout);
  deepStrictEqual({ held, sandbox, no_shell }, {
    held: {
      front: {
        read: [place.cwd, place.home],
        write: [place.cwd, place.home],
        net: [server(place)],
        env: "all",
        run: "none",
        ffi: "none",
        sys: "none",
        import: "none",
      },
      host: null,
    },
    sandbox: { mode: "workspace-write", level: null, faults: [] },
    no_shell: true,
  });
});

Deno.test("`permissions` needs no key and no server, and follows flags and configuration", async () => {
  await using place = await createRepository([]);
  await place.server.close();
  const { SCRIPTED_KEY: _, ...env } = place.env;
  const text = await run(["permissions"], { cwd: place.cwd, env });
  deepStrictEqual([text.code, text.stderr], [0, ""]);
  match(text.stdout, new RegExp(`provider +scripted at ${server(place)}`));
  match(text.stdout, /sandbox +workspace-write, held by \w+/);
  match(text.stdout, /^ {2}ffi +all +none$/m);
  ok(text.stdout.includes("its permissions were built in") === (FORM.name === "compiled"));
  const set = ["-c", 'model_providers.x={name="x", base_url="https://x.example/v1"}'];
  const json = await permissions(place, [
    ...set,
    "-c",
    'model_provider="x"',
    "-c",
    "no_shell=true",
  ]);
  deepStrictEqual(json.provider, { id: "x", server: "x.example:443" });
  deepStrictEqual(
    json.lines.filter(({ at_hand }) => at_hand).map(({ part }) => part),
    ["no_shell"],
  );
  const landlock = await permissions(place, ["--sandbox-level", "landlock"]);
  deepStrictEqual(landlock.sandbox, { mode: "workspace-write", level: "landlock", faults: [] });
  const wrong = await run(["permissions", "-c", "model_provider=none"], place);
  deepStrictEqual([wrong.code, wrong.stdout], [3, ""]);
});

Deno.test("`permissions` lets no folder's name command the terminal", async () => {
  await using place = await createRepository([]);
  const folder = `${place.cwd}/\x1b]0;owned\x07`;
  await Deno.mkdir(folder);
  const text = await run(["permissions", "-C", folder], place);
  const json = await run(["permissions", "--json", "-C", folder], place);
  deepStrictEqual([text.code, json.code], [0, 0]);
  // deno-lint-ignore no-control-regex -- these are what must not come
  deepStrictEqual((text.stdout + json.stdout).match(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g), null);
});

Deno.test("a file of /dev on the command line can be opened, and is what keeps the rights", async () => {
  await using place = await createRepository([{ items: ["the answer"] }]);
  const { code, stderr } = await run(["-o", "/dev/stderr", "go"], place);
  deepStrictEqual([code, stderr], [0, "the answer"]);
  const { held } = await permissions(place, ["-o", "/dev/stderr"]);
  deepStrictEqual(held.front.ffi, "all");
});
