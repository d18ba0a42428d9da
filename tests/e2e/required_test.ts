/** A level of confinement that is required: without it nothing is asked, whoever asks. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createPlace, type Place, run } from "../support/program.ts";

const DANGER =
  'error: The required sandbox level "auto" cannot be had. danger-full-access confines ' +
  "nothing: use workspace-write or read-only, or do without --sandbox-required (sandbox_required)\n";

async function refusal(
  place: Place,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<[number, string, string, number]> {
  const { code, stdout, stderr } = await run(args, { ...place, env: { ...place.env, ...env } });
  return [code, stdout, stderr, place.server.requests.length];
}

Deno.test("without the level that is required the run ends with 10 and what would help", async () => {
  await using place = await createPlace([{ items: ["done"] }]);
  const args = ["--sandbox-required", "--sandbox-level", "bubblewrap", "x"];
  const [code, stdout, stderr, requests] = await refusal(place, args, { PATH: place.cwd });
  deepStrictEqual([code, stdout, requests], [10, "", 0]);
  const fault = 'error: The required sandbox level "bubblewrap" cannot be had. bubblewrap: ';
  strictEqual(stderr.startsWith(fault), true, stderr);
  strictEqual(stderr.includes("; install the package bubblewrap"), true, stderr);
});

Deno.test("a sandbox is required of danger-full-access in vain, by flag and by config.toml", async () => {
  await using flagged = await createPlace([{ items: ["done"] }]);
  const args = ["--sandbox-required", "-s", "danger-full-access", "x"];
  deepStrictEqual(await refusal(flagged, args), [10, "", DANGER, 0]);
  await using configured = await createPlace([{ items: ["done"] }], {
    config: "sandbox_required = true\n",
  });
  const bypass = ["--dangerously-bypass-approvals-and-sandbox", "x"];
  deepStrictEqual(await refusal(configured, bypass), [10, "", DANGER, 0]);
});

Deno.test("with the level that is required the run goes on", async () => {
  await using place = await createPlace([{ items: ["done"] }]);
  const [code, stdout, stderr, requests] = await refusal(place, ["--sandbox-required", "x"]);
  if (code === 10) return console.log(`skipped: a level that can be had: ${stderr}`);
  deepStrictEqual([code, stdout, requests], [0, "done\n", 1]);
});
