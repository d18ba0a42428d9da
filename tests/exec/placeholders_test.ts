/** What is laid out where a protected path is not there, so that nothing can be made in its place. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { layPlaceholders } from "../../src/exec/sandbox/placeholders.ts";
import { isThere } from "../support/is_there.ts";
import { openRepository, SEARCH_PATH } from "./guarded_repository.ts";
import { until } from "./workspace.ts";

Deno.test("a placeholder is gone with the session, but not what somebody has put into it", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  const before = repository.tree();
  const { paths, sweep } = layPlaceholders([at("ws/.codex"), at("ws/.agents")], SEARCH_PATH);
  deepStrictEqual(paths, [at("ws/.codex"), at("ws/.agents")]);
  deepStrictEqual(repository.tree(), { ...before, "ws/.codex": "1755", "ws/.agents": "1755" });
  await Deno.writeTextFile(at("ws/.agents/AGENTS.md"), "mine");
  await sweep();
  deepStrictEqual(
    Object.keys(repository.tree()).sort(),
    [
      ...Object.keys(before),
      "ws/.agents",
      "ws/.agents/AGENTS.md",
    ].sort(),
  );
});

Deno.test("no placeholder is laid over anything, nor where its folder is not there", async () => {
  await using repository = await openRepository();
  const { at } = repository;
  await Deno.mkdir(at("ws/.agents"));
  await Deno.symlink("../out", at("ws/.codex"));
  const before = repository.tree();
  const { paths, sweep } = layPlaceholders(
    ["ws/.git", "ws/.agents", "ws/.codex", "none/.git"].map(at),
    SEARCH_PATH,
  );
  await sweep();
  deepStrictEqual(paths, []);
  deepStrictEqual(repository.tree(), before);
});

Deno.test("two sessions hold one placeholder, and the last of them takes it away", async () => {
  await using repository = await openRepository();
  const path = repository.at("ws/.codex");
  const first = layPlaceholders([path], SEARCH_PATH);
  const second = layPlaceholders([path], SEARCH_PATH);
  deepStrictEqual([first.paths, second.paths], [[path], [path]]);
  if (!first.lasting) return console.log("skipped: a placeholder of two: there is no flock");
  await first.sweep();
  ok((await Deno.stat(path)).isDirectory);
  await second.sweep();
  strictEqual(isThere(path), false);
});

Deno.test("a session that is killed leaves no placeholder, nor does the one after it", async () => {
  await using repository = await openRepository();
  const path = repository.at("ws/.codex");
  const module = new URL("../../src/exec/sandbox/placeholders.ts", import.meta.url).href;
  const code = `import { layPlaceholders } from "${module}";
    layPlaceholders([Deno.args[0] ?? ""], "${SEARCH_PATH}");
    console.log("laid");
    setInterval(() => {}, 1000);`;
  const program = repository.at("session.ts");
  await Deno.writeTextFile(program, code);
  const session = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", program, path],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = session.stdout.getReader();
  await reader.read();
  ok(isThere(path));
  session.kill("SIGKILL");
  await Promise.all([session.status, reader.cancel()]);
  await until(() => !isThere(path));
});
