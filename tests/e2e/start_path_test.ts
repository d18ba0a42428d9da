/** What stands between the start and the first request is known, and grows by intention only. */

import { deepStrictEqual } from "node:assert/strict";
import { startModules } from "../bench/start_path.ts";
import listed from "../bench/start_path.json" with { type: "json" };

Deno.test("a run loads the listed modules before its first request, and no others", async () => {
  // After a change: deno run -A tests/bench/start_path.ts > tests/bench/start_path.json
  deepStrictEqual(await startModules(), listed);
});
