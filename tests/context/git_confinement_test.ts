/** Who is to start git: this process, until commands of the model may run. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { RunGit } from "../../src/context/git_facts.ts";
import { until } from "../support/until.ts";
import { Workspace } from "./workspace.ts";

/** Tells nothing; what it is asked is noted with who asks. */
function noting(seen: string[], who: string): RunGit {
  return (args) => Promise.resolve(void seen.push(`${who}: ${args[0]}`));
}

Deno.test("once commands may run git is only asked under what confines the turn", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "", "repo/inner/.git/x": "" });
  const seen: string[] = [];
  const context = workspace.context({ runGit: noting(seen, "freely") });
  await context.turnMetadata(workspace.turn());
  context.confineGit(({ cwd }) => noting(seen, cwd.slice(workspace.path.length)));
  await context.turnMetadata(workspace.turn());
  await context.turnMetadata(workspace.turn({ turnId: "turn-2" }));
  await context.turnMetadata(
    workspace.turn({ turnId: "turn-3", cwd: `${workspace.repo}/inner` }),
  );
  // That is no turn's.
  await context.gitInfo();
  const names = ["config", "rev-parse", "symbolic-ref"];
  const asked = ["freely", "/repo", "/repo/inner"]
    .flatMap((who) => names.map((name) => `${who}: ${name}`));
  deepStrictEqual(seen, asked);
});

Deno.test("a later look is confined to its turn, also where the turn began before commands could run", async () => {
  using workspace = new Workspace();
  workspace.git("init", "-q");
  const seen: string[] = [];
  const context = workspace.context({ runGit: noting(seen, "freely") });
  const sandboxPolicy = { type: "read-only" } as const;
  await context.turnMetadata(workspace.turn({ sandboxPolicy }));
  context.confineGit((turn) => noting(seen, turn.sandboxPolicy.type));
  context.requestSent();
  await until(() => seen.length === 3);
  deepStrictEqual(seen.map((each) => each.split(":")[0]), Array(3).fill("read-only"));
});

Deno.test("what git was asked freely is ended before commands may run", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/.git/x": "" });
  const seen: string[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const slow: RunGit = (args, { signal }) => {
    seen.push(args[0] ?? "");
    signals.push(signal);
    return promise;
  };
  const context = workspace.context({ runGit: slow });
  const asked = context.turnMetadata(workspace.turn());
  context.confineGit(() => noting(seen, "confined"));
  strictEqual(signals[0]?.aborted, true);
  // Otherwise a look at the files would follow.
  resolve("a.b\nc\0");
  await asked;
  deepStrictEqual(seen, ["config"]);
});
